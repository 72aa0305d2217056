-- Branches, their devices, and promotions.

--! add_branch
--- Adds a branch.
INSERT INTO branches (id, name, network, position, size_class, opens, closes, holidays)
VALUES (:id, :name, :network, :position, :size_class, :opens, :closes, :holidays);

--! branch : Branch(holidays[!])
--- A branch. Uses the primary key. An element of `holidays` is never NULL: only add_branch writes them.
SELECT id, name, network, position, size_class, opens, closes, holidays
FROM branches
WHERE id = :id;

--! add_device batch copy_in (firmware_oid?, settings?)
--- Adds a device.
INSERT INTO devices (
    mac, long_mac, branch_id, address, abilities, switched, clock, drift, firmware_oid, settings)
VALUES (
    :mac, :long_mac, :branch_id, :address, :abilities, :switched, :clock, :drift, :firmware_oid, :settings);

--! device : Device(firmware_oid?, settings?)
--- A device. Uses the primary key.
SELECT mac, long_mac, branch_id, address, abilities, switched, clock, drift, firmware_oid, settings
FROM devices
WHERE mac = :mac;

--! strays
--- The devices whose address is outside the network of their branch. Reads all devices.
SELECT d.mac
FROM devices d
JOIN branches b ON b.id = d.branch_id
WHERE NOT d.address <<= b.network
ORDER BY d.mac;

--! add_promotion batch
--- Adds a promotion. Fails with an exclusion violation while another one runs.
INSERT INTO promotions (name, during, prices, discount)
VALUES (:name, :during, :prices, :discount)
RETURNING id;

--! promotions_during : Promotion()
--- The promotions that run at some time of a range, in order. Uses ex_promotions_during.
SELECT id, name, during, prices, discount
FROM promotions
WHERE during && :during
ORDER BY during;

--! promoted_times : (times?)
--- All times with a promotion; NULL without any. Needs PostgreSQL 14.
SELECT RANGE_AGG(during) AS times
FROM promotions;
