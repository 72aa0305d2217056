-- What somebody does by hand to database A so that migration 004 finds its columns.

ALTER TABLE server_locations RENAME COLUMN id TO location_id;
ALTER TABLE server_locations
    ADD COLUMN name VARCHAR(255) UNIQUE,
    ADD COLUMN region VARCHAR(100),
    ADD COLUMN timezone VARCHAR(50),
    ADD COLUMN data_center VARCHAR(255),
    ADD COLUMN flag_emoji VARCHAR(10),
    ADD COLUMN display_order INTEGER DEFAULT 0,
    ADD COLUMN created_at TIMESTAMP,
    ADD COLUMN updated_at TIMESTAMP;
UPDATE server_locations SET name = 'Vienna, old' WHERE location_id = 4;
ALTER TABLE server_locations ALTER COLUMN latitude TYPE NUMERIC, ALTER COLUMN longitude TYPE DOUBLE PRECISION;
SELECT SETVAL('server_locations_id_seq', 12);
