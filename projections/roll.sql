-- name: of_school
SELECT position, act, pupil::text, stream, version, topic, state FROM record
WHERE school = %(school)s AND position <= %(position)s AND pupil = ANY(%(pupils)s::uuid[])
  AND topic IN ('name-entered', 'particulars-amended', 'name-deleted')
ORDER BY position;
