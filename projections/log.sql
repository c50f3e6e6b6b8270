-- Positions have no holes, so a page of the whole log is a span of them.

-- name: of_all
SELECT log.position, log.topic, log.stream, log.version, log.school, log.pupil::text, log.act,
       log.state, log.salt, log.leaf, act.client, act.recorded_at, act.leaf, act.state
FROM log
JOIN act ON act.position = log.act
WHERE log.position BETWEEN %(first)s AND %(last)s
ORDER BY log.position;

-- name: of_schools
-- The first entry made under an act follows it directly.
WITH visible AS (
    SELECT position FROM log
    WHERE position BETWEEN %(first)s AND %(last)s + 1 AND school = ANY(%(schools)s::integer[])
)
SELECT log.position, log.topic, log.stream, log.version, log.school, log.pupil::text, log.act,
       log.state, log.salt, log.leaf, act.client, act.recorded_at, act.leaf, act.state
FROM log
JOIN act ON act.position = log.act
WHERE log.position BETWEEN %(first)s AND %(last)s
  AND log.position IN (
      SELECT position FROM visible
      UNION
      SELECT visible.position - 1 FROM visible
      JOIN act AS before ON before.position = visible.position - 1)
ORDER BY log.position
LIMIT %(limit)s;
