//! Random histories of one number, predicted by a simple model of the policy.

use std::time::Duration;

use barqnet_db::{
    otp::{Budget, OtpCode, OtpConfig, OtpPolicy, SendOutcome, VerifyOutcome, send, unlock, verify},
    pool::Pool,
    queries::maintenance,
};
use barqnet_db_testing::TestDatabase;
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};

use super::support::{config_with, let_time_pass, other_than, request};
use crate::common::{migrated_database, phone_number};

const HISTORIES: u32 = 60;

#[derive(Clone, Debug)]
enum Step {
    Send,
    TryRight,
    TryWrong,
    /// With the code before the newest.
    TryOld,
    /// Minutes, so that no moment of the model falls on one of the database's.
    Wait(u32),
    CleanUp,
    Unlock,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Send),
        2 => Just(Step::TryRight),
        6 => Just(Step::TryWrong),
        1 => Just(Step::TryOld),
        3 => prop_oneof![Just(1), Just(2), Just(5), Just(15), Just(60), Just(1440), Just(2881)].prop_map(Step::Wait),
        1 => Just(Step::CleanUp),
        1 => Just(Step::Unlock),
    ]
}

/// Fewer of everything than by default, so that short histories get there.
fn policy() -> OtpPolicy {
    OtpPolicy {
        max_sends_per_hour: 3,
        max_sends_per_day: 5,
        max_tries_per_code: 2,
        failures_before_lock: 3,
        max_failures: 8,
        sends_overall: Budget::per_minute(1000),
        sends_per_prefix: Budget::per_minute(1000),
        ..OtpPolicy::default()
    }
}

/// The policy as a simple program; times are in minutes since the beginning.
#[derive(Default)]
struct Model {
    now: u32,
    sends: Vec<u32>,
    /// When the live code was sent, and how often it was tried.
    live: Option<(u32, u32)>,
    failures: u32,
    locked_until: u32,
}

#[derive(Debug, PartialEq)]
enum Answer {
    Yes,
    No,
    Wait,
}

impl Model {
    fn sends_within(&self, minutes: u32) -> usize {
        self.sends.iter().filter(|sent| self.now - **sent < minutes).count()
    }

    fn is_shut(&self) -> bool {
        self.failures >= policy().max_failures || self.now < self.locked_until
    }

    fn send(&mut self) -> Answer {
        if self.is_shut() || self.sends_within(1) > 0 || self.sends_within(60) >= 3 || self.sends_within(1440) >= 5 {
            return Answer::Wait;
        }
        self.sends.push(self.now);
        self.live = Some((self.now, 0));
        Answer::Yes
    }

    fn verify(&mut self, is_right: bool) -> Answer {
        if self.is_shut() {
            return Answer::Wait;
        }
        match &mut self.live {
            Some((sent, tries)) if self.now - *sent < 5 && *tries < policy().max_tries_per_code => *tries += 1,
            _ => return Answer::No,
        }
        if is_right {
            self.live = None;
            self.failures = 0;
            return Answer::Yes;
        }
        self.failures += 1;
        if self.failures.is_multiple_of(policy().failures_before_lock) {
            self.locked_until = self.now + [15, 60, 1440][usize::try_from(self.failures / 3).unwrap().min(3) - 1];
        }
        Answer::No
    }
}

struct History<'a> {
    database: &'a TestDatabase,
    pool: &'a Pool,
    config: OtpConfig,
    phone_number: barqnet_db::PhoneNumber,
    codes: Vec<OtpCode>,
}

impl History<'_> {
    async fn send(&mut self) -> Answer {
        match send(self.pool, &self.config, &request(&self.phone_number)).await.expect("an answer") {
            SendOutcome::Sent { code, .. } => {
                self.codes.push(code);
                Answer::Yes
            }
            SendOutcome::RetryAfter(wait) => {
                assert!(wait > Duration::ZERO && wait <= Duration::from_hours(24), "{wait:?}");
                Answer::Wait
            }
        }
    }

    async fn verify(&self, code: &OtpCode) -> Answer {
        match verify(self.pool, &self.config, &request(&self.phone_number), code).await.expect("an answer") {
            VerifyOutcome::Verified(_) => Answer::Yes,
            VerifyOutcome::Invalid => Answer::No,
            VerifyOutcome::RetryAfter(_) => Answer::Wait,
        }
    }

    async fn clean_up(&self) {
        let client = self.pool.get().await.expect("a connection");
        maintenance::delete_expired_otp_attempts().bind(&client, &3600.0, &1000).await.expect("an answer");
        maintenance::delete_expired_otp_tickets().bind(&client, &1000).await.expect("an answer");
        maintenance::delete_quiet_otp_numbers().bind(&client, &172_800.0, &1000).await.expect("an answer");
        maintenance::delete_empty_otp_budgets().bind(&client, &1000).await.expect("an answer");
    }

    async fn play(&mut self, steps: &[Step]) {
        let mut model = Model::default();
        let any: OtpCode = "123456".parse().expect("six digits");
        for (place, step) in steps.iter().enumerate() {
            let newest = self.codes.last().cloned();
            let (found, expected) = match step {
                Step::Send => (self.send().await, model.send()),
                Step::TryRight => {
                    let Some(code) = newest else { continue };
                    (self.verify(&code).await, model.verify(true))
                }
                Step::TryWrong => {
                    (self.verify(&newest.map_or(any.clone(), |code| other_than(&code))).await, model.verify(false))
                }
                Step::TryOld => {
                    let old = self.codes.iter().rev().nth(1).cloned();
                    let Some((old, newest)) = old.zip(newest) else { continue };
                    (self.verify(&old).await, model.verify(old.expose() == newest.expose()))
                }
                Step::Wait(minutes) => {
                    let_time_pass(self.database, f64::from(*minutes) * 60.0).await;
                    model.now += minutes;
                    continue;
                }
                Step::CleanUp => {
                    self.clean_up().await;
                    continue;
                }
                Step::Unlock => {
                    let client = self.pool.get().await.expect("a connection");
                    unlock(&client, &self.phone_number).await.expect("an answer");
                    (model.failures, model.locked_until) = (0, 0);
                    continue;
                }
            };
            assert_eq!(found, expected, "step {place} of {steps:?}");
        }
    }
}

#[test]
fn random_histories_agree_with_the_model() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (database, pool) = runtime.block_on(async {
        let database = migrated_database().await;
        let pool = database.pool().await;
        (database, pool)
    });
    let next = std::cell::Cell::new(0);
    let config = ProptestConfig { cases: HISTORIES, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&vec(step(), 1..60), |steps| {
        next.set(next.get() + 1);
        let phone_number = phone_number(&format!("+4915{:09}", next.get()));
        let config = config_with(policy());
        let mut history = History { database: &database, pool: &pool, config, phone_number, codes: Vec::new() };
        runtime.block_on(history.play(&steps));
        Ok(())
    });
    drop(runtime);
    outcome.expect("the model and the database agree");
}
