-- Of each entry the revision that stands at a position, with the code of revision 0 beside it.
-- Entries have few revisions and the key ends with the revision, so the window follows the index.

-- name: of_pupils
-- The days are named one by one, so that each entry is looked up by its whole key.
SELECT day, half, pupil::text, code, revision, original, position, act, state
FROM (
    SELECT *, first_value(code) OVER entry AS original, lead(revision) OVER entry IS NULL AS stands
    FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
      AND day = ANY(%(days)s::date[]) AND half = ANY(%(halves)s::smallint[])
      AND pupil = ANY(%(pupils)s::uuid[]) AND position <= %(position)s
    WINDOW entry AS (PARTITION BY day, half, pupil ORDER BY revision)
) AS revisions
WHERE stands
ORDER BY day, half, revisions.pupil;

-- name: of_school
-- Every revision, a row for each session and in it a text for each column: read in a fraction of the time
-- that as many rows take, and shorter than arrays.  Which of them stand is told by the few amended entries,
-- at a fraction of what a window costs here.  Of the state those alone that say more than their code, and
-- those of amended entries.
SELECT day, half, string_agg(pupil::text, ' '), string_agg(code, ' '),
       string_agg(int8send(position), ''), string_agg(int8send(act), ''),
       array_agg(position) FILTER (WHERE says_more),
       array_agg(revision) FILTER (WHERE says_more),
       array_agg(state) FILTER (WHERE says_more)
FROM (
    SELECT day, half, pupil, code, revision, position, act, state,
           revision > 0 OR octet_length(state) > %(bare)s AS says_more
    FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
      AND half = ANY(%(halves)s::smallint[]) AND position <= %(position)s
    ORDER BY day, half, mark.pupil, revision
) AS entries
GROUP BY day, half
ORDER BY day, half;
