-- Append-only twice over: the service's role was never granted more, and the tables refuse everyone
-- else too, their owner included.  Retention drops whole partitions; it never deletes a row.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

DO $$
DECLARE
    log_table regclass;
BEGIN
    FOREACH log_table IN ARRAY ARRAY['act', 'record', 'mark', 'request_key']::regclass[] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s '
                       'FOR EACH ROW EXECUTE FUNCTION refuse_change()', log_table);
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', log_table);
    END LOOP;
    FOR log_table IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'mark'::regclass LOOP
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', log_table);
    END LOOP;
END $$;

-- Roles belong to the whole server: several ledgers on one server share this one.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledger_append') THEN
        CREATE ROLE ledger_append NOLOGIN;
    END IF;
END $$;

GRANT SELECT, INSERT ON act, record, mark, request_key, data_key TO ledger_append;
GRANT SELECT ON log, client_key TO ledger_append;
GRANT SELECT, UPDATE ON log_head TO ledger_append;
