-- name: registers_elsewhere
-- What other admission registers say of some pupils, in the order of recording.
SELECT school, pupil::text, position, stream, version, topic, state FROM record
WHERE pupil = ANY(%(pupils)s::uuid[]) AND school <> %(school)s AND position <= %(position)s
  AND topic IN ('name-entered', 'particulars-amended', 'name-deleted')
ORDER BY position;
