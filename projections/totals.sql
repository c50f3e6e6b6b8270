-- A total is a sum over the log: one for each code entered, less one for each code it replaces.  No
-- revision is sought, at any position.
--
--   sessions  for each session of the range, AM and PM of each day in turn: twice the number of its
--             period, one more where marks are due in it, 0 where it has not begun
--   period    sessions that share a key (for rows of time) and a reading of the code table
--   stretch   days over which a pupil's place at the school does not change
--   class     how each code counts, in each edition of the code table

-- name: totals
WITH stretch AS (
    SELECT * FROM unnest(%(stretches)s::integer[], %(pupils)s::uuid[], %(firsts)s::date[],
                         %(lasts)s::date[]) AS s (stretch, who, since, upto)
),
counted AS MATERIALIZED (
    SELECT begun.pupil, stretch.stretch, begun.session / 2 AS period, begun.code, begun.replaced,
           count(*) AS n, count(*) FILTER (WHERE revision = 0 AND session %% 2 = 1) AS entered
    FROM (
        SELECT pupil, day, code, replaced, revision,
               (%(sessions)s::integer[])[2 * (day - %(first)s::date) + half + 1] AS session
        FROM mark
        WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
          AND position <= %(position)s
    ) AS begun
    LEFT JOIN stretch ON stretch.who = begun.pupil AND begun.day BETWEEN stretch.since AND stretch.upto
    WHERE begun.session > 0
    GROUP BY begun.pupil, stretch.stretch, begun.session / 2, begun.code, begun.replaced
),
period AS (
    SELECT * FROM unnest(%(period_keys)s::text[], %(period_editions)s::integer[])
                  WITH ORDINALITY AS p (key, edition, period)
),
place AS (
    SELECT * FROM unnest(%(stretches)s::integer[], %(place_keys)s::text[], %(enrolments)s::integer[],
                         %(due)s::boolean[], %(of_age)s::boolean[])
                  AS p (stretch, key, enrolment, due, of_age)
),
class AS (
    SELECT * FROM unnest(%(symbols)s::text[], %(editions)s::integer[], %(ages)s::boolean[],
                         %(classes)s::text[], %(possible)s::boolean[])
                  AS c (symbol, edition, of_age, class, possible)
),
keyed AS (
    SELECT CASE %(by)s::text WHEN 'school' THEN %(urn)s::text
                             WHEN 'pupil' THEN counted.pupil::text
                             WHEN 'group' THEN place.key
                             ELSE period.key END AS key,
           counted.pupil, counted.code, counted.replaced, counted.n,
           CASE WHEN place.due THEN counted.entered ELSE 0 END AS entered,
           place.enrolment, coalesce(place.of_age, true) AS of_age, period.edition
    FROM counted
    JOIN period ON period.period = counted.period
    LEFT JOIN place ON place.stretch = counted.stretch
),
signed AS (
    SELECT key, pupil, enrolment, of_age, edition, code, n FROM keyed
    UNION ALL
    SELECT key, pupil, enrolment, of_age, edition, replaced, -n FROM keyed WHERE replaced IS NOT NULL
),
classed AS (
    SELECT key, pupil, enrolment, code, class.class, class.possible, sum(n) AS n
    FROM signed
    JOIN class ON class.symbol = signed.code AND class.edition = signed.edition
              AND class.of_age = signed.of_age
    GROUP BY key, pupil, enrolment, code, class.class, class.possible
),
enrolled AS (
    SELECT key, sum(n) FILTER (WHERE possible) AS possible,
           sum(n) FILTER (WHERE class IN ('authorised', 'unauthorised')) AS absent
    FROM classed
    WHERE enrolment IS NOT NULL
    GROUP BY key, pupil, enrolment
)
SELECT key, class AS what, code, sum(n)::bigint FROM classed GROUP BY key, class, code
UNION ALL
SELECT key, 'possible', NULL, sum(n)::bigint FROM classed WHERE possible GROUP BY key
UNION ALL
SELECT key, 'entered', NULL, sum(entered)::bigint FROM keyed GROUP BY key
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
