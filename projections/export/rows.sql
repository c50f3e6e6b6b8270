-- What the export reads.  Marks are fetched unordered and whole, every revision of a school's academic
-- year: which of them stand is found among the columns, at a fifth of what a window costs here.

-- name: schools
-- A school's stream begins with its description.
SELECT school::text FROM record
WHERE topic = 'school-described' AND version = 1 AND position <= %(position)s
ORDER BY school;

-- name: school
SELECT stream, version, topic, state FROM record
WHERE stream = %(stream)s AND position <= %(position)s
ORDER BY version;

-- name: years
-- The academic years for which the school has marks: a probe for each year that the log has a part for.
-- As EXISTS it would be a join, for which every mark of the school is read.
SELECT year FROM generate_series(2005, 2044) AS years (year), LATERAL (
    SELECT FROM mark
    WHERE school = %(school)s AND position <= %(position)s
      AND day BETWEEN make_date(year, 8, 1) AND make_date(year + 1, 7, 31)
    ORDER BY day
    LIMIT 1
) AS found
ORDER BY year;

-- name: marks
-- An entry's session and revision in one number, as its version is: each column costs as much as the rest.
SELECT position, ((day - %(first)s::date) * 2 + half) * 64 + revision AS version, pupil, code
FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s;

-- name: marks_with_acts
SELECT position, ((day - %(first)s::date) * 2 + half) * 64 + revision AS version, pupil, code, act
FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s;

-- name: acts
SELECT position, recorded_at FROM act
WHERE position BETWEEN %(first)s AND %(last)s
ORDER BY position;
