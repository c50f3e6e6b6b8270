-- The only statements of the views that write: they write sheets, never the log (house test).

-- name: follow
-- Whoever holds the head follows; others pass by.
SELECT build, position FROM sheet_head FOR UPDATE SKIP LOCKED;

-- name: hold
SELECT build, position FROM sheet_head FOR UPDATE;

-- name: log_head
SELECT position FROM log_head;

-- name: number_codes
-- Each code that has no number yet gets the next one.
INSERT INTO sheet_code (number, code)
SELECT (SELECT coalesce(max(number), 0) FROM sheet_code) + row_number() OVER (ORDER BY code), code
FROM unnest(%(codes)s::text[]) AS asked (code)
WHERE code NOT IN (SELECT code FROM sheet_code);

-- name: alone
-- One for each log that is in the database.
SELECT pg_try_advisory_lock((%(number)s::bigint << 32) + 'sheet_head'::regclass::oid::bigint);

-- name: heads
SELECT sheet_head.position, log_head.position FROM sheet_head, log_head;

-- name: gained
-- What the registers gained between two positions, a row a sheet, its entries in the order of the log.
-- Places are asked for one by one, whatever the planner holds of tables that have just been filled.
SELECT school, day, half, bool_and(place IS NOT NULL), string_agg(int4send(place), ''::bytea),
       string_agg(code, ',')
FROM (
    SELECT school, day, half, code,
           (SELECT place FROM sheet_place AS p
            WHERE p.build = %(build)s AND p.school = mark.school
              AND p.year = extract(year FROM mark.day - interval '7 months')::smallint
              AND p.pupil = mark.pupil) AS place
    FROM mark
    WHERE position > %(after)s AND position <= %(upto)s
    ORDER BY school, day, half, position
) AS entered
GROUP BY school, day, half;

-- name: place_pupils
-- Each pupil who has no place in the sheets of a school and year yet gets the next one.
WITH new AS MATERIALIZED (
    SELECT DISTINCT school, year, pupil
    FROM (
        SELECT school, extract(year FROM day - interval '7 months')::smallint AS year, pupil
        FROM mark
        WHERE position > %(after)s AND position <= %(upto)s AND revision = 0
    ) AS entered
    WHERE (SELECT place FROM sheet_place AS p
           WHERE p.build = %(build)s AND p.school = entered.school AND p.year = entered.year
             AND p.pupil = entered.pupil) IS NULL
),
numbered AS MATERIALIZED (
    SELECT school, year, pupil,
           row_number() OVER (PARTITION BY school, year ORDER BY pupil) AS number
    FROM new
)
INSERT INTO sheet_place (build, school, year, pupil, place)
SELECT %(build)s, school, year, pupil,
       number - 1 + first_value(
           -- Counted once for each school and year, at its first pupil.
           CASE WHEN number = 1
                THEN (SELECT coalesce(max(place) + 1, 0) FROM sheet_place AS p
                      WHERE p.build = %(build)s AND p.school = numbered.school
                        AND p.year = numbered.year)
           END) OVER (PARTITION BY school, year ORDER BY number)
FROM numbered;

-- name: codes
SELECT code, number FROM sheet_code;

-- name: sheets
SELECT school, day, half, codes
FROM unnest(%(schools)s::integer[], %(days)s::date[], %(halves)s::smallint[])
     AS asked (school, day, half)
JOIN sheet USING (school, day, half)
WHERE build = %(build)s;

-- name: put
INSERT INTO sheet (build, school, day, half, codes)
SELECT %(build)s, school, day, half, codes
FROM unnest(%(schools)s::integer[], %(days)s::date[], %(halves)s::smallint[], %(codes)s::bytea[])
     AS made (school, day, half, codes)
ON CONFLICT (build, school, day, half) DO UPDATE SET codes = EXCLUDED.codes;

-- name: stand_at
UPDATE sheet_head SET build = %(build)s, position = %(position)s;

-- name: next_build
-- Above whatever an interrupted rebuild left behind.
SELECT greatest((SELECT max(build) FROM sheet_head), (SELECT coalesce(max(build), 0) FROM sheet),
                (SELECT coalesce(max(build), 0) FROM sheet_place)) + 1;

-- name: clear_places_begun
-- What was begun and never read lies above the build that is read: nothing is looked at that stays.
DELETE FROM sheet_place WHERE build > (SELECT build FROM sheet_head);

-- name: clear_sheets_begun
DELETE FROM sheet WHERE build > (SELECT build FROM sheet_head);

-- name: clear_places_others
DELETE FROM sheet_place WHERE build <> (SELECT build FROM sheet_head);

-- name: clear_sheets_others
DELETE FROM sheet WHERE build <> (SELECT build FROM sheet_head);

-- name: one_rebuild
SELECT pg_try_advisory_lock(%(number)s);

-- name: schools
-- The schools that hold marks of a year: each found by one probe of the key, behind the one before.
WITH RECURSIVE found (school) AS (
    (SELECT school FROM mark WHERE day BETWEEN %(first)s AND %(last)s ORDER BY school LIMIT 1)
    UNION ALL
    SELECT (SELECT school FROM mark
            WHERE day BETWEEN %(first)s AND %(last)s AND school > found.school
            ORDER BY school LIMIT 1)
    FROM found WHERE found.school IS NOT NULL
)
SELECT school FROM found WHERE school IS NOT NULL;

-- name: pages
-- The years of the log that hold anything, and how many pages each has, the largest first.
SELECT year, pages
FROM unnest(%(years)s::integer[]) AS asked (year)
CROSS JOIN LATERAL (
    SELECT pg_relation_size(to_regclass('mark_' || year))
           / current_setting('block_size')::integer AS pages
) AS sized
WHERE pages > 0
ORDER BY pages DESC;

-- name: entered
-- What some pages hold for the sheets of some schools, a row a sheet and revision, in whatever order.  Where
-- they are all schools, no row is asked which it is of: the condition is planned away.
SELECT school, day, half, revision, string_agg(uuid_send(pupil), ''::bytea), string_agg(code, ',')
FROM mark
WHERE day BETWEEN %(first)s AND %(last)s
  AND ctid >= %(begin)s::tid AND ctid < %(end)s::tid
  AND (%(all_schools)s OR school BETWEEN %(first_school)s AND %(last_school)s)
  AND position <= %(position)s
GROUP BY school, day, half, revision;

-- name: copy_places
-- What is new as a whole is copied: in a third of the time, of the client in a tenth, that arrays take.
COPY sheet_place (build, school, year, pupil, place) FROM STDIN (FORMAT binary);

-- name: copy_sheets
COPY sheet (build, school, day, half, codes) FROM STDIN (FORMAT binary);
