-- Brings the tables of a migrated database into the shape of docs/distribution.md. Every step looks first whether it is done, so that
-- the whole can be run again. It runs in one transaction. {tables} are
-- the TABLES of mod.rs.
-- Locks: ACCESS EXCLUSIVE on the tables until the commit, for as long as their rows take to be copied.
DO $$
DECLARE
    spread   CONSTANT TEXT[] := '{tables}';
    wanted   RECORD;
    name     TEXT;
BEGIN
    PERFORM SET_CONFIG('citus.enable_ddl_propagation', 'on', TRUE);
    -- connection_status_is_final and count_healthy_reports run no SQL.
    PERFORM SET_CONFIG('citus.enable_unsafe_triggers', 'on', TRUE);
    PERFORM SET_CONFIG('citus.multi_shard_modify_mode', 'sequential', TRUE);
    IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = spread[1]::REGCLASS) THEN
        RETURN;
    END IF;
    FOREACH name IN ARRAY spread LOOP
        EXECUTE FORMAT('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', name);
    END LOOP;

    -- users stays on the coordinator: rename_usage writes a new name to the tables that referenced it.
    ALTER TABLE vpn_connections DROP CONSTRAINT IF EXISTS fk_vpn_connections_username;
    ALTER TABLE vpn_statistics DROP CONSTRAINT IF EXISTS fk_vpn_statistics_username;
    ALTER TABLE vpn_statistics_archive DROP CONSTRAINT IF EXISTS fk_vpn_statistics_archive_username;
    -- A shard passes no transition table: see below.
    DROP TRIGGER IF EXISTS written_statistics_roll_up ON vpn_statistics;

    -- A unique key contains the server. The id stays first, so that a row is found by its id alone.
    ALTER TABLE vpn_statistics DROP CONSTRAINT IF EXISTS fk_vpn_statistics_connection_id;
    FOREACH name IN ARRAY ARRAY['vpn_connections', 'vpn_statistics', 'vpn_statistics_archive'] LOOP
        EXECUTE FORMAT('ALTER TABLE %I DROP CONSTRAINT %I', name, name || '_pkey');
        EXECUTE FORMAT('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (id, server_id)', name, name || '_pkey');
    END LOOP;
    ALTER TABLE vpn_statistics ADD CONSTRAINT fk_vpn_statistics_connection_id
        FOREIGN KEY (connection_id, server_id) REFERENCES vpn_connections (id, server_id);

    PERFORM create_distributed_table(spread[1]::REGCLASS, 'server_id');
    FOREACH name IN ARRAY spread[2:] LOOP
        PERFORM create_distributed_table(name::REGCLASS, 'server_id', colocate_with => spread[1]);
    END LOOP;
    -- What was copied stays on the coordinator's disk until then, also rows that are deleted or erased later.
    FOREACH name IN ARRAY spread LOOP
        PERFORM truncate_local_data_after_distributing_table(name::REGCLASS);
    END LOOP;

    -- On a shard, per row. Other programs know nothing of reported_received: an end that sets it is the product's, which rolls it up.
    CREATE TRIGGER ended_connections_are_noted
        BEFORE UPDATE OF reported_received ON vpn_connections
        FOR EACH ROW
        WHEN (OLD.status IN ('connecting', 'connected') AND NEW.status IN ('disconnected', 'error'))
        EXECUTE FUNCTION roll_up_written_statistics();
    CREATE TRIGGER written_statistics_roll_up
        AFTER INSERT ON vpn_statistics
        FOR EACH ROW
        WHEN (COALESCE(NEW.session_type, 'vpn') = 'vpn'
              AND POSITION(FORMAT(' %s ', COALESCE(NEW.connection_id, 0))
                           IN COALESCE(CURRENT_SETTING('barqnet.ended_connections', TRUE), '')) = 0)
        EXECUTE FUNCTION roll_up_written_statistics();
END
$$;
