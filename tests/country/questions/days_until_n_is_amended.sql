-- How long does N, no reason established yet, stand until it is amended, and to what?
SELECT (recorded_at AT TIME ZONE 'UTC')::date - date AS days, code, count(*) AS amended
FROM log JOIN acts USING (act)
WHERE replaces = 'N'
GROUP BY ALL
ORDER BY ALL;
