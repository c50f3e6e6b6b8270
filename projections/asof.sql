-- name: head
SELECT position, recorded_at FROM log_head;

-- name: head_at_rest
-- Waits for the append that holds the head, if any: what it says is then all there is.
SELECT position, recorded_at FROM log_head FOR SHARE;

-- name: first_act_after
SELECT position FROM act
WHERE recorded_at > %(instant)s
ORDER BY recorded_at, position
LIMIT 1;

-- name: act_at_or_before
SELECT recorded_at FROM act
WHERE position <= %(position)s
ORDER BY position DESC
LIMIT 1;
