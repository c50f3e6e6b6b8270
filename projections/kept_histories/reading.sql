-- name: kept
-- What is kept of a child's years, as far as the log holds as much of them as it was made of.
SELECT school, year, apart, told FROM kept_history
WHERE school = ANY(%(schools)s::integer[]) AND pupil = %(pupil)s::uuid
  AND year = ANY(%(years)s::smallint[]) AND form = %(form)s AND position <= %(position)s
  AND marks = marks_held(school, pupil, year);

-- name: of_school
-- The same of all children of a school.
SELECT pupil::text, year, apart, told FROM kept_history
WHERE school = %(school)s AND form = %(form)s AND position <= %(position)s
  AND marks = marks_held(school, pupil, year)
ORDER BY pupil, year;
