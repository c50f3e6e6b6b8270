-- name: unmarked
-- Marks that are due and have no entry: sessions and pupils' places by their numbers, in order.
SELECT session.number, place.number
FROM unnest(%(days)s::date[], %(halves)s::smallint[])
     WITH ORDINALITY AS session (day, half, number)
JOIN unnest(%(pupils)s::uuid[], %(firsts)s::date[], %(lasts)s::date[])
     WITH ORDINALITY AS place (pupil, first, last, number)
     ON session.day BETWEEN place.first AND place.last
WHERE NOT EXISTS (
    SELECT FROM mark
    WHERE mark.school = %(school)s AND mark.day BETWEEN %(first)s AND %(last)s
      AND mark.day = session.day AND mark.half = session.half AND mark.pupil = place.pupil
      AND mark.position <= %(position)s)
ORDER BY session.number, place.number
OFFSET %(skip)s LIMIT %(limit)s;
