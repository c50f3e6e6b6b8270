-- A total is a sum over the log: one for each code entered, less one for each code it replaces.  No
-- revision is sought, at any position.
--
--   sessions   for each session of the range, AM and PM of each day in turn: twice the number of its
--              period, one more where marks are due in it, 0 where it has not begun
--   period     sessions of one line (where lines are of time) and one reading of the code table
--   place      days over which a pupil's place at the school does not change
--   unsteady   pupils whose place changes between sessions in which marks are due: for them, and for
--              marks that are not due, days are kept apart; everyone else's place is that of `a_day`
--   class      how a code counts, in one edition of the code table, at one age
--   line       the row that is answered, by its number; a pupil's own where rows are pupils

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
    SELECT * FROM unnest(%(period_lines)s::integer[], %(period_editions)s::integer[])
                  WITH ORDINALITY AS p (line, edition, period)
),
place AS (
    SELECT * FROM unnest(%(pupils)s::uuid[], %(firsts)s::date[], %(lasts)s::date[],
                         %(place_lines)s::integer[], %(enrolments)s::integer[], %(due)s::boolean[],
                         %(of_age)s::boolean[])
                  AS p (pupil, first, last, line, enrolment, due, of_age)
),
class AS (
    SELECT * FROM unnest(%(symbols)s::text[], %(editions)s::integer[], %(ages)s::boolean[],
                         %(possible)s::boolean[], %(absence)s::boolean[])
                  WITH ORDINALITY AS c (symbol, edition, of_age, possible, absence, class)
),
placed AS MATERIALIZED (
    SELECT CASE %(by)s::text WHEN 'time' THEN period.line WHEN 'group' THEN place.line END AS line,
           CASE %(by)s::text WHEN 'pupil' THEN counted.pupil END AS who,
           counted.pupil, place.enrolment, counted.code, counted.replaced, counted.n,
           CASE WHEN place.due THEN counted.entered ELSE 0 END AS entered,
           coalesce(place.of_age, true) AS of_age, period.edition
    FROM counted
    JOIN period ON period.period = counted.period
    LEFT JOIN place ON place.pupil = counted.pupil
                   AND coalesce(counted.day, %(a_day)s::date) BETWEEN place.first AND place.last
),
classed AS MATERIALIZED (
    SELECT line, who, pupil, enrolment, class.class, possible, absence, n
    FROM (
        SELECT line, who, pupil, enrolment, of_age, edition, code, n FROM placed
        UNION ALL
        SELECT line, who, pupil, enrolment, of_age, edition, replaced, -n FROM placed
        WHERE replaced IS NOT NULL
    ) AS signed
    JOIN class ON class.symbol = signed.code AND class.edition = signed.edition
              AND class.of_age = signed.of_age
),
enrolled AS (
    SELECT line, who, sum(n) FILTER (WHERE possible) AS possible,
           sum(n) FILTER (WHERE absence) AS absent
    FROM classed
    WHERE enrolment IS NOT NULL
    GROUP BY line, who, pupil, enrolment
)
SELECT line, who::text, 'class' AS what, class, sum(n) FROM classed GROUP BY line, who, class
UNION ALL
SELECT line, who::text, 'entered', NULL, sum(entered) FROM placed GROUP BY line, who
UNION ALL
SELECT line, who::text, 'persistent', NULL, count(*) FROM enrolled
WHERE possible > 0 AND 100 * absent >= %(persistent)s::integer * possible GROUP BY line, who
UNION ALL
SELECT line, who::text, 'severe', NULL, count(*) FROM enrolled
WHERE possible > 0 AND 100 * absent >= %(severe)s::integer * possible GROUP BY line, who;

-- name: pupils_with
-- Whose marks hold one of some codes, now or before an amendment.
SELECT DISTINCT pupil::text FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s
  AND (code = ANY(%(codes)s) OR replaced = ANY(%(codes)s));
