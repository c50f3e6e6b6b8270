-- name: births
SELECT pupil::text, stream, version, state FROM record
WHERE school = %(school)s AND pupil = ANY(%(pupils)s::uuid[]) AND position <= %(position)s
  AND topic IN ('name-entered', 'particulars-amended')
ORDER BY position;
