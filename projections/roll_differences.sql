-- name: events
-- What was recorded about names between two positions.
SELECT position, act, pupil::text, stream, version, topic, state FROM record
WHERE school = %(school)s AND position > %(before)s AND position <= %(position)s
  AND topic IN ('name-entered', 'particulars-amended', 'name-deleted')
ORDER BY position;
