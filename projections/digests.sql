-- name: schools
SELECT DISTINCT school::text FROM record
WHERE school IS NOT NULL AND position <= %(position)s
  AND (%(schools)s::integer[] IS NULL OR school = ANY(%(schools)s::integer[]))
ORDER BY 1;

-- name: years
-- The academic years for which a register holds anything: they begin on 1 August.
SELECT DISTINCT extract(year FROM day - interval '7 months')::integer FROM mark
WHERE school = %(school)s AND position <= %(position)s
ORDER BY 1;

-- name: pupils
-- Everybody of whom the school entered anything, ordered as bytes.
SELECT pupil::text FROM (
    SELECT pupil FROM record
    WHERE school = %(school)s AND pupil IS NOT NULL AND position <= %(position)s
    UNION
    SELECT pupil FROM mark WHERE school = %(school)s AND position <= %(position)s
) AS known
ORDER BY known.pupil;

-- name: leaves
SELECT position, leaf FROM log
WHERE position BETWEEN %(first)s AND %(last)s
ORDER BY position;
