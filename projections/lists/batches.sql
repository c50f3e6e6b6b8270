-- name: in_time
-- For each instant the first act recorded at it or after it.
SELECT (SELECT position FROM act WHERE recorded_at >= over ORDER BY recorded_at, position LIMIT 1)
FROM unnest(%(overs)s::timestamptz[]) WITH ORDINALITY AS ends (over, number)
ORDER BY number;

-- name: batches
-- What each act did beyond entering in time, by codes.  `first_late` has for each day of the span the
-- first act that came late for its sessions: positions are taken in the order of recording, so no
-- time is looked up for a mark.
SELECT act, sum(late_entries), sum(late_amendments), sum(amendments), min(earliest), max(latest),
       array_agg(replaced ORDER BY replaced NULLS FIRST, code),
       array_agg(code ORDER BY replaced NULLS FIRST, code),
       array_agg(entries + amendments ORDER BY replaced NULLS FIRST, code)
FROM (
    SELECT act, replaced, code,
           count(*) FILTER (WHERE revision = 0) AS entries,
           count(*) FILTER (WHERE revision = 0 AND is_late) AS late_entries,
           count(*) FILTER (WHERE revision > 0 AND is_late) AS late_amendments,
           count(*) FILTER (WHERE revision > 0) AS amendments,
           min(2 * (day - %(first)s::date) + half) AS earliest,
           max(2 * (day - %(first)s::date) + half) AS latest
    FROM (
        SELECT act, day, half, revision, replaced, code,
               act >= (%(first_late)s::bigint[])[day - %(first)s::date + 1] AS is_late
        FROM mark
        WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
          AND position <= %(position)s
    ) AS placed
    WHERE is_late OR revision > 0
    GROUP BY act, replaced, code
) AS changed
GROUP BY act
HAVING sum(late_entries + late_amendments) > 0 OR sum(amendments) > %(bulk)s
ORDER BY act
OFFSET %(skip)s LIMIT %(limit)s;
