//! The operations whose cost is measured, each by the function that a service calls, and the rows that they work on.

use std::{collections::VecDeque, error::Error, net::Ipv4Addr, time::Duration};

use barqnet_db::{
    Coordinates, PhoneNumber, audit,
    client::GenericClient,
    connections::{
        self, CloseReason, ConnectionPolicy, CounterPolicy, FinalCounters, Heartbeat, NewConnection, OpenOutcome,
    },
    locations,
    otp::{
        self, Limits, OtpCode, OtpConfig, OtpKeys, OtpPolicy, Purpose, SendOutcome, Ticket, UnverifiedPrefix,
        VerificationRequest, VerifyOutcome,
    },
    pool::Pool,
    servers::{self, PickOptions, PickPolicy},
    sessions::{self, Device, RotateOutcome, SessionPolicy, Token},
    tokio_postgres::Client,
    users::{self, SignInOutcome},
};

use crate::outcome::Outcome;

const ONLINE: u32 = 80_000;
const NODES: u32 = 50;
const BATCH: u32 = 100;
const BATCHES_PER_NODE: u32 = ONLINE / NODES / BATCH;
/// So that no session is due to be touched.
const NEVER_DUE: Duration = Duration::from_secs(1_000_000_000);
/// Of each table that grows.
const HISTORY: u32 = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Heartbeat,
    NewHour,
    Open,
    Close,
    Validate,
    ValidateAndTouch,
    Rotate,
    Send,
    Verify,
    SignIn,
    Nearest,
    Pick,
    Audit,
}

impl Operation {
    /// In an order in which each has what it needs of those before it.
    pub(crate) const ALL: &[Self] = &[
        Self::Heartbeat,
        Self::NewHour,
        Self::Open,
        Self::Close,
        Self::Validate,
        Self::ValidateAndTouch,
        Self::Rotate,
        Self::Send,
        Self::Verify,
        Self::SignIn,
        Self::Nearest,
        Self::Pick,
        Self::Audit,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat of one connection, in a report on 100",
            Self::NewHour => "the same, the first of an hour, with its roll-up",
            Self::Open => "open a connection",
            Self::Close => "close a connection, with its statistics and roll-up",
            Self::Validate => "validate a session",
            Self::ValidateAndTouch => "validate a session that is due to be touched",
            Self::Rotate => "rotate a token",
            Self::Send => "send a code",
            Self::Verify => "verify a code",
            Self::SignIn => "sign in with the ticket",
            Self::Nearest => "the 3 nearest of 1,000 locations",
            Self::Pick => "pick one of 50 servers",
            Self::Audit => "append to the audit trail",
        }
    }

    /// Of how many things one call is the cost.
    pub(crate) const fn parts(self) -> u32 {
        if matches!(self, Self::Heartbeat | Self::NewHour) { BATCH } else { 1 }
    }

    pub(crate) const fn only_reads(self) -> bool {
        matches!(self, Self::Validate | Self::Nearest | Self::Pick)
    }
}

/// Of a fixture that is measured: why not.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// What the operations work on.
pub(crate) struct Fixture {
    pool: Pool,
    config: OtpConfig,
    turn: u32,
    codes: VecDeque<(u32, OtpCode)>,
    tickets: VecDeque<Ticket>,
    opened: VecDeque<(String, i64)>,
}

impl Fixture {
    /// 80,000 users online on 50 nodes, each with a session, as many who are not, and 1,000 locations.
    pub(crate) async fn fill(plain: &Client, pool: Pool) -> Result<Self, Box<dyn Error>> {
        plain
            .batch_execute(&format!(
                "INSERT INTO users (username, server_id, created_by, phone_number)
                 SELECT kind || n, 'node-' || n % {NODES}, 'bench', '+4915' || start + n
                 FROM (VALUES ('user-', 100000000), ('idle-', 200000000)) k (kind, start), GENERATE_SERIES(1, {ONLINE}) n;
                 INSERT INTO vpn_connections (username, server_id, status, client_ip, virtual_ip, usage_hour, device_type, app_version)
                 SELECT 'user-' || n, 'node-' || n % {NODES}, 'connected', '198.51.100.4', '10.8.0.0'::INET + n / {NODES},
                        DATE_TRUNC('hour', NOW()), 'ios', '1.0.0'
                 FROM GENERATE_SERIES(1, {ONLINE}) n;
                 INSERT INTO user_sessions (user_id, token_hash, user_agent, device_info, expires_at)
                 SELECT u.id, ENCODE(SHA256(DECODE(REPEAT(LPAD(TO_HEX(n), 32, '0'), 2), 'hex')), 'hex'),
                        'BarqNet/2.1 (iOS 19)', 'iPhone 15', NOW() + INTERVAL '20 days'
                 FROM GENERATE_SERIES(1, {ONLINE}) n JOIN users u ON u.username = 'user-' || n;
                 INSERT INTO server_locations (name, country, city, country_code, latitude, longitude)
                 SELECT 'bench-' || n, 'Germany', 'city-' || n, 'DE', RANDOM() * 170 - 85, RANDOM() * 359 - 179
                 FROM GENERATE_SERIES(1, 1000) n;
                 INSERT INTO servers (name, host, max_users, location_id)
                 SELECT 'node-' || n, 'node-' || n || '.example', 10000,
                        (SELECT location_id FROM server_locations WHERE name = 'bench-' || n + 1)
                 FROM GENERATE_SERIES(0, {NODES} - 1) n;
                 INSERT INTO server_status (server_id, live_connections)
                 SELECT 'node-' || n, {ONLINE} / {NODES} FROM GENERATE_SERIES(0, {NODES} - 1) n
                 ON CONFLICT (server_id) DO UPDATE SET live_connections = EXCLUDED.live_connections"
            ))
            .await
            .map_err(|error| format!("{error:?}"))?;
        plain.execute("VACUUM (ANALYZE)", &[]).await?;
        let policy = limits_that_are_not_reached();
        let config = OtpConfig { policy, ..OtpConfig::new(OtpKeys::random()) };
        let (codes, tickets, opened) = <(VecDeque<_>, VecDeque<_>, VecDeque<_>)>::default();
        Ok(Self { pool, config, turn: 0, codes, tickets, opened })
    }

    /// Rows as an operation needs them.
    pub(crate) async fn prepare(&mut self, operation: Operation, plain: &Client) -> Outcome {
        self.turn = 0;
        match operation {
            Operation::NewHour => {
                plain.batch_execute("UPDATE vpn_connections SET usage_hour = usage_hour - INTERVAL '1 hour'").await?;
            }
            Operation::ValidateAndTouch => {
                let due = "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '2 minutes'";
                plain.batch_execute(due).await?;
            }
            Operation::Pick => {
                let healthy = "UPDATE server_status SET status = 'healthy', reported_at = NOW(), measured_at = NOW(),
                                      healthy_reports = 10";
                plain.batch_execute(healthy).await?;
            }
            _ => return Ok(()),
        }
        plain.batch_execute("VACUUM (ANALYZE)").await?;
        Ok(())
    }

    /// Calls once, of the next row.
    pub(crate) async fn perform(&mut self, operation: Operation) -> Result<(), Failure> {
        self.turn += 1;
        let turn = self.turn;
        match operation {
            Operation::Heartbeat => self.report(i64::from(turn)).await,
            Operation::NewHour => self.report(1_000_000 + i64::from(turn)).await,
            Operation::Open => self.open(turn).await,
            Operation::Close => {
                let (server, id) = self.opened.pop_front().ok_or("no open connection")?;
                let counters = FinalCounters { epoch: 1, bytes_received: 1_000, bytes_sent: 1_000 };
                let (reason, policy) = (CloseReason::ClientExit, CounterPolicy::default());
                let client = self.pool.get().await?;
                let closed = connections::close(&client, &server, id, reason, Some(counters), &policy).await?;
                closed.map(drop).ok_or_else(|| "it had ended".into())
            }
            Operation::Rotate => {
                let policy = SessionPolicy::default();
                let outcome = sessions::rotate(&self.pool.get().await?, &token(turn)?, None, &policy).await?;
                if matches!(outcome, RotateOutcome::Rotated { .. }) {
                    Ok(())
                } else {
                    Err(format!("{outcome:?}").into())
                }
            }
            Operation::Send => {
                let number = number(turn)?;
                match otp::send(&self.pool, &self.config, &request(turn, &number)).await? {
                    SendOutcome::Sent { code, .. } => self.codes.push_back((turn, code)),
                    other => return Err(format!("{other:?}").into()),
                }
                Ok(())
            }
            Operation::Verify => {
                let (turn, code) = self.codes.pop_front().ok_or("no code")?;
                let number = number(turn)?;
                match otp::verify(&self.pool, &self.config, &request(turn, &number), &code).await? {
                    VerifyOutcome::Verified(ticket) => self.tickets.push_back(ticket),
                    other => return Err(format!("{other:?}").into()),
                }
                Ok(())
            }
            Operation::SignIn => {
                let ticket = self.tickets.pop_front().ok_or("no ticket")?;
                let (device, policy) = (Device::default(), SessionPolicy::default());
                match users::sign_in_with_ticket(&self.pool, &ticket, &device, &policy).await? {
                    SignInOutcome::SignedIn(_) => Ok(()),
                    other => Err(format!("{other:?}").into()),
                }
            }
            _ => {
                let client = self.pool.get().await?;
                self.on(operation, &client).await
            }
        }
    }

    /// Calls once what only reads, on a transaction for example.
    pub(crate) async fn on(&self, operation: Operation, client: &impl GenericClient) -> Result<(), Failure> {
        let point = Coordinates::new(48.2082, 16.3738)?;
        match operation {
            Operation::Validate | Operation::ValidateAndTouch => {
                let hash = token(self.turn.max(1))?.hash();
                let touch_after = if operation == Operation::Validate { NEVER_DUE } else { Duration::from_mins(1) };
                let policy = SessionPolicy { touch_after, ..SessionPolicy::default() };
                let session = sessions::validate(client, &hash, &policy).await?;
                session.map(drop).ok_or_else(|| "no session".into())
            }
            Operation::Nearest => Ok(locations::nearest(client, point, 3).await.map(drop)?),
            Operation::Pick => {
                let picked = servers::pick(client, &PickOptions::near(point), &PickPolicy::default()).await?;
                if picked.into_candidates().is_empty() { Err("no server".into()) } else { Ok(()) }
            }
            Operation::Audit => {
                let entry = audit::Entry {
                    action: "sign_in_failed",
                    username: Some("user-1"),
                    details: Some("{\"reason\": \"wrong password\", \"client\": \"2.1.0\"}"),
                    ip_address: Some([192, 0, 2, 1].into()),
                    server_id: "node-1",
                };
                Ok(audit::append(client, &entry).await.map(drop)?)
            }
            other => Err(format!("{other:?} has a function of its own").into()),
        }
    }

    /// A report on the next 100 connections of a node.
    async fn report(&self, sequence: i64) -> Result<(), Failure> {
        let (node, batch) = (self.turn % NODES, self.turn / NODES % BATCHES_PER_NODE);
        let first = if node == 0 { NODES } else { node };
        let beats: Vec<Heartbeat> = (batch * BATCH..(batch + 1) * BATCH)
            .map(|number| Heartbeat {
                connection_id: i64::from(first + NODES * number),
                epoch: 1,
                sequence,
                bytes_received: sequence.unsigned_abs() * 1_000,
                bytes_sent: sequence.unsigned_abs() * 1_000,
            })
            .collect();
        let client = self.pool.get().await?;
        let policy = CounterPolicy::default();
        let report = connections::heartbeat(&client, &format!("node-{node}"), &beats, &policy).await?;
        if report.applied.len() == beats.len() { Ok(()) } else { Err(format!("{report:?}").into()) }
    }

    async fn open(&mut self, turn: u32) -> Result<(), Failure> {
        let (username, server) = (format!("idle-{turn}"), format!("node-{}", turn % NODES));
        let new = NewConnection {
            username: &username,
            server_id: &server,
            epoch: Some(1),
            client_ip: Some([198, 51, 100, 4].into()),
            virtual_ip: Some(Ipv4Addr::from(0x0a09_0000 + turn).into()),
            device_type: Some("ios"),
            app_version: Some("1.0.0"),
            ..NewConnection::default()
        };
        match connections::open(&self.pool, &new, &ConnectionPolicy::default()).await? {
            OpenOutcome::Opened { id, .. } => self.opened.push_back((server, id)),
            other => return Err(format!("{other:?}").into()),
        }
        Ok(())
    }

    /// Fills the tables that grow with use, without their triggers, and returns their names.
    pub(crate) async fn fill_history(plain: &Client) -> Result<&'static [&'static str], Box<dyn Error>> {
        plain
            .batch_execute(&format!(
                "SET session_replication_role = replica;
                 INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, ended_at,
                                             client_version, protocol)
                 SELECT 'user-' || n % {ONLINE}, 'node-' || n % {NODES}, n, n, 3600, NOW(), '2.1.0', 'udp'
                 FROM GENERATE_SERIES(1, {HISTORY}) n;
                 INSERT INTO vpn_statistics_archive (id, username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at,
                                                     client_version, protocol)
                 SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at, client_version, protocol
                 FROM vpn_statistics;
                 INSERT INTO usage_hourly (server_id, username, hour, sessions, bytes_in, bytes_out, seconds)
                 SELECT 'node-' || n % {NODES}, 'user-' || n % 10000, DATE_TRUNC('hour', NOW()) - n / 10000 * INTERVAL '1 hour', 1, n, n, 3600
                 FROM GENERATE_SERIES(10000, 10000 + {HISTORY}) n ON CONFLICT DO NOTHING;
                 INSERT INTO usage_daily (server_id, username, day, sessions, bytes_in, bytes_out, seconds)
                 SELECT 'node-' || n % {NODES}, 'user-' || n % 10000, CURRENT_DATE - n / 10000, 1, n, n, 3600
                 FROM GENERATE_SERIES(1, {HISTORY}) n;
                 INSERT INTO audit_log (action, username, details, ip_address, server_id)
                 SELECT 'sign_in_failed', 'user-' || n % {ONLINE}, '{{\"reason\": \"wrong password\"}}', '192.0.2.1', 'node-1'
                 FROM GENERATE_SERIES(1, {HISTORY}) n;
                 RESET session_replication_role"
            ))
            .await
            .map_err(|error| format!("{error:?}"))?;
        Ok(&[
            "users",
            "user_sessions",
            "vpn_connections",
            "vpn_statistics",
            "vpn_statistics_archive",
            "usage_hourly",
            "usage_daily",
            "audit_log",
        ])
    }
}

/// The token of the session with this number.
fn token(number: u32) -> Result<Token, Failure> {
    Ok(format!("{number:032x}{number:032x}").parse()?)
}

/// Of the user who is not online with this number.
fn number(turn: u32) -> Result<PhoneNumber, Failure> {
    Ok(format!("+4915{}", 200_000_000 + turn).parse()?)
}

/// From an address of its own.
fn request(turn: u32, number: &PhoneNumber) -> VerificationRequest<'_> {
    let ip_address = Some(Ipv4Addr::from(0x0b00_0000 + turn).into());
    VerificationRequest { ip_address, ..VerificationRequest::new(number, Purpose::SignIn) }
}

/// The limits are counted as always, and high enough for a service of this size.
fn limits_that_are_not_reached() -> OtpPolicy {
    let many = Limits { per_minute: Some(100_000), per_hour: Some(1_000_000), per_day: Some(10_000_000) };
    OtpPolicy {
        cool_down: Duration::ZERO,
        sends_per_prefix: many,
        sends_per_country: many,
        sends_overall: many,
        unverified_prefix: UnverifiedPrefix { min_codes: u32::MAX, min_percent: 0 },
        ..OtpPolicy::default()
    }
}
