-- The log: three tables under one gap-free sequence of positions.
--
--   act      one request by one person: who, for which client, under which key, when
--   record   every event that is not a mark: schools, their days, the roll, leave
--   mark     one entry or amended entry of an attendance register
--
-- Positions come from the one row of log_head, updated inside the transaction that appends, so an
-- aborted append leaves no hole and the order of positions is the order of commits.

CREATE TABLE log_head (
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position    bigint NOT NULL,
    recorded_at timestamptz NOT NULL
);
INSERT INTO log_head (position, recorded_at) VALUES (0, '2000-01-01T00:00:00Z');

CREATE TABLE act (
    position    bigint PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    client      text NOT NULL,
    request_key text NOT NULL,
    number      integer NOT NULL,
    salt        bytea NOT NULL,
    leaf        bytea NOT NULL,
    state       bytea NOT NULL,
    UNIQUE (client, request_key, number)
);
-- "As it stood at this instant" is one probe of this index: the first act after the instant.
CREATE INDEX act_recorded_at ON act (recorded_at, position);

CREATE TABLE record (
    position bigint PRIMARY KEY,
    act      bigint NOT NULL,
    school   integer,
    pupil    uuid,
    version  integer NOT NULL,
    topic    text NOT NULL,
    stream   text NOT NULL,
    salt     bytea NOT NULL,
    leaf     bytea NOT NULL,
    state    bytea NOT NULL,
    UNIQUE (stream, version)
);
CREATE INDEX record_school ON record (school, position);
CREATE INDEX record_pupil ON record (pupil, position) WHERE pupil IS NOT NULL;

-- An entry's place is its identity: (school, day, half, pupil) names the entry, revision 0 is the
-- original and each amended entry the next revision.  The primary key makes overwriting impossible.
-- It starts with school and session, so that a class register touches one or two pages of it.
CREATE TABLE mark (
    position bigint NOT NULL,
    act      bigint NOT NULL,
    school   integer NOT NULL CHECK (school BETWEEN 100000 AND 999999),
    day      date NOT NULL,
    pupil    uuid NOT NULL,
    half     smallint NOT NULL CHECK (half IN (0, 1)),
    revision smallint NOT NULL CHECK (revision BETWEEN 0 AND 63),
    code     text NOT NULL,
    replaced text,
    salt     bytea NOT NULL,
    leaf     bytea NOT NULL,
    state    bytea NOT NULL,
    PRIMARY KEY (school, day, half, pupil, revision)
) PARTITION BY RANGE (day);
CREATE INDEX mark_position ON mark (position);

-- One partition an academic year (1 August to 31 July), the unit that retention drops.
DO $$
BEGIN
    FOR year IN 2005 .. 2044 LOOP
        EXECUTE format(
            'CREATE TABLE mark_%s PARTITION OF mark FOR VALUES FROM (%L) TO (%L)',
            year, make_date(year, 8, 1), make_date(year + 1, 8, 1));
    END LOOP;
END $$;

CREATE VIEW log AS
    SELECT position, position AS act, NULL::integer AS school, NULL::uuid AS pupil,
           'act/' || client || '/' || request_key AS stream, number AS version,
           'act-recorded' AS topic, salt, leaf, state
    FROM act
    UNION ALL
    SELECT position, act, school, pupil, stream, version, topic, salt, leaf, state
    FROM record
    UNION ALL
    SELECT position, act, school, pupil,
           'attendance-register/' || school || '/' || pupil || '/' || year,
           ((day - make_date(year, 8, 1)) * 2 + half) * 64 + revision,
           CASE WHEN revision = 0 THEN 'attendance-entered' ELSE 'attendance-amended' END,
           salt, leaf, state
    FROM (SELECT *, extract(year FROM day - interval '7 months')::integer AS year FROM mark) AS m;

-- A request's key, the digest of what was asked and the answer it was given, kept for ever and
-- stored in the transaction that appends.
CREATE TABLE request_key (
    client      text NOT NULL,
    request_key text NOT NULL,
    digest      bytea NOT NULL,
    status      smallint NOT NULL,
    response    bytea NOT NULL,
    PRIMARY KEY (client, request_key)
);

-- Data keys of pupils, each wrapped under the key file that is kept outside the database.
CREATE TABLE data_key (
    scope   text PRIMARY KEY,
    wrapped bytea NOT NULL
);

-- Keys of the clients that call; only the SHA-256 of a key is kept.
CREATE TABLE client_key (
    digest     bytea PRIMARY KEY,
    prefix     text NOT NULL,
    client     text NOT NULL,
    scopes     text[] NOT NULL,
    schools    text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
);
