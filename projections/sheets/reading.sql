-- name: head
SELECT build, position FROM sheet_head;

-- name: codes
SELECT number, code FROM sheet_code;

-- name: places
-- The pupils of a year's sheets, each at its place.
SELECT pupil::text FROM sheet_place
WHERE build = %(build)s AND school = %(school)s AND year = %(year)s
ORDER BY place;

-- name: sheets
SELECT day, half, codes FROM sheet
WHERE build = %(build)s AND school = %(school)s AND day BETWEEN %(first)s AND %(last)s
ORDER BY day, half;

-- name: changes
-- What a school's registers gained between two positions; one row of nothing where it is more than so many
-- entries.  They are found by position or by day, whichever are fewer, as if all of them were wanted: for a
-- few the planner would read the whole year and trust to luck.
WITH gained AS MATERIALIZED (
    SELECT position, day, half, pupil::text, code, replaced FROM mark
    WHERE position > %(after)s AND position <= %(upto)s
      AND school = %(school)s AND day BETWEEN %(first)s AND %(last)s
),
few AS MATERIALIZED (SELECT * FROM gained LIMIT %(entries)s + 1),
counted AS MATERIALIZED (SELECT count(*) > %(entries)s AS too_many FROM few)
SELECT day, half, pupil, code, replaced, position FROM few
WHERE NOT (SELECT too_many FROM counted)
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE (SELECT too_many FROM counted);
