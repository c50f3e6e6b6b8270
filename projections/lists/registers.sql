-- name: entered
-- Of each session of a day and each group: how many of the pupils due have an entry, and when the
-- entries were recorded.  Those recorded before the register opened (leave, a visit) did not take it.
SELECT mark.half, place.number, count(*) AS marked,
       count(*) FILTER (WHERE act.recorded_at < session.opens) AS ahead,
       min(act.recorded_at) FILTER (WHERE act.recorded_at >= session.opens) AS first_entry_at,
       max(act.recorded_at) FILTER (WHERE act.recorded_at >= session.opens) AS last_entry_at,
       count(*) FILTER (WHERE act.recorded_at >= session.closes) AS late
FROM mark
JOIN act ON act.position = mark.act
JOIN unnest(%(pupils)s::uuid[], %(groups)s::integer[]) AS place (pupil, number)
     ON place.pupil = mark.pupil
JOIN unnest(ARRAY[0, 1], %(opens)s::timestamptz[], %(closes)s::timestamptz[])
     AS session (half, opens, closes) ON session.half = mark.half
WHERE mark.school = %(school)s AND mark.day = %(day)s AND mark.revision = 0
  AND mark.position <= %(position)s
GROUP BY mark.half, place.number;
