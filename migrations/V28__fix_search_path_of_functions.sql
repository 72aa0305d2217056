-- PL/pgSQL functions, and SQL functions that read or write tables, find them in the schema in which the functions are.
--
-- Why: with the caller's search_path, a role that may create a schema with the name of a service's role could put tables in
-- front of those that the functions mean. The path is the one of this migration, with temporary tables behind the others.
-- Functions that read no table stay without the clause: PostgreSQL inlines them, which it does not do with a function that
-- has a setting. They name only each other, and are found where the statement or function that calls them finds its
-- tables. A migration that replaces one of the functions has to give it the clause again; a test demands it.
-- Locks: changes functions only. Cost: 2 to 10 microseconds per call (docs/operations.md).

DO $$
DECLARE
    path TEXT;
    function REGPROCEDURE;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname IN (
              'account_exists', 'connection_end', 'connection_heartbeat', 'connection_open', 'count_account_change',
              'erase_user', 'get_nearest_location', 'index_nearest_location', 'otp_budget_available_at',
              'otp_consume_budget', 'otp_forget', 'otp_invalidate', 'otp_send', 'otp_spend_ticket', 'otp_unlock',
              'otp_verify', 'refuse_connection_status', 'rename_usage', 'roll_up_written_statistics',
              'server_recount', 'session_create', 'session_revoke_all', 'session_revoke_others', 'session_roll_up',
              'session_rotate', 'usage_roll_up'
          )
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s SET search_path = %s', function, path);
    END LOOP;
END
$$;

/* rollback
DO $$
DECLARE
    function REGPROCEDURE;
BEGIN
    FOR function IN
        SELECT oid
        FROM pg_proc
        WHERE pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
          AND proname IN (
              'account_exists', 'connection_end', 'connection_heartbeat', 'connection_open', 'count_account_change',
              'erase_user', 'get_nearest_location', 'index_nearest_location', 'otp_budget_available_at',
              'otp_consume_budget', 'otp_forget', 'otp_invalidate', 'otp_send', 'otp_spend_ticket', 'otp_unlock',
              'otp_verify', 'refuse_connection_status', 'rename_usage', 'roll_up_written_statistics',
              'server_recount', 'session_create', 'session_revoke_all', 'session_revoke_others', 'session_roll_up',
              'session_rotate', 'usage_roll_up'
          )
        ORDER BY oid
    LOOP
        EXECUTE FORMAT('ALTER FUNCTION %s RESET search_path', function);
    END LOOP;
END
$$;
*/
