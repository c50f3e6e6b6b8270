-- name: schools
-- Every school that was described, but for those of which nobody asked.
SELECT DISTINCT school::text FROM record
WHERE topic = 'school-described' AND position <= %(position)s
  AND (%(schools)s::integer[] IS NULL OR school = ANY(%(schools)s::integer[]))
ORDER BY 1;

-- name: days
-- The days for which a register holds anything.
SELECT min(day), max(day) FROM mark WHERE school = %(school)s AND position <= %(position)s;

-- name: codes
-- What was ever entered in each session.
SELECT DISTINCT code, day, half FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s;

-- name: standing
-- The entries that stand with one of some codes or, where flags are asked for, with any flag.
SELECT day, half, pupil::text, code, position, state
FROM (
    SELECT *, lead(revision) OVER entry IS NULL AS stands
    FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s
    WINDOW entry AS (PARTITION BY day, half, pupil ORDER BY revision)
) AS revisions
WHERE stands
  AND (code = ANY(%(codes)s) OR (%(flags)s AND position('"flags"'::bytea IN state) > 0))
ORDER BY day, half, revisions.pupil;
