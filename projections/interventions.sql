-- name: of_school
SELECT position, act, pupil::text, stream, version, topic, state FROM record
WHERE school = %(school)s AND position <= %(position)s AND topic = ANY(%(topics)s)
ORDER BY position;

-- name: of_pupil
SELECT position, act, pupil::text, stream, version, topic, state FROM record
WHERE school = %(school)s AND pupil = %(pupil)s::uuid AND position <= %(position)s
  AND topic = ANY(%(topics)s)
ORDER BY position;
