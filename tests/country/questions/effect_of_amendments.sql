-- What would absence have been by the entries first made, and what is it with all that was amended?
-- Each entry adds its code and takes away the one it replaces, so the log alone says both.
SELECT academic_year,
       count(*) FILTER (WHERE revision = 0 AND counts_as = 'authorised') AS authorised_first,
       count(*) FILTER (WHERE revision = 0 AND counts_as = 'unauthorised') AS unauthorised_first,
       count(*) FILTER (WHERE counts_as = 'authorised')
           - count(*) FILTER (WHERE replaces_counts_as = 'authorised') AS authorised_now,
       count(*) FILTER (WHERE counts_as = 'unauthorised')
           - count(*) FILTER (WHERE replaces_counts_as = 'unauthorised') AS unauthorised_now
FROM log
GROUP BY ALL
ORDER BY ALL;
