-- The entries of a school that stood at a position, a row for each session, for registers by the million.

-- name: sessions
-- A text or an array for each column of a session is read in a fraction of the time that as many rows
-- take.  Codes, positions and acts are those of every revision: which of them stand is told by the few
-- amended entries, at a fraction of what a window costs here.  The pupils are those of the original
-- entries, so that they are the same bytes in nearly every session.  Of the state those alone that say
-- more than their code, and those of amended entries.
SELECT day, half,
       string_agg(uuid_send(pupil), '') FILTER (WHERE revision = 0),
       string_agg(code, ' '),
       array_agg(position),
       array_agg(act),
       string_agg(uuid_send(pupil), '') FILTER (WHERE says_more),
       array_agg(revision) FILTER (WHERE says_more),
       array_agg(state) FILTER (WHERE says_more)
FROM (
    SELECT day, half, pupil, revision, code, position, act, state,
           revision > 0 OR octet_length(state) > %(bare)s AS says_more
    FROM mark
    WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
      AND (%(pupil)s::uuid IS NULL OR pupil = %(pupil)s::uuid) AND position <= %(position)s
    ORDER BY day, half, mark.pupil, revision
) AS entries
GROUP BY day, half
ORDER BY day, half;
