-- Sheets: the attendance registers once more, a row a session and a byte a pupil, to be read fast.
--
-- They are a view that is kept beside the log: made of it alone, up to the position that sheet_head
-- names, and made anew from it at any time.  The log is the register; nothing is decided by a sheet.
--
--   sheet_head    which build of the sheets is read, and the position it stands at
--   sheet_code    the byte that stands for a code, from 1; a byte of 0 is no entry
--   sheet_place   which byte of its sheets is a pupil's, in one school and academic year, from 0
--   sheet         the codes that stand in one session of one school
--
-- A rebuild is another build beside the one that is read; changing sheet_head puts it in its place.

CREATE TABLE sheet_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    build    integer NOT NULL,
    position bigint NOT NULL
);
INSERT INTO sheet_head (build, position) VALUES (1, 0);

CREATE TABLE sheet_code (
    number smallint PRIMARY KEY CHECK (number BETWEEN 1 AND 255),
    code   text NOT NULL UNIQUE
);

CREATE TABLE sheet_place (
    build  integer NOT NULL,
    school integer NOT NULL,
    year   smallint NOT NULL,
    pupil  uuid NOT NULL,
    place  integer NOT NULL,
    PRIMARY KEY (build, school, year, pupil)
);

-- Room on each page for the sheet that takes the place of another while registers come in.
CREATE TABLE sheet (
    build  integer NOT NULL,
    school integer NOT NULL,
    day    date NOT NULL,
    half   smallint NOT NULL CHECK (half IN (0, 1)),
    codes  bytea NOT NULL,
    PRIMARY KEY (build, school, day, half)
) WITH (fillfactor = 70);

-- The service follows the log; what a rebuild leaves behind is removed by the owner.
GRANT SELECT, INSERT, UPDATE ON sheet_head, sheet_code, sheet_place, sheet TO ledger_append;
