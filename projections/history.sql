-- name: records
-- Everything but marks, each with its act: admissions, amended particulars, deletions, leave.
SELECT record.position, school, stream, version, topic, record.state, record.leaf,
       act.client, act.recorded_at, act.state
FROM record JOIN act ON act.position = record.act
WHERE pupil = %(pupil)s::uuid AND record.position <= %(position)s
ORDER BY record.position;

-- name: days
-- The days for which a school's register holds anything: the ends of its key.
SELECT min(day), max(day) FROM mark WHERE school = %(school)s;
