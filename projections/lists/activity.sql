-- name: activity
-- By half-day, numbered from 0, and cell the sessions at a code and the possible ones: one for each
-- code entered, less one for each code it replaces.  Pupils who are in no cell have none.
SELECT 2 * (day - %(origin)s::date) + half AS half_day,
       (%(cells)s::integer[])[width_bucket(pupil, %(pupils)s::uuid[])] AS cell,
       sum((code = %(code)s)::integer - coalesce((replaced = %(code)s)::integer, 0)),
       sum((code <> ALL(%(impossible)s))::integer
           - coalesce((replaced <> ALL(%(impossible)s))::integer, 0))
FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s
GROUP BY 1, 2;
