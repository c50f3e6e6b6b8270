-- name: entered
-- Entries by half-day, numbered from 0, and cell.  A pupil's cell is looked up in two arrays
-- (`cells.py`): no join, whose plan would hang on what is known of marks imported just now.
SELECT 2 * (day - %(first)s::date) + half AS half_day,
       (%(cells)s::integer[])[width_bucket(pupil, %(pupils)s::uuid[])] AS cell,
       count(*)
FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s
  AND revision = 0
GROUP BY 1, 2;

-- name: missing
-- Of some pupils and sessions, by their numbers, those without an entry: each looked up by its key.
SELECT asked.number
FROM unnest(%(days)s::date[], %(halves)s::smallint[], %(pupils)s::uuid[])
     WITH ORDINALITY AS asked (day, half, pupil, number)
WHERE (
    SELECT true FROM mark
    WHERE mark.school = %(school)s AND mark.day BETWEEN %(first)s AND %(last)s
      AND mark.day = asked.day AND mark.half = asked.half AND mark.pupil = asked.pupil
      AND mark.position <= %(position)s
    LIMIT 1) IS NULL
ORDER BY asked.number;
