-- name: records
-- Everything but marks: admissions, amended particulars, deletions, leave.
SELECT position, act, school, stream, version, topic, state, leaf FROM record
WHERE pupil = %(pupil)s::uuid AND position <= %(position)s
ORDER BY position;

-- name: days
-- The days for which a school's register holds anything: the ends of its key.
SELECT min(day), max(day) FROM mark WHERE school = %(school)s;

-- name: marks
-- The days are named one by one, so that each entry is looked up by its whole key.  The server counts
-- them up itself: thousands of days in the text of a statement take longer to send and plan than the
-- entries to find.
SELECT position, act, day, half, revision, code, state, leaf FROM mark
WHERE school = %(school)s AND day BETWEEN %(first)s AND %(last)s
  AND day = ANY (ARRAY(
    SELECT generate_series(%(first)s::date, %(last)s::date, interval '1 day')::date))
  AND half IN (0, 1) AND pupil = %(pupil)s::uuid AND position <= %(position)s
ORDER BY position;
