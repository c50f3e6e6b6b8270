-- What a school's log says of the school itself, and of none of its pupils: a few records among hundreds.
-- A class register needs these and the records of its own pupils, not those of the whole school.
CREATE INDEX record_of_school ON record (school, position) WHERE pupil IS NULL;
