-- name: records
-- Everything but marks, each with its act: admissions, amended particulars, deletions, leave.
SELECT record.position, school, stream, version, topic, record.state, record.leaf,
       act.client, act.recorded_at, act.state
FROM record JOIN act ON act.position = record.act
WHERE pupil = %(pupil)s::uuid AND record.position <= %(position)s
ORDER BY record.position;

-- name: days
-- The days for which a school's register holds anything: the ends of its key.
SELECT min(day), max(day) FROM mark WHERE school = %(school)s;

-- name: marks
-- One row, an array for each column: thousands of rows take the driver far longer.  Of the state those
-- alone that say more than their code.
--
-- The days are named one by one, so that each entry is looked up by its whole key.  The server counts
-- them up itself: thousands of days in the text of a statement take longer to send and plan than the
-- entries to find.
SELECT array_agg(position), array_agg(day), array_agg(half), array_agg(revision), array_agg(code),
       array_agg(client), array_agg(recorded_at), array_agg(said),
       array_agg(position) FILTER (WHERE octet_length(state) > %(bare)s),
       array_agg(state) FILTER (WHERE octet_length(state) > %(bare)s),
       CASE WHEN %(leaves)s THEN array_agg(leaf) END
FROM (
    SELECT mark.position, day, half, revision, code, mark.state, mark.leaf,
           client, recorded_at, act.state AS said
    FROM mark JOIN act ON act.position = mark.act
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
      AND day = ANY (ARRAY(
        SELECT %(first)s::date + generate_series(0, %(last)s::date - %(first)s::date)))
      AND half IN (0, 1) AND pupil = %(pupil)s::uuid AND mark.position <= %(position)s
    ORDER BY mark.position
) AS entry
