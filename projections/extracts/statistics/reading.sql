-- Sessions by day and code: one for each code entered, less one for each code that it replaced.  Entries
-- for sessions that had not begun are planned ones and are left out, and so are those of pupils from the
-- day on which they are out of scope.

-- name: days
SELECT mark.day, mark.code, mark.replaced, count(*)
FROM mark
LEFT JOIN unnest(%(pupils)s::uuid[], %(since)s::date[]) AS gone (pupil, since)
       ON gone.pupil = mark.pupil
WHERE mark.school = %(school)s AND mark.day BETWEEN %(first)s AND %(last)s
  AND mark.position <= %(position)s
  AND (mark.day < %(last)s OR mark.half <= %(last_half)s)
  AND (gone.since IS NULL OR mark.day < gone.since)
GROUP BY mark.day, mark.code, mark.replaced;
