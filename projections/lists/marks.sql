-- Of each entry the revision that stands at a position.

-- name: with_codes
-- Entries that stand at one of some codes.  An amended entry names the code that it replaces, so the
-- last row of an entry that enters or replaces one of the codes tells whether one of them stands: rows
-- with other codes, nearly all there are, are passed over and no later revision is sought for them.
SELECT day, half, pupil::text, code, position, act
FROM (
    SELECT DISTINCT ON (day, half, pupil) day, half, pupil, code, position, act
    FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s
      AND (code = ANY(%(codes)s) OR replaced = ANY(%(codes)s))
      AND (%(pupils)s::uuid[] IS NULL OR pupil = ANY(%(pupils)s::uuid[]))
    ORDER BY day, half, pupil, revision DESC
) AS latest
WHERE code = ANY(%(codes)s)
ORDER BY day, half, latest.pupil;

-- name: of_pupils
-- The days are named one by one, so that each entry is looked up by its whole key.
SELECT DISTINCT ON (day, half, mark.pupil) day, half, mark.pupil::text, code, position, act
FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
  AND day = ANY(%(days)s::date[]) AND half IN (0, 1)
  AND mark.pupil = ANY(%(pupils)s::uuid[]) AND position <= %(position)s
ORDER BY day, half, mark.pupil, revision DESC;

-- name: on_days
-- Everything that stands on some days, such as those on which the school held no session.
SELECT DISTINCT ON (day, half, mark.pupil) day, half, mark.pupil::text, code, position, act
FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
  AND day = ANY(%(days)s::date[]) AND position <= %(position)s
ORDER BY day, half, mark.pupil, revision DESC;
