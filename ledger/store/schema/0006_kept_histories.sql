-- Kept histories: the settled years of each child once more, as they are told, to be read fast.
--
-- They are a view that is kept beside the log: made of it alone, and made anew from it at any time.
-- Nothing sealed and no reason is in it: of entries that hold such, or were amended, the place alone.
-- A row is read only where the log holds as many marks as it was made of.
--
--   kept_history        one child's year at one school
--     form              how it is written; another one is not read
--     marks             how many the log held, entries and amended entries
--     position          of the last of them
--     apart             entries that are told from the log, by their sessions, two bytes each
--     told              the others column by column, compressed
--   kept_history_year   the years that were made, and the position of the log up to which

CREATE TABLE kept_history (
    school   integer NOT NULL,
    pupil    uuid NOT NULL,
    year     smallint NOT NULL,
    form     smallint NOT NULL,
    marks    integer NOT NULL,
    position bigint NOT NULL,
    apart    bytea NOT NULL,
    told     bytea NOT NULL,
    PRIMARY KEY (school, pupil, year)
);
-- It is compressed already.
ALTER TABLE kept_history ALTER COLUMN told SET STORAGE EXTERNAL;

CREATE TABLE kept_history_year (
    school   integer NOT NULL,
    year     smallint NOT NULL,
    form     smallint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (school, year)
);

-- How many marks of a child the log holds for a year, by the index of that year alone: asked of all
-- years, by day, the server would look at each mark.  Null where the year is no part of the log.
-- By its owner's rights, since the service may read the log, and not a part of it by its name.
CREATE FUNCTION marks_held(of_school integer, of_pupil uuid, of_year integer) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    marks_of_year regclass := to_regclass(format('mark_%s', of_year));
    held integer;
BEGIN
    IF EXISTS (SELECT FROM pg_inherits
               WHERE inhrelid = marks_of_year AND inhparent = to_regclass('mark')) THEN
        EXECUTE format('SELECT count(*) FROM %s WHERE school = $1 AND pupil = $2', marks_of_year)
            INTO held USING of_school, of_pupil;
    END IF;
    RETURN held;
END $$;

REVOKE EXECUTE ON FUNCTION marks_held FROM PUBLIC;
GRANT EXECUTE ON FUNCTION marks_held TO ledger_append;
GRANT SELECT, INSERT, UPDATE, DELETE ON kept_history, kept_history_year TO ledger_append;
