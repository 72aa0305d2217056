-- What keeps the tables $1 from being distributed and was not made by the migrations: kind, name, table, referenced table.
SELECT 'foreign key', c.conname::TEXT, c.conrelid::REGCLASS::TEXT, c.confrelid::REGCLASS::TEXT
FROM pg_constraint c
JOIN pg_class r ON r.oid = c.confrelid
JOIN pg_class t ON t.oid = c.conrelid
WHERE c.contype = 'f'
  AND (r.relname = ANY ($1::TEXT[]) AND r.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
       OR t.relname = ANY ($1::TEXT[]) AND t.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE)
  AND (t.relname, c.conname) NOT IN (
      ('vpn_connections', 'fk_vpn_connections_username'),
      ('vpn_statistics', 'fk_vpn_statistics_username'),
      ('vpn_statistics', 'fk_vpn_statistics_connection_id'),
      ('vpn_statistics_archive', 'fk_vpn_statistics_archive_username')
  )
UNION ALL
SELECT 'trigger', g.tgname::TEXT, t.relname::TEXT, ''
FROM pg_trigger g
JOIN pg_class t ON t.oid = g.tgrelid
WHERE NOT g.tgisinternal
  AND t.relname = ANY ($1::TEXT[])
  AND t.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
  AND g.tgname NOT IN ('connection_status_is_final', 'count_healthy_reports', 'written_statistics_roll_up')
UNION ALL
SELECT 'unique index', i.indexrelid::REGCLASS::TEXT, t.relname::TEXT, ''
FROM pg_index i
JOIN pg_class t ON t.oid = i.indrelid
WHERE (i.indisunique OR i.indisexclusion)
  AND NOT i.indisprimary
  AND t.relname = ANY ($1::TEXT[])
  AND t.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
  AND NOT EXISTS (
      SELECT
      FROM pg_attribute a
      WHERE a.attrelid = i.indrelid
        AND a.attname = 'server_id'
        AND a.attnum = ANY (i.indkey::SMALLINT[])
  )
ORDER BY 1, 2
