-- name: records
SELECT position, act, pupil::text, stream, version, topic, state FROM record
WHERE school = %(school)s AND position <= %(position)s
ORDER BY position;

-- name: marks
-- Of one year, every revision, in the order of the log.
SELECT position, act, day, half, pupil::text, revision, state FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s
ORDER BY position;
