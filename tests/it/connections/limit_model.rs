//! Random histories of one user, predicted by a simple model of the limits: servers that fall silent and come back, devices.

use barqnet_db::{
    connections::{AtLimit, CloseReason, NewConnection, OpenOutcome, open},
    devices::{self, DevicePolicy, NewDevice, RegisterOutcome, register, sign_out},
    pool::Pool,
    queries::connections,
};
use barqnet_db_testing::TestDatabase;
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};

use super::limits::at_most;
use crate::common::{close, execute_sql, migrated_database, miscounted_connections, user};

const HISTORIES: u32 = 40;
const SERVERS: usize = 3;
const DEVICES: usize = 4;
const MAX_CONNECTIONS: u32 = 2;
const MAX_DEVICES: u32 = 3;

#[derive(Clone, Debug)]
enum Step {
    /// On a server, with a device or without, at the limit by this rule.
    Open(usize, Option<usize>, bool),
    /// The newest but so many.
    Close(usize),
    FallSilent(usize),
    ComeBack(usize),
    Restart(usize),
    Register(usize, bool),
    SignOut(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..SERVERS, proptest::option::of(0..DEVICES), any::<bool>()).prop_map(|(server, device, ends)| Step::Open(server, device, ends)),
        2 => (0..3_usize).prop_map(Step::Close),
        3 => (0..SERVERS).prop_map(Step::FallSilent),
        2 => (0..SERVERS).prop_map(Step::ComeBack),
        1 => (0..SERVERS).prop_map(Step::Restart),
        4 => (0..DEVICES, any::<bool>()).prop_map(|(device, ends)| Step::Register(device, ends)),
        1 => (0..DEVICES).prop_map(Step::SignOut),
    ]
}

fn rule(ends_oldest: bool) -> AtLimit {
    if ends_oldest { AtLimit::EndOldest } else { AtLimit::Refuse }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Live {
    id: i64,
    server: usize,
    device: Option<usize>,
    is_silent: bool,
}

/// The rules as a simple program.
#[derive(Debug, Default)]
struct Model {
    /// By id.
    live: Vec<Live>,
    /// The registered ones; those used least recently first.
    devices: Vec<usize>,
}

impl Model {
    /// The connections that end for a new one, or `None` if it is refused.
    fn open(&self, device: Option<usize>, ends_oldest: bool) -> Option<Vec<i64>> {
        let is_own = |live: &&Live| device.is_some() && live.device == device;
        let counted: Vec<i64> =
            self.live.iter().filter(|live| !is_own(live) && !live.is_silent).map(|live| live.id).collect();
        let max = usize::try_from(MAX_CONNECTIONS).unwrap();
        let above = (counted.len() + 1).saturating_sub(max);
        if above > 0 && !ends_oldest {
            return None;
        }
        let mut ended: Vec<i64> =
            self.live.iter().filter(is_own).map(|live| live.id).chain(counted[..above].iter().copied()).collect();
        ended.sort_unstable();
        Some(ended)
    }

    fn opened(&mut self, id: i64, ended: &[i64], server: usize, device: Option<usize>) {
        self.live.retain(|live| !ended.contains(&live.id));
        self.live.push(Live { id, server, device, is_silent: false });
        if let Some(device) = device {
            self.used(device);
        }
        let counted = self.live.iter().filter(|live| !live.is_silent).count();
        assert!(counted <= usize::try_from(MAX_CONNECTIONS).unwrap(), "{self:?}");
    }

    fn used(&mut self, device: usize) {
        self.devices.retain(|known| *known != device);
        self.devices.push(device);
    }
}

struct History<'a> {
    database: &'a TestDatabase,
    pool: &'a Pool,
    user_id: i64,
    name: &'a str,
    ids: [Option<i64>; DEVICES],
}

impl History<'_> {
    fn server(&self, server: usize) -> String {
        format!("{}-{server}", self.name)
    }

    async fn take(&mut self, model: &mut Model, step: &Step) {
        let client = self.pool.get().await.unwrap();
        match *step {
            Step::Open(server, device, ends_oldest) => {
                let id = device.map(|device| self.ids[device].unwrap_or(-1));
                let server_id = self.server(server);
                let new = NewConnection {
                    username: self.name,
                    server_id: &server_id,
                    device: id,
                    ..NewConnection::default()
                };
                let outcome = open(self.pool, &new, &at_most(MAX_CONNECTIONS, rule(ends_oldest))).await.unwrap();
                if device.is_some_and(|device| !model.devices.contains(&device)) {
                    assert!(matches!(outcome, OpenOutcome::DeviceNotRegistered), "{step:?}: {outcome:?}");
                    return;
                }
                match (model.open(device, ends_oldest), outcome) {
                    (Some(expected), OpenOutcome::Opened { id, ended, .. }) => {
                        let mut ended: Vec<i64> = ended.into_iter().map(|ended| ended.id).collect();
                        ended.sort_unstable();
                        assert_eq!(ended, expected, "{step:?}: {model:?}");
                        model.opened(id, &expected, server, device);
                    }
                    (None, OpenOutcome::LimitReached { active }) => assert_eq!(active.len(), model.live.len()),
                    (expected, outcome) => panic!("{step:?}: {outcome:?}, not {expected:?}: {model:?}"),
                }
            }
            Step::Close(back) => {
                let Some(place) = model.live.len().checked_sub(back + 1) else { return };
                let live = model.live.remove(place);
                close(&client, &self.server(live.server), live.id, None).await.expect("it was live");
            }
            Step::FallSilent(server) => {
                super::limits::falls_silent(self.database, &self.server(server)).await;
                model.live.iter_mut().filter(|live| live.server == server).for_each(|live| live.is_silent = true);
            }
            Step::ComeBack(server) => {
                let name = self.server(server);
                for live in model.live.iter_mut().filter(|live| live.server == server) {
                    crate::common::send_heartbeat(&client, &name, 1, (live.id, live.id), (0, 0)).await;
                    live.is_silent = false;
                }
                // What it sent may have been repeated.
                for change in ["vpn_connections SET last_activity = NOW()", "server_status SET heard_at = NOW()"] {
                    execute_sql(self.database, &format!("UPDATE {change} WHERE server_id = '{name}'")).await;
                }
            }
            Step::Restart(server) => {
                let all = connections::close_all_for_server();
                all.bind(&client, &self.server(server), &None::<&str>, &None, &CloseReason::ServerRestart)
                    .all()
                    .await
                    .unwrap();
                model.live.retain(|live| live.server != server);
            }
            Step::Register(device, ends) => {
                let key = format!("device-{device}");
                let new = NewDevice { key: &key, ..NewDevice::default() };
                let policy = DevicePolicy { max_devices: std::num::NonZero::new(MAX_DEVICES), at_limit: rule(ends) };
                let outcome = register(self.pool, self.user_id, &new, &policy).await.unwrap();
                let is_above =
                    !model.devices.contains(&device) && model.devices.len() >= usize::try_from(MAX_DEVICES).unwrap();
                let registered = match outcome {
                    RegisterOutcome::LimitReached if is_above && !ends => return,
                    RegisterOutcome::Registered(registered) if !is_above || ends => registered,
                    outcome => panic!("{step:?}: {outcome:?}: {model:?}"),
                };
                let gone: Vec<usize> = (0..DEVICES)
                    .filter(|known| self.ids[*known].is_some_and(|id| registered.replaced.contains(&id)))
                    .collect();
                assert_eq!(gone.len(), usize::from(is_above), "{step:?}: {model:?}");
                for gone in gone {
                    // Those with a live connection come last.
                    let is_connected = |device: &usize| model.live.iter().any(|live| live.device == Some(*device));
                    if let Some(first) = model.devices.iter().find(|device| !is_connected(device)) {
                        assert_eq!(gone, *first, "{step:?}: {model:?}");
                    }
                    model.devices.retain(|known| *known != gone);
                    model.live.retain(|live| live.device != Some(gone));
                }
                self.ids[device] = Some(registered.id);
                model.used(device);
            }
            Step::SignOut(device) => {
                let signed_out = sign_out(self.pool, self.user_id, self.ids[device].unwrap_or(-1)).await.unwrap();
                assert_eq!(signed_out.is_some(), self.ids[device].is_some(), "{step:?}");
                model.devices.retain(|known| *known != device);
                model.live.retain(|live| live.device != Some(device));
            }
        }
    }

    async fn check(&self, model: &Model) {
        let client = self.pool.get().await.unwrap();
        let mut live = connections::active_by_user().bind(&client, &self.name).all().await.unwrap();
        live.reverse();
        assert_eq!(
            live.iter().map(|live| live.id).collect::<Vec<_>>(),
            model.live.iter().map(|live| live.id).collect::<Vec<_>>()
        );
        let known = devices::list(&client, self.user_id, i64::MAX, 100).await.unwrap();
        assert_eq!(known.len(), model.devices.len());
    }
}

#[test]
fn random_histories_of_a_user_keep_both_limits_as_the_model_says() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (database, pool) = runtime.block_on(async {
        let database = migrated_database().await;
        let pool = database.pool().await;
        (database, pool)
    });
    let next = std::cell::Cell::new(0);
    let config = ProptestConfig { cases: HISTORIES, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&vec(step(), 1..40), |steps| {
        next.set(next.get() + 1);
        let name = format!("user-{}", next.get());
        runtime.block_on(async {
            let user_id = user(&pool.get().await.unwrap(), &name).await;
            let mut history = History { database: &database, pool: &pool, user_id, name: &name, ids: [None; DEVICES] };
            let mut model = Model::default();
            for step in &steps {
                history.take(&mut model, step).await;
                history.check(&model).await;
            }
        });
        Ok(())
    });
    assert_eq!(runtime.block_on(miscounted_connections(&database)), 0);
    drop(runtime);
    outcome.expect("the model and the database agree");
}
