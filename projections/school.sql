-- name: last_leaf
SELECT leaf FROM record
WHERE school = %(school)s AND position <= %(position)s
ORDER BY position DESC
LIMIT 1;

-- name: records
SELECT position, stream, version, topic, state FROM record
WHERE school = %(school)s AND position <= %(position)s
ORDER BY position;
