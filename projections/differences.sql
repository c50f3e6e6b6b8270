-- What was appended between two positions of the log, of one school's attendance register.  Few rows
-- among many are found by position; where nearly all lie between the two, the key leads in order.

-- name: changed
-- The entries that gained an event, by day, session and pupil, those after a place among them.
SELECT day, half, pupil::text
FROM (
    SELECT DISTINCT day, half, pupil FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
      AND day >= %(after_day)s
      AND position > %(before)s AND position <= %(position)s
      AND (day, half, pupil) > (%(after_day)s, %(after_half)s, %(after_pupil)s::uuid)
      AND (%(pupils)s::uuid[] IS NULL OR EXISTS (
          SELECT FROM unnest(%(pupils)s::uuid[], %(firsts)s::date[], %(lasts)s::date[])
                      AS chosen (pupil, first, last)
          WHERE chosen.pupil = mark.pupil AND mark.day BETWEEN chosen.first AND chosen.last))
    ORDER BY day, half, pupil
    LIMIT %(limit)s
) AS entry
ORDER BY day, half, entry.pupil;

-- name: revisions
-- All revisions of some entries: what stood before is the last one before the window.
SELECT mark.day, mark.half, mark.pupil::text, revision, position, act, state
FROM unnest(%(days)s::date[], %(halves)s::smallint[], %(of_pupils)s::uuid[])
     AS entry (day, half, pupil)
JOIN mark ON mark.school = %(school)s AND mark.day BETWEEN %(first)s AND %(last)s
         AND mark.day = entry.day AND mark.half = entry.half AND mark.pupil = entry.pupil
WHERE position <= %(position)s
ORDER BY mark.day, mark.half, mark.pupil, revision;

-- name: counted
-- How many entries gained an event: by day, by pupil or by both, as far as each matters.
SELECT day, pupil::text, count(*)
FROM (
    SELECT DISTINCT CASE WHEN %(by_day)s THEN day END AS day,
                    CASE WHEN %(by_pupil)s THEN pupil END AS pupil,
                    day AS entry_day, half, pupil AS entry_pupil
    FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
      AND position > %(before)s AND position <= %(position)s
) AS entry
GROUP BY 1, 2;
