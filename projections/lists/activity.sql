-- name: activity
-- By session and cell (pupils of one year group and one registration group) the sessions at a code
-- and the possible ones: one for each code entered, less one for each code it replaces.  Marks of
-- pupils who are not on the roll have no cell.
SELECT mark.day, mark.half, place.cell,
       sum((code = %(code)s)::integer - coalesce((replaced = %(code)s)::integer, 0)) AS at_code,
       sum((code <> ALL(%(impossible)s))::integer
           - coalesce((replaced <> ALL(%(impossible)s))::integer, 0)) AS possible
FROM mark
LEFT JOIN unnest(%(pupils)s::uuid[], %(firsts)s::date[], %(lasts)s::date[], %(cells)s::integer[])
          AS place (pupil, first, last, cell)
          ON place.pupil = mark.pupil AND mark.day BETWEEN place.first AND place.last
WHERE mark.school = %(school)s AND mark.day BETWEEN %(from)s AND %(to)s
  AND mark.position <= %(position)s
GROUP BY mark.day, mark.half, place.cell;
