//! What users of a service see when a node of examples/high-availability fails: `make ha` runs these tests, one after the other.

mod cluster;
mod user;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use barqnet_db::{
    embedded,
    migrate::migrate,
    pool::{self, Settings},
};
use barqnet_db_testing::callers::{Callers, Seen};

use cluster::{Cluster, within};
use user::{Promise, User};

const USERS: usize = 12;

/// No call takes longer: its statements have 5 s each, 5 s more where the server does not answer, and connections 5 s per host.
const STUCK: Duration = Duration::from_mins(1);

/// The load, and when what happened.
struct Load {
    callers: Callers<Promise>,
    failed_at: Instant,
}

impl Load {
    /// Users who are served.
    async fn start(cluster: &Cluster, settings: Settings) -> Self {
        migrate(&cluster.direct().statement_timeout(None), &embedded::migrations()).await.unwrap();
        let pool = pool::connect(settings.max_size(6)).await.unwrap();
        let mut users = Vec::new();
        for number in 0..USERS {
            users.push(User::register(&pool, number).await);
        }
        let callers = Callers::start(users);
        within("answers", callers.more_answers(500)).await;
        Self { callers, failed_at: Instant::now() }
    }

    /// Returns when the users have noticed, and are served again.
    async fn until_served_again(&self) {
        within("errors", self.callers.more_errors(1)).await;
        self.until_more_answers().await;
    }

    async fn until_more_answers(&self) {
        within("answers", self.callers.more_answers(500)).await;
    }

    /// Stops it, prints what the users saw, and compares what was promised to them with what the primary has.
    async fn end(self, cluster: &Cluster, what: &str) {
        let all = self.callers.stop(STUCK).await;
        print(what, self.failed_at, &all);
        let longest = all.iter().flat_map(|seen| &seen.attempts).map(|attempt| attempt.ended - attempt.began).max();
        assert!(longest < Some(STUCK), "{longest:?}");
        let primary = cluster.superuser("vpn").await;
        let promises: Vec<&Promise> = all.iter().flat_map(|seen| &seen.answers).collect();
        let lost = Promise::broken(&primary, &promises).await;
        assert!(lost.is_empty(), "{what}: {} promises are not kept: {lost:?}", lost.len());
        for seen in &all {
            assert!(seen.begins_and_ends_well(), "{what}:\n{seen}");
        }
    }
}

fn print(what: &str, failed_at: Instant, all: &[Seen<Promise>]) {
    let attempts = || all.iter().flat_map(|seen| &seen.attempts);
    let failed = || attempts().filter(|attempt| attempt.error.is_some());
    let first_error = failed().map(|attempt| attempt.ended).min().unwrap_or(failed_at);
    let again = || all.iter().filter_map(|seen| seen.first_answer_after(first_error));
    let since = |moment: Option<Instant>| moment.map(|at| at.duration_since(failed_at));
    let mut errors: BTreeMap<&str, usize> = BTreeMap::new();
    for attempt in failed() {
        let text = attempt.error.as_deref().unwrap_or_default();
        *errors.entry(&text[..text.floor_char_boundary(120)]).or_default() += 1;
    }
    println!("{what}: {} answers", all.iter().map(|seen| seen.answers.len()).sum::<usize>());
    println!(
        "  first error after {:.1?}, last after {:.1?}",
        since(Some(first_error)),
        since(failed().map(|a| a.ended).max())
    );
    println!(
        "  first success again after {:.1?}, the last caller's after {:.1?}",
        since(again().min()),
        since(again().max())
    );
    println!("  errors per caller {:?}", all.iter().map(|seen| seen.errors().count()).collect::<Vec<_>>());
    println!("  outages per caller {:?}", all.iter().map(Seen::outages).collect::<Vec<_>>());
    println!("  longest call {:.1?}", attempts().map(|attempt| attempt.ended - attempt.began).max());
    for (error, count) in errors {
        println!("  {count} × {error}");
    }
}

/// A node that fails under load while it has the primary.
struct Failing {
    cluster: Cluster,
    load: Load,
    node: usize,
    pooled: bool,
}

impl Failing {
    async fn start(pooled: bool) -> Self {
        let cluster = Cluster::start();
        let load = Load::start(&cluster, if pooled { cluster.pooled() } else { cluster.direct() }).await;
        let node = cluster.primary().await;
        Self { load: Load { failed_at: Instant::now(), ..load }, cluster, node, pooled }
    }

    /// Returns when the node is a standby, which the service has left.
    async fn end(self, what: &str) {
        self.cluster.until_standby(self.node).await;
        self.load.until_more_answers().await;
        if !self.pooled {
            self.cluster.until_left(self.node).await;
        }
        let what = if self.pooled { format!("{what}, through poolers") } else { what.to_owned() };
        self.load.end(&self.cluster, &what).await;
    }
}

async fn kill(pooled: bool) {
    let failing = Failing::start(pooled).await;
    failing.cluster.kill(failing.node);
    failing.load.until_served_again().await;
    failing.cluster.start_node(failing.node);
    failing.end("killed").await;
}

async fn freeze(pooled: bool) {
    let failing = Failing::start(pooled).await;
    let frozen = failing.cluster.freeze(failing.node);
    failing.load.until_served_again().await;
    // It still believes to be the primary.
    drop(frozen);
    failing.end("frozen").await;
}

async fn switch_over(pooled: bool) {
    let failing = Failing::start(pooled).await;
    failing.cluster.switch_over();
    failing.end("switchover").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes Patroni, and a minute: make ha"]
async fn a_killed_node_loses_nothing_that_was_acknowledged_and_no_caller_is_stuck() {
    kill(false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes Patroni, and a minute: make ha"]
async fn the_same_holds_through_poolers() {
    kill(true).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes Patroni, and a minute: make ha"]
async fn a_frozen_node_loses_nothing_also_when_it_goes_on_later() {
    freeze(false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes Patroni, and a minute: make ha"]
async fn a_frozen_node_loses_nothing_through_poolers_either() {
    freeze(true).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes Patroni, and a minute: make ha"]
async fn pooled_connections_leave_a_demoted_primary_by_themselves() {
    switch_over(false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes Patroni, and a minute: make ha"]
async fn poolers_lead_to_the_new_primary_after_a_switchover() {
    switch_over(true).await;
}
