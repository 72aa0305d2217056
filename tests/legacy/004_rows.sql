-- Rows of the table as migration 004 has it; its unique index reaches further than ours.

INSERT INTO server_locations (location_id, name, country, city, region, country_code, latitude, longitude, timezone, data_center, flag_emoji, display_order, enabled, created_at, updated_at) VALUES
    (31, 'Berlin 1', 'Germany', 'Berlin', 'Europe', 'DE', 52.52, 13.405, 'Europe/Berlin', 'b1', '🇩🇪', 20, true, '2024-01-01', '2024-01-01'),
    (32, 'Berlin 2', 'Germany', 'Berlin', NULL, 'DE', 91.5, 13.405, NULL, 'b2', NULL, NULL, NULL, NULL, NULL),
    (33, 'Frankfurt', 'Germany', 'Frankfurt am Main', NULL, 'DE', 50.1109, 8.6821, NULL, NULL, NULL, 3, false, '2024-01-01', '2024-01-01');
UPDATE servers SET location_id = 32 WHERE name = 'node-1';
