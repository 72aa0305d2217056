-- The statements of the workloads, as in queries/ of the crate, with cornucopia's own annotations. After a change:
-- benches/peers/generate-cornucopia.

--! validate : (phone_number?, device_id?, created_at?, last_activity?)
SELECT s.id AS session_id,
       u.id AS user_id,
       u.username,
       u.phone_number,
       COALESCE(u.server_id, '') AS server_id,
       u.role,
       s.device_id,
       s.created_at,
       s.last_activity,
       s.expires_at,
       COALESCE(s.last_activity < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => :touch_after_seconds)
                OR s.last_activity > CURRENT_TIMESTAMP, TRUE) AS touch_is_due,
       s.token_presented
FROM user_sessions s
JOIN users u ON u.id = s.user_id
WHERE s.token_hash = :token_hash
  AND session_is_live(s, u.sessions_valid_after, :idle_seconds)
  AND account_is_usable(u.active, u.expires_at);

--! verify (ip_address?, budget_key?) : (retry_after_seconds?, refused_by?)
SELECT verified, retry_after_seconds, refused_by
FROM otp_verify_code(:phone_number, :purpose, :code_macs, :key_ids, :ip_address, :max_tries_per_code, :lock_every,
                :lock_seconds, :max_failures, :budget, :budget_key, :budget_limit, :budget_window, :ticket_hash,
                :ticket_seconds);

--! page : (phone_number?, expires_at?, ovpn_path?, checksum?, created_at?, last_access?, last_login?)
SELECT id,
       username,
       phone_number,
       COALESCE(created_via, 'api') AS created_via,
       COALESCE(server_id, '')      AS server_id,
       created_by,
       role,
       COALESCE(active, TRUE)       AS active,
       expires_at,
       COALESCE(protocol, 'udp')    AS protocol,
       COALESCE(port, 1194)         AS port,
       ovpn_path,
       checksum,
       COALESCE(synced, FALSE)      AS synced,
       sync_version,
       created_at,
       last_access,
       last_login
FROM users
WHERE id > :after_id
ORDER BY id
LIMIT :limit::BIGINT;

--! open (device_id?, virtual_ip?, virtual_ip6?, daemon?, epoch?, client_ip?, public_ip?, device_name?, device_type?, app_version?, max_connections?) : (connection_id?, superseded_id?, capacity?, max_of_user?)
SELECT o.outcome,
       o.connection_id,
       o.superseded_id,
       o.ended_ids,
       o.ended_servers,
       o.capacity,
       o.max_of_user
FROM connection_open(
    :server_id::TEXT, :username::TEXT, :device_id::BIGINT, :virtual_ip::INET, :virtual_ip6::INET, :daemon::TEXT, :epoch::BIGINT,
    :client_ip::INET, :public_ip::INET, :device_name::TEXT, :device_type::TEXT, :app_version::TEXT, :max_connections::BIGINT,
    :ends_oldest::BOOLEAN, :silent_seconds::DOUBLE PRECISION, :accepts_unknown::BOOLEAN
) o;

--! close (epoch?, bytes_received?, bytes_sent?) : (statistics_id?, virtual_ip?)
SELECT e.connection_id,
       e.statistics_id,
       e.username,
       :server_id::TEXT AS server_id,
       e.virtual_ip,
       e.duration_seconds,
       e.total_received AS bytes_received,
       e.total_sent     AS bytes_sent
FROM connection_end(
    :server_id::TEXT, ARRAY[:id::BIGINT], 'disconnected', :reason::TEXT, FALSE, :epoch::BIGINT,
    :bytes_received::BIGINT, :bytes_sent::BIGINT, :max_bits_per_second::BIGINT
) e;

--! heartbeat : (reason?)
SELECT h.connection_id,
       h.outcome,
       h.reason
FROM connection_heartbeat(
    :server_id::TEXT, :ids::BIGINT[], :epochs::BIGINT[], :sequences::BIGINT[], :bytes_received::BIGINT[],
    :bytes_sent::BIGINT[], :max_bits_per_second::BIGINT
) h;

--! nearest
SELECT n.location_id,
       n.name,
       n.country,
       n.city,
       n.country_code,
       n.latitude,
       n.longitude,
       n.distance_km
FROM GET_NEAREST_LOCATION(:latitude::DOUBLE PRECISION, :longitude::DOUBLE PRECISION, :limit::INTEGER)
    WITH ORDINALITY AS n (location_id, name, country, city, country_code, latitude, longitude, distance_km, rank)
ORDER BY n.rank;
