-- Is more missed on Mondays and Fridays?  Monday is 0.
SELECT academic_year, (isodow(date) - 1)::integer AS weekday,
       count(*) FILTER (WHERE in_possible_sessions) AS possible,
       count(*) FILTER (WHERE counts_as IN ('authorised', 'unauthorised')) AS absent
FROM marks
WHERE NOT planned
GROUP BY ALL
ORDER BY ALL;
