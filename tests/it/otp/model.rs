//! Random histories of one number, predicted by a simple model of the policy.

use std::time::Duration;

use barqnet_db::{
    otp::{
        Limits, OtpCode, OtpConfig, OtpPolicy, SendOutcome, UnverifiedPrefix, VerificationRequest, VerifyOutcome, send,
        unlock, verify,
    },
    pool::Pool,
    queries::maintenance,
    sessions::TokenHash,
};
use barqnet_db_testing::TestDatabase;
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};

use super::support::{config_with, different_from, known_device, let_time_pass, request};
use crate::common::{migrated_database, phone_number};

const HISTORIES: u32 = 60;

#[derive(Clone, Debug)]
enum Step {
    Send,
    /// By a known device or anybody else.
    Try(Guess, bool),
    /// Minutes, so that no moment of the model falls on one of the database's.
    Wait(u32),
    CleanUp,
    Unlock,
}

#[derive(Clone, Debug)]
enum Guess {
    Newest,
    /// The code before the newest.
    Earlier,
    Wrong,
}

fn step() -> impl Strategy<Value = Step> {
    let guess = prop_oneof![2 => Just(Guess::Newest), 2 => Just(Guess::Earlier), 6 => Just(Guess::Wrong)];
    prop_oneof![
        4 => Just(Step::Send),
        9 => (guess, prop::bool::weighted(0.3)).prop_map(|(guess, by_known)| Step::Try(guess, by_known)),
        3 => prop_oneof![3 => Just(1), 1 => Just(2), 1 => Just(5), 1 => Just(15), 1 => Just(60), 1 => Just(1440), 1 => Just(2881)]
            .prop_map(Step::Wait),
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
        max_failures: 11,
        max_unknown_failures: 8,
        sends_overall: Limits::NONE,
        sends_per_country: Limits::NONE,
        sends_per_prefix: Limits::NONE,
        unverified_prefix: UnverifiedPrefix { min_codes: 0, min_percent: 0 },
        ..OtpPolicy::default()
    }
}

/// The policy as a simple program; times are in minutes since the beginning.
#[derive(Default)]
struct Model {
    now: u32,
    sends: Vec<u32>,
    codes: Vec<Code>,
    /// Those of anybody else and those of known devices.
    failures: [Failures; 2],
}

struct Code {
    text: String,
    sent: u32,
    /// Those of anybody else and those of known devices.
    tries: [u32; 2],
}

#[derive(Clone, Copy, Default)]
struct Failures {
    number: u32,
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

    /// How many failures are left until the number is closed.
    fn left(&self, by_known: bool) -> u32 {
        let [others, known] = self.failures.map(|failures| failures.number);
        let left = 11_u32.saturating_sub(others + known);
        if by_known { left } else { left.min(8_u32.saturating_sub(others)) }
    }

    fn is_shut(&self, by_known: bool) -> bool {
        self.left(by_known) == 0 || self.now < self.failures[usize::from(by_known)].locked_until
    }

    fn may_send(&self) -> bool {
        !(self.is_shut(false) || self.sends_within(1) > 0 || self.sends_within(60) >= 3 || self.sends_within(1440) >= 5)
    }

    fn sent(&mut self, code: &OtpCode) {
        self.sends.push(self.now);
        self.codes.push(Code { text: code.expose().to_owned(), sent: self.now, tries: [0; 2] });
    }

    fn verify(&mut self, code: &OtpCode, by_known: bool) -> Answer {
        if self.is_shut(by_known) {
            return Answer::Wait;
        }
        let (now, who) = (self.now, usize::from(by_known));
        let failed = self.failures[who].number;
        let room = self.left(by_known).min(3 - failed % 3) as usize;
        let live = |known: &&mut Code| now - known.sent < 5 && known.tries[who] < 2;
        let compared: Vec<&mut Code> = self.codes.iter_mut().rev().filter(live).take(room).collect();
        if compared.iter().any(|known| known.text == code.expose()) {
            self.codes.clear();
            self.failures = [Failures::default(); 2];
            return Answer::Yes;
        }
        let Ok(number) = u32::try_from(compared.len()) else { unreachable!() };
        for known in compared {
            known.tries[who] += 1;
        }
        if number > 0 {
            let failures = &mut self.failures[who];
            failures.number += number;
            if failures.number.is_multiple_of(3) {
                failures.locked_until = now + [15, 60, 1440][usize::try_from(failures.number / 3).unwrap().min(3) - 1];
            }
        }
        Answer::No
    }
}

struct History<'a> {
    database: &'a TestDatabase,
    pool: &'a Pool,
    config: OtpConfig,
    phone_number: barqnet_db::PhoneNumber,
    device: TokenHash,
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
            other => panic!("{other:?}"),
        }
    }

    async fn verify(&self, code: &OtpCode, by_known: bool) -> Answer {
        let known_device = by_known.then_some(&self.device);
        let request = VerificationRequest { known_device, ..request(&self.phone_number) };
        match verify(self.pool, &self.config, &request, code).await.expect("an answer") {
            VerifyOutcome::Verified(_) => Answer::Yes,
            VerifyOutcome::Invalid => Answer::No,
            VerifyOutcome::RetryAfter(wait) => {
                assert!(wait > Duration::ZERO && wait <= Duration::from_hours(24), "{wait:?}");
                Answer::Wait
            }
        }
    }

    async fn clean_up(&self) {
        let client = self.pool.get().await.expect("a connection");
        maintenance::delete_expired_otp_attempts().bind(&client, &0.0, &1000).await.expect("an answer");
        maintenance::delete_expired_otp_codes().bind(&client, &1000).await.expect("an answer");
        maintenance::delete_expired_otp_tickets().bind(&client, &1000).await.expect("an answer");
        maintenance::delete_quiet_otp_numbers().bind(&client, &172_800.0, &1000).await.expect("an answer");
    }

    async fn play(&mut self, steps: &[Step]) {
        let mut model = Model::default();
        for (place, step) in steps.iter().enumerate() {
            let (found, expected) = match step {
                Step::Send => {
                    let expected = if model.may_send() { Answer::Yes } else { Answer::Wait };
                    let found = self.send().await;
                    if let (Answer::Yes, Some(code)) = (&found, self.codes.last()) {
                        model.sent(code);
                    }
                    (found, expected)
                }
                Step::Try(guess, by_known) => {
                    let code = match guess {
                        Guess::Newest => self.codes.last().cloned(),
                        Guess::Earlier => self.codes.iter().rev().nth(1).cloned(),
                        Guess::Wrong => Some(different_from(&self.codes)),
                    };
                    let Some(code) = code else { continue };
                    (self.verify(&code, *by_known).await, model.verify(&code, *by_known))
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
                    model.failures = [Failures::default(); 2];
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
        runtime.block_on(async {
            let device = known_device(&database, &phone_number).await;
            let (config, codes) = (config_with(policy()), Vec::new());
            let mut history = History { database: &database, pool: &pool, config, phone_number, device, codes };
            history.play(&steps).await;
        });
        Ok(())
    });
    drop(runtime);
    outcome.expect("the model and the database agree");
}
