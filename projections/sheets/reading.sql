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
-- What a school's registers gained between two positions: few rows, found by their positions.
SELECT day, half, pupil::text, code, replaced FROM mark
WHERE position > %(after)s AND position <= %(upto)s
  AND school = %(school)s AND day BETWEEN %(first)s AND %(last)s
ORDER BY position;
