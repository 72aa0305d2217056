//! A user who signs in, connects, reports and leaves again and again, and what of that must be kept.

use std::{num::NonZero, time::Duration};

use barqnet_db::{
    PhoneNumber,
    connections::{
        self, CloseReason, ConnectionPolicy, CounterPolicy, FinalCounters, Heartbeat, NewConnection, OpenOutcome,
    },
    otp::{
        self, Limits, OtpCode, OtpConfig, OtpKeys, OtpPolicy, Purpose, SendOutcome, Ticket, UnverifiedPrefix,
        VerificationRequest, VerifyOutcome,
    },
    pool::{Client, Pool},
    sessions::{Device, SessionPolicy},
    users::{NewUser, RegisterOutcome, SignInOutcome, register_with_ticket, sign_in_with_ticket},
};
use barqnet_db_testing::callers::Caller;

const NODE: &str = "node-1";
const EPOCH: i64 = 1;
const BYTES_PER_REPORT: u64 = 1_000;
const REPORTS: u64 = 5;

/// What an answer promises.
#[derive(Debug)]
pub(crate) enum Promise {
    /// The next call finds it.
    NextCall,
    /// The session is stored.
    Session(i64),
    /// The connection is stored.
    Opened(i64),
    /// The connection has at least so many bytes.
    Reported(i64, i64),
    /// The connection has ended.
    Closed(i64),
}

/// The numbers of the promises that the database does not keep, from 1 on.
const BROKEN: &str = "
    SELECT p.number
    FROM UNNEST($1::TEXT[], $2::BIGINT[], $3::BIGINT[]) WITH ORDINALITY p (what, id, bytes, number)
    WHERE NOT CASE p.what
        WHEN 'next call' THEN TRUE
        WHEN 'session' THEN EXISTS (SELECT FROM user_sessions s WHERE s.id = p.id)
        WHEN 'opened' THEN EXISTS (SELECT FROM vpn_connections c WHERE c.id = p.id)
        WHEN 'reported' THEN EXISTS (SELECT FROM vpn_connections c WHERE c.id = p.id AND c.bytes_received >= p.bytes)
        WHEN 'closed' THEN EXISTS (SELECT FROM vpn_connections c WHERE c.id = p.id AND c.status = 'disconnected')
    END";

impl Promise {
    fn columns(&self) -> (&'static str, i64, i64) {
        match self {
            Self::NextCall => ("next call", 0, 0),
            Self::Session(id) => ("session", *id, 0),
            Self::Opened(id) => ("opened", *id, 0),
            Self::Reported(id, bytes) => ("reported", *id, *bytes),
            Self::Closed(id) => ("closed", *id, 0),
        }
    }

    /// Those that the database does not keep.
    pub(crate) async fn broken<'p>(client: &Client, promises: &[&'p Self]) -> Vec<&'p Self> {
        let (mut what, mut ids, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
        for promise in promises {
            let columns = promise.columns();
            what.push(columns.0);
            ids.push(columns.1);
            bytes.push(columns.2);
        }
        let rows = client.query(BROKEN, &[&what, &ids, &bytes]).await.expect("the primary answers");
        rows.iter().map(|row| promises[usize::try_from(row.get::<_, i64>(0) - 1).expect("an index")]).collect()
    }
}

/// What the user does next.
enum Step {
    Send,
    Verify(OtpCode),
    SignIn(Ticket),
    Open,
    Report(i64, u64),
    Close(i64, u64),
}

/// A user, on a pool that all users share.
pub(crate) struct User {
    pool: Pool,
    config: OtpConfig,
    phone_number: PhoneNumber,
    username: String,
    next: Step,
}

impl User {
    /// Registers the user.
    pub(crate) async fn register(pool: &Pool, number: usize) -> Self {
        let phone_number: PhoneNumber = format!("+4915112345{number:03}").parse().expect("a number");
        let username = format!("user-{number}");
        let config = OtpConfig { policy: unlimited(), ..OtpConfig::new(OtpKeys::random()) };
        let mut user = Self { pool: pool.clone(), config, phone_number, username, next: Step::Send };
        while !matches!(user.next, Step::SignIn(_)) {
            user.call().await.expect("nothing has failed yet");
        }
        let Step::SignIn(ticket) = std::mem::replace(&mut user.next, Step::Open) else {
            unreachable!("looked at above")
        };
        let name = user.username.parse().expect("a name");
        let (new, device, policy) = (NewUser::new(&name, "test"), Device::default(), SessionPolicy::default());
        let outcome =
            register_with_ticket(pool, &ticket, &new, &device, &policy).await.expect("nothing has failed yet");
        assert!(matches!(outcome, RegisterOutcome::Registered(_)), "{outcome:?}");
        user
    }

    fn request(&self) -> VerificationRequest<'_> {
        VerificationRequest::new(&self.phone_number, Purpose::SignIn)
    }

    async fn client(&self) -> Result<Client, String> {
        self.pool.get().await.map_err(|error| {
            assert!(error.is_transient(), "{error}");
            error.to_string()
        })
    }

    /// What a step promises, and the step after it. Panics at an outcome that only lost data could cause.
    async fn step(&self, step: &Step) -> Result<(Promise, Step), String> {
        let failed = |error: barqnet_db::Error| error.to_string();
        match step {
            Step::Send => match otp::send(&self.pool, &self.config, &self.request()).await.map_err(failed)? {
                SendOutcome::Sent { code, .. } => Ok((Promise::NextCall, Step::Verify(code))),
                other => panic!("{other:?}"),
            },
            Step::Verify(code) => {
                match otp::verify(&self.pool, &self.config, &self.request(), code).await.map_err(failed)? {
                    VerifyOutcome::Verified(ticket) => Ok((Promise::NextCall, Step::SignIn(ticket))),
                    other => panic!("{other:?} for a code that was sent"),
                }
            }
            Step::SignIn(ticket) => {
                let (device, policy) = (Device::default(), SessionPolicy::default());
                match sign_in_with_ticket(&self.pool, ticket, &device, &policy).await.map_err(failed)? {
                    SignInOutcome::SignedIn(user) => Ok((Promise::Session(user.session.id), Step::Open)),
                    other => panic!("{other:?} for a ticket that was valid"),
                }
            }
            Step::Open => {
                let new = NewConnection {
                    username: &self.username,
                    server_id: NODE,
                    epoch: Some(EPOCH),
                    ..NewConnection::default()
                };
                let policy =
                    ConnectionPolicy { max_connections_per_user: NonZero::new(100), ..ConnectionPolicy::default() };
                match connections::open(&self.pool, &new, &policy).await.map_err(failed)? {
                    OpenOutcome::Opened { id, .. } => Ok((Promise::Opened(id), Step::Report(id, 1))),
                    other => panic!("{other:?}"),
                }
            }
            Step::Report(id, sequence) => {
                let bytes = sequence * BYTES_PER_REPORT;
                let beat = Heartbeat {
                    connection_id: *id,
                    epoch: EPOCH,
                    sequence: i64::try_from(*sequence).expect("small"),
                    bytes_received: bytes,
                    bytes_sent: bytes,
                };
                let client = self.client().await?;
                let report = connections::heartbeat(&client, NODE, &[beat], &CounterPolicy::default()).await;
                let report = report.map_err(|error| error.to_string())?;
                // Repeated, if the answer to the same report got lost.
                assert!(report.applied == [*id] || report.repeated == [*id], "{report:?}");
                let promise = Promise::Reported(*id, i64::try_from(bytes).expect("small"));
                let next = if *sequence < REPORTS { Step::Report(*id, sequence + 1) } else { Step::Close(*id, bytes) };
                Ok((promise, next))
            }
            Step::Close(id, bytes) => {
                let counters = FinalCounters { epoch: EPOCH, bytes_received: *bytes, bytes_sent: *bytes };
                let (reason, policy) = (CloseReason::ClientExit, CounterPolicy::default());
                let client = self.client().await?;
                // None if it has ended already, when the answer got lost.
                let ended = connections::close(&client, NODE, *id, reason, Some(counters), &policy).await;
                ended.map(|_| (Promise::Closed(*id), Step::Send)).map_err(|error| error.to_string())
            }
        }
    }
}

impl Caller for User {
    type Answer = Promise;

    async fn call(&mut self) -> Result<Promise, String> {
        let step = std::mem::replace(&mut self.next, Step::Send);
        match self.step(&step).await {
            Ok((promise, next)) => {
                self.next = next;
                Ok(promise)
            }
            Err(error) => {
                // A code or a ticket can be spent although the answer got lost; all others can be repeated.
                self.next = if matches!(step, Step::Verify(_) | Step::SignIn(_)) { Step::Send } else { step };
                Err(error)
            }
        }
    }
}

/// Limits that this load does not reach.
fn unlimited() -> OtpPolicy {
    OtpPolicy {
        cool_down: Duration::ZERO,
        max_sends_per_hour: u32::MAX,
        max_sends_per_day: u32::MAX,
        sends_per_prefix: Limits::NONE,
        sends_per_country: Limits::NONE,
        sends_overall: Limits::NONE,
        unverified_prefix: UnverifiedPrefix { min_codes: u32::MAX, min_percent: 0 },
        ..OtpPolicy::default()
    }
}
