-- Every entry and amended entry of a school's register that was recorded up to a position.

-- name: of_school
SELECT day, half, pupil::text, code, revision, replaced, position, act, state, encode(leaf, 'hex')
FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s
ORDER BY day, half, mark.pupil, revision;

-- name: of_pupil
-- The days are named one by one, so that each entry is looked up by its whole key.
SELECT day, half, pupil::text, code, revision, replaced, position, act, state, encode(leaf, 'hex')
FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
  AND day = ANY (ARRAY(
    SELECT generate_series(%(first)s::date, %(last)s::date, interval '1 day')::date))
  AND half IN (0, 1) AND pupil = %(pupil)s::uuid AND position <= %(position)s
ORDER BY day, half, mark.pupil, revision;
