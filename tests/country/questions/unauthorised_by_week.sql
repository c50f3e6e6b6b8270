-- In which weeks is unauthorised absence high?  From totals by school and day, which are small.
SELECT date_trunc('week', date)::date AS monday,
       sum(sessions) FILTER (WHERE in_possible_sessions)::bigint AS possible,
       coalesce(sum(sessions) FILTER (WHERE counts_as = 'unauthorised'), 0)::bigint AS unauthorised
FROM totals
WHERE NOT planned
GROUP BY ALL
ORDER BY ALL;
