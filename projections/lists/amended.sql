-- name: amended
-- What was recorded after a position about entries of which some was amended after it.
WITH touched AS MATERIALIZED (
    SELECT day, half, pupil
    FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND revision > 0
      AND position > %(since)s AND position <= %(position)s
    GROUP BY day, half, pupil
    ORDER BY day, half, pupil
    OFFSET %(skip)s LIMIT %(limit)s
)
SELECT mark.day, mark.half, mark.pupil::text, revision, position, act, replaced, code, state
FROM touched
JOIN mark ON mark.day = touched.day AND mark.half = touched.half AND mark.pupil = touched.pupil
WHERE mark.school = %(school)s AND mark.day BETWEEN %(first)s AND %(last)s
  AND position > %(since)s AND position <= %(position)s
ORDER BY mark.day, mark.half, mark.pupil, revision;
