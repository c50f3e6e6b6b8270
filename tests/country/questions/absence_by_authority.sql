-- What share of possible sessions was missed in each local authority, and how much of it was not authorised?
SELECT academic_year, local_authority,
       count(*) FILTER (WHERE in_possible_sessions) AS possible,
       count(*) FILTER (WHERE counts_as = 'authorised') AS authorised,
       count(*) FILTER (WHERE counts_as = 'unauthorised') AS unauthorised
FROM marks
WHERE NOT planned
GROUP BY ALL
ORDER BY ALL;
