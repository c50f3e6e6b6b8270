-- Places on the roll: one narrow row for each record about a pupil, by school and pupil.
--
-- A class register asks about thirty pupils, of nearly all of whom the log says one thing: that the name was
-- entered, from which day.  In `record` that is half a kilobyte a name, found through an index in which the
-- pupils of all schools lie in any order; here those of a school lie together, a tenth as long.
--
-- The database writes these rows itself, in the transaction of the record, whoever appends it: they cannot be
-- behind the log, and the service can neither add one nor leave one out.

CREATE TABLE roll_place (
    school       integer NOT NULL,
    pupil        uuid NOT NULL,
    position     bigint NOT NULL,
    starting_day date,
    PRIMARY KEY (school, pupil, position)
);
COMMENT ON COLUMN roll_place.starting_day IS
    'From when, of a name plainly entered; null where the record says more than that, or something else.';

-- The starting day of a name plainly entered: the first event of its stream, of a pupil of one school and no
-- boarder, and besides nothing but what a place on the roll does not hold.  Null of everything else.
-- What is escaped is not looked at: jsonb refuses some of what JSON may hold, and no record may fail for that.
CREATE FUNCTION plain_starting_day(topic text, version integer, state bytea) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN topic <> 'name-entered' OR version <> 1 OR position('\x5c'::bytea IN state) > 0 THEN NULL
        WHEN convert_from(state, 'UTF8')::jsonb - ARRAY[
                 'starting_day', 'surname', 'forenames', 'supplementary_names', 'sex', 'date_of_birth',
                 'upn', 'former_upn', 'uln', 'address', 'other_addresses', 'parents', 'move',
                 'previous_school', 'previous_school_address', 'year_group', 'registration_group',
                 'starting_day_is'
             ] = '{"enrolment": "single", "boarder": false}'
        THEN (convert_from(state, 'UTF8')::jsonb ->> 'starting_day')::date
    END
$$;

CREATE FUNCTION keep_roll_places() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO roll_place (school, pupil, position, starting_day)
    SELECT school, pupil, position, plain_starting_day(topic, version, state)
    FROM appended WHERE pupil IS NOT NULL;
    RETURN NULL;
END $$;

INSERT INTO roll_place (school, pupil, position, starting_day)
SELECT school, pupil, position, plain_starting_day(topic, version, state)
FROM record WHERE pupil IS NOT NULL ORDER BY school, pupil, position;

CREATE TRIGGER roll_places AFTER INSERT ON record REFERENCING NEW TABLE AS appended
    FOR EACH STATEMENT EXECUTE FUNCTION keep_roll_places();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON roll_place
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON roll_place
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT ON roll_place TO ledger_append;
