-- A total is a sum over the log: one for each code entered, less one for each code it replaces.  No
-- revision is sought, at any position.
--
--   sessions   for each session of the range, AM and PM of each day in turn: twice the number of its
--              period, one more where marks are due in it, 0 where it has not begun
--   period     sessions that share a key (for rows of time) and a reading of the code table
--   place      days over which a pupil's place at the school does not change
--   unsteady   pupils whose place changes between sessions in which marks are due: for them, and for
--              marks that are not due, days are kept apart; everyone else's place is that of `a_day`
--   class      how each code counts, in each edition of the code table

-- name: totals
WITH begun AS (
    SELECT pupil, day, code, replaced, revision,
           (%(sessions)s::integer[])[2 * (day - %(first)s::date) + half + 1] AS session
    FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s
),
counted AS MATERIALIZED (
    SELECT pupil, session / 2 AS period, code, replaced,
           CASE WHEN session %% 2 = 0 OR pupil = ANY(%(unsteady)s::uuid[]) THEN day END AS day,
           count(*)::integer AS n,
           (count(*) FILTER (WHERE revision = 0 AND session %% 2 = 1))::integer AS entered
    FROM begun
    WHERE session > 0
    GROUP BY 1, 2, 3, 4, 5
),
period AS (
    SELECT * FROM unnest(%(period_keys)s::text[], %(period_editions)s::integer[])
                  WITH ORDINALITY AS p (key, edition, period)
),
place AS (
    SELECT * FROM unnest(%(pupils)s::uuid[], %(firsts)s::date[], %(lasts)s::date[],
                         %(place_keys)s::text[], %(enrolments)s::integer[], %(due)s::boolean[],
                         %(of_age)s::boolean[])
                  AS p (pupil, first, last, key, enrolment, due, of_age)
),
class AS (
    SELECT * FROM unnest(%(symbols)s::text[], %(editions)s::integer[], %(ages)s::boolean[],
                         %(classes)s::text[], %(possible)s::boolean[])
                  AS c (symbol, edition, of_age, class, possible)
),
keyed AS MATERIALIZED (
    SELECT CASE %(by)s::text WHEN 'school' THEN %(urn)s::text
                             WHEN 'pupil' THEN counted.pupil::text
                             WHEN 'group' THEN place.key
                             ELSE period.key END COLLATE "C" AS key,
           counted.pupil, place.enrolment, counted.code, counted.replaced, counted.n,
           CASE WHEN place.due THEN counted.entered ELSE 0 END AS entered,
           coalesce(place.of_age, true) AS of_age, period.edition
    FROM counted
    JOIN period ON period.period = counted.period
    LEFT JOIN place ON place.pupil = counted.pupil
                   AND coalesce(counted.day, %(a_day)s::date) BETWEEN place.first AND place.last
),
classed AS MATERIALIZED (
    SELECT key, pupil, enrolment, signed.code, class, possible, n
    FROM (
        SELECT key, pupil, enrolment, of_age, edition, code, n FROM keyed
        UNION ALL
        SELECT key, pupil, enrolment, of_age, edition, replaced, -n FROM keyed
        WHERE replaced IS NOT NULL
    ) AS signed
    JOIN class ON class.symbol = signed.code AND class.edition = signed.edition
              AND class.of_age = signed.of_age
),
enrolled AS (
    SELECT key, sum(n) FILTER (WHERE possible) AS possible,
           sum(n) FILTER (WHERE class IN ('authorised', 'unauthorised')) AS absent
    FROM classed
    WHERE enrolment IS NOT NULL
    GROUP BY key, pupil, enrolment
)
SELECT key, class AS what, code, sum(n) FROM classed GROUP BY key, class, code
UNION ALL
SELECT key, 'possible', NULL, sum(n) FROM classed WHERE possible GROUP BY key
UNION ALL
SELECT key, 'entered', NULL, sum(entered) FROM keyed GROUP BY key
UNION ALL
SELECT key, 'persistent', NULL, count(*) FROM enrolled
WHERE possible > 0 AND 10 * absent >= possible GROUP BY key
UNION ALL
SELECT key, 'severe', NULL, count(*) FROM enrolled
WHERE possible > 0 AND 2 * absent >= possible GROUP BY key;

-- name: pupils_with
-- Whose marks hold one of some codes, now or before an amendment.
SELECT DISTINCT pupil::text FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s
  AND (code = ANY(%(codes)s) OR replaced = ANY(%(codes)s));
