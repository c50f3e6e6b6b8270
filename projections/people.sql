-- name: acts
SELECT position, client, recorded_at, leaf, state
FROM act
WHERE position = ANY(%(positions)s::bigint[]);
