-- The entries that a figure of the totals is made of.  Days, places and codes are laid out as for the
-- totals (`totals.sql` says what `sessions`, `period`, `place` and `class` are), but here the revision
-- that stands is sought of each entry and nothing is summed: two ways to one number.
--
-- An amended entry names the code that it replaces, so the last of an entry's rows that enters or
-- replaces one of the codes asked for tells whether one of them stands.

-- name: entries
WITH standing AS (
    SELECT DISTINCT ON (day, half, pupil) day, half, pupil, code, position, revision,
           (%(sessions)s::integer[])[2 * (day - %(first)s::date) + half + 1] AS session
    FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s
      AND (code = ANY(%(wanted_symbols)s) OR replaced = ANY(%(wanted_symbols)s))
      AND (%(who)s::uuid IS NULL OR pupil = %(who)s::uuid)
    ORDER BY day, half, pupil, revision DESC
),
period AS (
    SELECT * FROM unnest(%(period_lines)s::integer[], %(period_editions)s::integer[])
                  WITH ORDINALITY AS p (line, edition, period)
),
place AS (
    SELECT * FROM unnest(%(pupils)s::uuid[], %(firsts)s::date[], %(lasts)s::date[],
                         %(place_lines)s::integer[], %(of_age)s::boolean[])
                  AS p (pupil, first, last, line, of_age)
),
class AS (
    SELECT * FROM unnest(%(symbols)s::text[], %(editions)s::integer[], %(ages)s::boolean[])
                  WITH ORDINALITY AS c (symbol, edition, of_age, class)
    WHERE class = ANY(%(wanted)s::bigint[])
),
chosen AS MATERIALIZED (
    SELECT day, half, standing.pupil, class, position, revision > 0 AS amended
    FROM standing
    JOIN period ON period.period = standing.session / 2
    LEFT JOIN place ON place.pupil = standing.pupil AND day BETWEEN place.first AND place.last
    JOIN class ON class.symbol = code AND class.edition = period.edition
              AND class.of_age = coalesce(place.of_age, true)
    WHERE CASE %(by)s::text
              WHEN 'time' THEN period.line IS NOT DISTINCT FROM %(line)s::integer
              WHEN 'group' THEN place.line IS NOT DISTINCT FROM %(line)s::integer
              ELSE true
          END
),
page AS (
    SELECT * FROM chosen
    WHERE (day, half, pupil) > (%(after_day)s, %(after_half)s, %(after_pupil)s::uuid)
    ORDER BY day, half, pupil
    LIMIT %(limit)s
)
SELECT total, day, half, pupil::text, class, position, amended
FROM (SELECT count(*) AS total FROM chosen) AS counted
LEFT JOIN page ON true
ORDER BY day, half, page.pupil;

-- name: missing
WITH session AS (
    SELECT %(first)s::date + ((n - 1) / 2)::integer AS day, ((n - 1) %% 2)::smallint AS half,
           number / 2 AS period
    FROM unnest(%(sessions)s::integer[]) WITH ORDINALITY AS s (number, n)
    WHERE number %% 2 = 1
),
period AS (
    SELECT * FROM unnest(%(period_lines)s::integer[]) WITH ORDINALITY AS p (line, period)
),
place AS (
    SELECT * FROM unnest(%(pupils)s::uuid[], %(firsts)s::date[], %(lasts)s::date[],
                         %(place_lines)s::integer[], %(due)s::boolean[])
                  AS p (pupil, first, last, line, due)
    WHERE due AND (%(who)s::uuid IS NULL OR pupil = %(who)s::uuid)
),
chosen AS MATERIALIZED (
    SELECT session.day, session.half, place.pupil
    FROM session
    JOIN period ON period.period = session.period
    JOIN place ON session.day BETWEEN place.first AND place.last
    WHERE CASE %(by)s::text
              WHEN 'time' THEN period.line IS NOT DISTINCT FROM %(line)s::integer
              WHEN 'group' THEN place.line IS NOT DISTINCT FROM %(line)s::integer
              ELSE true
          END
      AND NOT EXISTS (
          SELECT FROM mark
          WHERE mark.school = %(school)s AND mark.day BETWEEN %(first)s AND %(last)s
            AND mark.day = session.day AND mark.half = session.half
            AND mark.pupil = place.pupil AND mark.position <= %(position)s)
),
page AS (
    SELECT * FROM chosen
    WHERE (day, half, pupil) > (%(after_day)s, %(after_half)s, %(after_pupil)s::uuid)
    ORDER BY day, half, pupil
    LIMIT %(limit)s
)
SELECT total, day, half, pupil::text
FROM (SELECT count(*) AS total FROM chosen) AS counted
LEFT JOIN page ON true
ORDER BY day, half, page.pupil;

-- name: absent
-- The enrolments of a row with their possible sessions and those missed, where they reach a measure.
WITH standing AS (
    SELECT DISTINCT ON (day, half, pupil) day, pupil, code,
           (%(sessions)s::integer[])[2 * (day - %(first)s::date) + half + 1] AS session
    FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s AND position <= %(position)s
      AND (%(who)s::uuid IS NULL OR pupil = %(who)s::uuid)
    ORDER BY day, half, pupil, revision DESC
),
period AS (
    SELECT * FROM unnest(%(period_lines)s::integer[], %(period_editions)s::integer[])
                  WITH ORDINALITY AS p (line, edition, period)
),
place AS (
    SELECT * FROM unnest(%(pupils)s::uuid[], %(firsts)s::date[], %(lasts)s::date[],
                         %(place_lines)s::integer[], %(enrolments)s::integer[],
                         %(of_age)s::boolean[])
                  AS p (pupil, first, last, line, enrolment, of_age)
    WHERE enrolment IS NOT NULL
),
class AS (
    SELECT * FROM unnest(%(symbols)s::text[], %(editions)s::integer[], %(ages)s::boolean[],
                         %(possible)s::boolean[], %(absence)s::boolean[])
                  AS c (symbol, edition, of_age, possible, absence)
)
SELECT standing.pupil::text, enrolment, count(*) FILTER (WHERE possible) AS possible,
       count(*) FILTER (WHERE absence) AS absent
FROM standing
JOIN period ON period.period = standing.session / 2
JOIN place ON place.pupil = standing.pupil AND day BETWEEN place.first AND place.last
JOIN class ON class.symbol = code AND class.edition = period.edition
          AND class.of_age = place.of_age
WHERE CASE %(by)s::text
          WHEN 'time' THEN period.line IS NOT DISTINCT FROM %(line)s::integer
          WHEN 'group' THEN place.line IS NOT DISTINCT FROM %(line)s::integer
          ELSE true
      END
GROUP BY standing.pupil, enrolment
HAVING count(*) FILTER (WHERE possible) > 0
   AND 100 * count(*) FILTER (WHERE absence) >= %(percent)s::integer * count(*) FILTER (WHERE possible)
ORDER BY standing.pupil, enrolment;
