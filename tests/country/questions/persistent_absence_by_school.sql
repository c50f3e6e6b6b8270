-- How many pupils of each school missed 10 % or more of their possible sessions, and how many half of them?
WITH pupils AS (
    SELECT academic_year, school, pupil,
           count(*) FILTER (WHERE in_possible_sessions) AS possible,
           count(*) FILTER (WHERE counts_as IN ('authorised', 'unauthorised')) AS absent
    FROM marks
    WHERE NOT planned
    GROUP BY ALL
)
SELECT academic_year, school,
       count(*) AS pupils,
       count(*) FILTER (WHERE 100 * absent >= 10 * possible) AS persistent,
       count(*) FILTER (WHERE 100 * absent >= 50 * possible) AS severe
FROM pupils
WHERE possible > 0
GROUP BY ALL
ORDER BY ALL;
