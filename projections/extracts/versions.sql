-- The last position at which something was recorded that an extract's rows rest on.

-- name: record
SELECT max(latest.position)
FROM unnest(%(schools)s::integer[]) AS asked (school),
     LATERAL (SELECT position FROM record
              WHERE record.school = asked.school AND position <= %(position)s
              ORDER BY position DESC LIMIT 1) AS latest;

-- name: mark_since
-- Among the marks of the last stretch of the log, which are found by their positions.
SELECT max(position) FROM mark
WHERE school = ANY(%(schools)s) AND day BETWEEN %(first)s AND %(last)s
  AND position > %(after)s AND position <= %(position)s;

-- name: mark
-- Among all marks of the schools, found by their key: a sum is not looked up in the index of positions,
-- which would pass over everybody else's marks.
SELECT max(position + 0) FROM mark
WHERE school = ANY(%(schools)s) AND day BETWEEN %(first)s AND %(last)s
  AND position <= %(position)s;
