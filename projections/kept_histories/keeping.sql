-- The statements that write kept histories: never the log (house test).

-- name: head
SELECT position FROM log_head;

-- name: made
-- The schools whose year was made, and the position up to which.
SELECT school, position FROM kept_history_year WHERE year = %(year)s AND form = %(form)s;

-- name: gained
-- The schools of whose year the log holds marks after a position, and the position of the last.
SELECT school, max(position) FROM mark
WHERE day BETWEEN %(first)s AND %(last)s AND position > %(after)s
GROUP BY school;

-- name: marks
-- A school's year, a row a pupil, in the order of the log: positions, acts, sessions, and line by line what
-- original entries say: a code alone, or all that is stored where nothing of it is sealed.
SELECT pupil, string_agg(int8send(position), ''::bytea ORDER BY position),
       string_agg(int8send(act), ''::bytea ORDER BY position),
       string_agg(int2send(slot), ''::bytea ORDER BY position),
       string_agg(said, E'\n' ORDER BY position)
FROM (
    SELECT pupil, position, act, ((day - %(first)s::date) * 2 + half)::smallint AS slot,
           CASE WHEN revision > 0 THEN ''
                WHEN octet_length(state) <= %(bare)s THEN code
                WHEN position('"sealed"'::bytea IN state) = 0 THEN convert_from(state, 'UTF8')
                ELSE '' END AS said
    FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
) AS of_year
GROUP BY pupil
ORDER BY pupil;

-- name: acts
SELECT position, client, state FROM act WHERE position = ANY(%(positions)s::bigint[]);

-- name: put
-- Two may be at it at the same time: what was made of more is kept.
INSERT INTO kept_history (school, pupil, year, form, marks, position, apart, told)
SELECT %(school)s, pupil, %(year)s, %(form)s, marks, position, apart, told
FROM unnest(%(pupils)s::uuid[], %(marks)s::integer[], %(positions)s::bigint[], %(aparts)s::bytea[],
            %(tolds)s::bytea[]) AS made (pupil, marks, position, apart, told)
ON CONFLICT (school, pupil, year) DO UPDATE
SET form = EXCLUDED.form, marks = EXCLUDED.marks, position = EXCLUDED.position,
    apart = EXCLUDED.apart, told = EXCLUDED.told
WHERE kept_history.form <> EXCLUDED.form OR kept_history.marks <= EXCLUDED.marks;

-- name: put_year
INSERT INTO kept_history_year (school, year, form, position)
VALUES (%(school)s, %(year)s, %(form)s, %(position)s)
ON CONFLICT (school, year) DO UPDATE SET form = EXCLUDED.form, position = EXCLUDED.position;

-- name: forget
-- What is kept of years that are not settled ones of the log (any more).
DELETE FROM kept_history WHERE year <> ALL(%(years)s::smallint[]);

-- name: forget_years
DELETE FROM kept_history_year WHERE year <> ALL(%(years)s::smallint[]);

-- name: clear
-- All of it, and the room it takes.
WITH years AS (DELETE FROM kept_history_year) DELETE FROM kept_history;

-- name: alone
-- One for each log that is in the database.
SELECT pg_try_advisory_lock((%(number)s::bigint << 32) + 'kept_history'::regclass::oid::bigint);
