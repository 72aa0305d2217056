-- A new name reaches usage that is being added to the total of long ago while the user is renamed or erased.
--
-- Why: the total's row was not there when the one UPDATE of all days began, so that it kept the old name: of an erased user, too. With a
-- statement of its own for the total, the row is seen.
-- Locks: creates a function only.

-- The roll-ups have no foreign key, for older databases have usage of users who don't exist. A user's new name reaches
-- them all the same.
CREATE OR REPLACE FUNCTION rename_usage() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    -- Hours before days, days before their total: each UPDATE awaits what is just being moved, and the next one sees where to.
    UPDATE usage_hourly SET username = NEW.username WHERE username = OLD.username;
    UPDATE usage_daily SET username = NEW.username WHERE username = OLD.username AND day > '-infinity';
    UPDATE usage_daily SET username = NEW.username WHERE username = OLD.username AND day = '-infinity';
    UPDATE usage_totals SET username = NEW.username WHERE username = OLD.username;
    RETURN NULL;
END
$$;

-- As V28 does.
DO $$
DECLARE
    path TEXT;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    EXECUTE FORMAT('ALTER FUNCTION rename_usage() SET search_path = %s', path);
END
$$;

/* rollback
CREATE OR REPLACE FUNCTION rename_usage() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    -- Hours before days: those that are just being made days are awaited.
    UPDATE usage_hourly SET username = NEW.username WHERE username = OLD.username;
    UPDATE usage_daily SET username = NEW.username WHERE username = OLD.username;
    UPDATE usage_totals SET username = NEW.username WHERE username = OLD.username;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    path TEXT;
BEGIN
    SELECT STRING_AGG(QUOTE_IDENT(s.name), ', ' ORDER BY s.position) || ', pg_temp' INTO path
    FROM UNNEST(CURRENT_SCHEMAS(FALSE)) WITH ORDINALITY AS s (name, position)
    WHERE NOT STARTS_WITH(s.name::TEXT, 'pg_temp');
    EXECUTE FORMAT('ALTER FUNCTION rename_usage() SET search_path = %s', path);
END
$$;
*/
