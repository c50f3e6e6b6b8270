-- name: of_school
-- Names entered and deleted at a school, in the order of recording.
SELECT position, act, pupil::text, stream, version, topic, state FROM record
WHERE school = %(school)s AND position <= %(position)s
  AND topic IN ('name-entered', 'name-deleted')
ORDER BY position;
