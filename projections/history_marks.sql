-- name: marks
-- The marks of a pupil in a year, or in some days of it, which is one partition: one row, an array for each
-- column, since thousands of rows take the driver far longer.  Of the state those alone that say more than
-- their code.
--
-- A settled year has an index by pupil.  In any other the server skips from session to session in the key:
-- to name it the days one by one has it do the same.  Of a day it need not look for a third session.
SELECT array_agg(mark.position), array_agg(day), array_agg(half), array_agg(revision), array_agg(code),
       array_agg(client), array_agg(act.state),
       array_agg(mark.position) FILTER (WHERE octet_length(mark.state) > %(bare)s),
       array_agg(mark.state) FILTER (WHERE octet_length(mark.state) > %(bare)s),
       CASE WHEN %(leaves)s THEN array_agg(mark.leaf) END
FROM mark JOIN act ON act.position = mark.act
WHERE school = %(school)s AND pupil = %(pupil)s::uuid AND mark.position <= %(position)s
  AND half IN (0, 1) AND day BETWEEN %(first)s AND %(last)s;

-- name: marks_apart
-- The same of single places, a row for each school and year.  The days that all of them lie within leave out
-- the other years' partitions before any is looked into.
SELECT asked.school, extract(year FROM asked.day - interval '7 months')::integer,
       array_agg(mark.position), array_agg(mark.day), array_agg(mark.half), array_agg(revision),
       array_agg(code), array_agg(client), array_agg(act.state),
       array_agg(mark.position) FILTER (WHERE octet_length(mark.state) > %(bare)s),
       array_agg(mark.state) FILTER (WHERE octet_length(mark.state) > %(bare)s),
       NULL
FROM unnest(%(schools)s::integer[], %(days)s::date[], %(halves)s::smallint[])
     AS asked (school, day, half)
JOIN mark ON mark.school = asked.school AND mark.day = asked.day AND mark.half = asked.half
         AND mark.pupil = %(pupil)s::uuid AND mark.position <= %(position)s
         AND mark.day BETWEEN %(first)s AND %(last)s
JOIN act ON act.position = mark.act
GROUP BY 1, 2;
