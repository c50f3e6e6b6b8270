-- name: registers
-- The schools whose admission registers have held a name, the one that spoke of it last first.
SELECT school FROM record
WHERE pupil = %(pupil)s::uuid AND position <= %(position)s
  AND topic IN ('name-entered', 'particulars-amended', 'name-deleted')
GROUP BY school
ORDER BY max(position) DESC;
