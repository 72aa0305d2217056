//! Runs the workloads: first every contender's answers are compared, then rounds are measured in turns.

use std::{
    fmt::Debug,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use barqnet_db::connections::NewConnection;
use futures::future::{BoxFuture, try_join_all};
use nix::sys::resource::UsageWho;

use crate::{
    database::Database,
    inputs::{self, ACCOUNTS, Code, PAGE, SESSIONS},
    measure::{Allocations, between, count_allocations, counted_allocations, cpu_time, server_cpu_time},
    peer::{Peer, Result},
};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Workload {
    Validate,
    Verify,
    OpenAndClose,
    Heartbeat,
    Nearest,
    Page,
}

impl Workload {
    pub(crate) const ALL: [Self; 6] =
        [Self::Validate, Self::Verify, Self::OpenAndClose, Self::Heartbeat, Self::Nearest, Self::Page];

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Validate => "validate",
            Self::Verify => "verify",
            Self::OpenAndClose => "open-and-close",
            Self::Heartbeat => "heartbeat",
            Self::Nearest => "nearest",
            Self::Page => "page",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Validate => "Validate a session, of 200,000",
            Self::Verify => "Verify a one-time password",
            Self::OpenAndClose => "Open and close a connection",
            Self::Heartbeat => "Heartbeat of 1,600 connections",
            Self::Nearest => "The 5 nearest of 1,000 locations",
            Self::Page => "A page of 100 accounts",
        }
    }
}

/// One measured round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    pub(crate) operations: u64,
    pub(crate) elapsed: Duration,
    pub(crate) client_cpu: Duration,
    pub(crate) server_cpu: Duration,
}

impl Round {
    pub(crate) fn per_second(&self) -> f64 {
        as_f64(self.operations) / self.elapsed.as_secs_f64()
    }

    pub(crate) fn client_microseconds(&self) -> f64 {
        self.client_cpu.as_secs_f64() * 1e6 / as_f64(self.operations)
    }

    pub(crate) fn server_microseconds(&self) -> f64 {
        self.server_cpu.as_secs_f64() * 1e6 / as_f64(self.operations)
    }
}

#[expect(clippy::cast_precision_loss, reason = "operations are far fewer than 2^52")]
pub(crate) fn as_f64(number: u64) -> f64 {
    number as f64
}

/// A way to PostgreSQL whose type is forgotten.
pub(crate) trait Contender: Send + Sync {
    fn name(&self) -> &'static str;

    /// The answers to the same questions, as text; `None` if it cannot be asked.
    fn answers<'a>(&'a self, stage: &'a Stage) -> BoxFuture<'a, Result<Option<String>>>;

    /// Measures a round; `None` if it does not do this workload.
    fn round<'a>(
        &'a self,
        stage: &'a Stage,
        workload: Workload,
        tasks: usize,
        length: Duration,
    ) -> BoxFuture<'a, Result<Option<Round>>>;

    /// The allocations of this many operations, one after the other.
    fn allocations<'a>(
        &'a self,
        stage: &'a Stage,
        workload: Workload,
        operations: usize,
    ) -> BoxFuture<'a, Result<Option<Allocations>>>;
}

/// The database, and what the operations of all rounds count.
pub(crate) struct Stage {
    pub(crate) database: Database,
    questions: Arc<Questions>,
}

struct Questions {
    codes: Vec<Code>,
    next_code: AtomicUsize,
    sequence: AtomicI64,
}

impl Stage {
    pub(crate) fn new(database: Database) -> Self {
        let questions = Arc::new(Questions {
            codes: database.codes.clone(),
            next_code: AtomicUsize::new(0),
            sequence: AtomicI64::new(1),
        });
        Self { database, questions }
    }

    /// Makes the database as it was before the last round, if that wrote.
    pub(crate) async fn reset(&self, last: Option<Workload>) -> Result<()> {
        self.database.wait_for_disconnection().await?;
        if matches!(last, Some(Workload::Validate | Workload::Nearest | Workload::Page)) {
            return Ok(());
        }
        self.questions.next_code.store(0, Relaxed);
        self.database.reset().await
    }
}

/// The contender with this peer.
pub(crate) struct Of<P>(PhantomData<fn() -> P>);

impl<P: Peer> Of<P> {
    pub(crate) fn boxed() -> Box<dyn Contender> {
        Box::new(Self(PhantomData))
    }
}

impl<P: Peer> Contender for Of<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn answers<'a>(&'a self, stage: &'a Stage) -> BoxFuture<'a, Result<Option<String>>> {
        Box::pin(async {
            let peer = P::connect(&stage.database.url(), 1).await?;
            answers(&peer, &stage.questions).await.map(Some)
        })
    }

    fn round<'a>(
        &'a self,
        stage: &'a Stage,
        workload: Workload,
        tasks: usize,
        length: Duration,
    ) -> BoxFuture<'a, Result<Option<Round>>> {
        Box::pin(async move {
            let peer = Arc::new(P::connect(&stage.database.url(), tasks).await?);
            // Every connection is open and has its statements prepared before time is taken.
            run(&peer, &stage.questions, workload, tasks, length / 3).await?;
            let folder = stage.database.server.folder();
            let (client_before, server_before) = (cpu_time(UsageWho::RUSAGE_SELF)?, server_cpu_time(folder)?);
            let begin = Instant::now();
            let operations = run(&peer, &stage.questions, workload, tasks, length).await?;
            let elapsed = begin.elapsed();
            let client_cpu = cpu_time(UsageWho::RUSAGE_SELF)?.saturating_sub(client_before);
            let server_cpu = between(&server_before, &server_cpu_time(folder)?);
            Ok(Some(Round { operations, elapsed, client_cpu, server_cpu }))
        })
    }

    fn allocations<'a>(
        &'a self,
        stage: &'a Stage,
        workload: Workload,
        operations: usize,
    ) -> BoxFuture<'a, Result<Option<Allocations>>> {
        Box::pin(async move {
            let peer = P::connect(&stage.database.url(), 1).await?;
            let mut random = 1;
            for _ in 0..10 {
                operate(&peer, &stage.questions, workload, 0, &mut random).await?;
            }
            count_allocations();
            for _ in 0..operations {
                operate(&peer, &stage.questions, workload, 0, &mut random).await?;
            }
            Ok(Some(counted_allocations()))
        })
    }
}

/// Runs a workload in so many tasks until the time is over, and returns the number of operations.
async fn run<P: Peer>(
    peer: &Arc<P>,
    questions: &Arc<Questions>,
    workload: Workload,
    tasks: usize,
    length: Duration,
) -> Result<u64> {
    let end = Instant::now() + length;
    let tasks = (0..tasks).map(|task| {
        let (peer, questions) = (Arc::clone(peer), Arc::clone(questions));
        tokio::spawn(async move {
            let mut random = u64::try_from(task)? + 1;
            let mut operations = 0;
            loop {
                if !operate(&*peer, &questions, workload, task, &mut random).await? {
                    break;
                }
                operations += 1;
                if Instant::now() >= end {
                    break;
                }
            }
            Ok::<u64, Box<dyn std::error::Error + Send + Sync>>(operations)
        })
    });
    try_join_all(tasks).await?.into_iter().sum()
}

/// The next of a task's random numbers below `limit`: the same for all contenders.
fn random(state: &mut u64, limit: u32) -> u32 {
    // Knuth's multiplier; the upper half is random enough.
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    u32::try_from(*state >> 32).unwrap_or_default() % limit
}

/// One operation; `false` if there is nothing left to ask.
async fn operate<P: Peer>(
    peer: &P,
    questions: &Questions,
    workload: Workload,
    task: usize,
    state: &mut u64,
) -> Result<bool> {
    match workload {
        Workload::Validate => {
            peer.validate(&inputs::token(random(state, SESSIONS) + 1)).await?.ok_or("no session")?;
        }
        Workload::Verify => {
            let Some(code) = questions.codes.get(questions.next_code.fetch_add(1, Relaxed)) else { return Ok(false) };
            expect(peer.verify(code).await?, true)?;
        }
        Workload::OpenAndClose => {
            let (username, server_id) = (format!("opener-{task}"), inputs::node(task));
            let id = peer.open(&new_connection(&username, &server_id)).await?;
            peer.close(&server_id, id).await?.ok_or("the connection was closed before")?;
        }
        Workload::Heartbeat => {
            let beats = inputs::heartbeats(task, questions.sequence.fetch_add(1, Relaxed))?;
            expect(peer.heartbeat(&inputs::node(task), &beats).await?.len(), beats.len())?;
        }
        Workload::Nearest => {
            expect(peer.nearest(inputs::point(random(state, 1_000_000))).await?.len(), 5)?;
        }
        Workload::Page => {
            let after_id = random(state, ACCOUNTS - PAGE).into();
            expect(peer.page(after_id).await?.len(), 100)?;
        }
    }
    Ok(true)
}

fn expect<T: PartialEq + Debug + Copy>(actual: T, expected: T) -> Result<()> {
    if actual == expected { Ok(()) } else { Err(format!("{actual:?} instead of {expected:?}").into()) }
}

fn new_connection<'a>(username: &'a str, server_id: &'a str) -> NewConnection<'a> {
    NewConnection {
        username,
        server_id,
        virtual_ip: Some([10, 200, 0, 1].into()),
        epoch: Some(1),
        client_ip: Some([198, 51, 100, 7].into()),
        public_ip: Some([203, 0, 113, 7].into()),
        device_name: Some("phone"),
        device_type: Some("ios"),
        app_version: Some("2.1.0"),
        ..NewConnection::default()
    }
}

/// The answers of a peer to the same questions on the same database.
async fn answers<P: Peer>(peer: &P, questions: &Questions) -> Result<String> {
    let mut answers = String::new();
    for session in [1, 77, SESSIONS, SESSIONS + 1] {
        answers += &format!("{:?}\n", peer.validate(&inputs::token(session)).await?);
    }
    for (code, number) in [(0, 0), (0, 0), (1, 2)] {
        let code = Code { number: questions.codes[number].number.clone(), code: questions.codes[code].code.clone() };
        answers += &format!("{}\n", peer.verify(&code).await?);
    }
    let server_id = inputs::node(7);
    let id = peer.open(&new_connection("opener-7", &server_id)).await?;
    let closed = peer.close(&server_id, id).await?.ok_or("the connection was closed before")?;
    expect(closed.connection_id, id)?;
    answers += &format!("{:?} {:?} {:?}\n", closed.username, closed.server_id, closed.virtual_ip);
    answers += &format!("{:?}\n", (closed.duration_seconds, closed.bytes_received, closed.bytes_sent));
    answers += &format!("{:?}\n", peer.close(&server_id, id).await?);
    let sequence = questions.sequence.fetch_add(1, Relaxed);
    answers += &format!("{:?}\n", peer.heartbeat(&server_id, &inputs::heartbeats(7, sequence)?).await?);
    for number in 1..20 {
        answers += &format!("{:?}\n", peer.nearest(inputs::point(number)).await?);
    }
    for after_id in [0, 12_345, i64::from(ACCOUNTS) - 3] {
        answers += &format!("{:?}\n", peer.page(after_id).await?);
    }
    Ok(answers)
}
