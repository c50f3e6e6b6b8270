-- name: of_school
-- What was recorded about returns to the local authority, in the order of recording.
SELECT position, act, pupil::text, stream, version, state FROM record
WHERE school = %(school)s AND position <= %(position)s AND topic = %(topic)s
  AND (%(pupil)s::uuid IS NULL OR pupil = %(pupil)s::uuid)
ORDER BY position;
