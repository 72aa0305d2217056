//! Registering devices, and what they open.

use std::num::NonZero;

use barqnet_db::{
    client::GenericClient,
    connections::{ConnectionPolicy, NewConnection, OpenOutcome, open},
    devices::{AtLimit, DevicePolicy, NewDevice, RegisterOutcome, Registered, register},
    pool::Pool,
    sessions::{self, CreateOutcome, Device, SessionPolicy, Token, validate},
};

pub(super) fn at_most(max: u32, at_limit: AtLimit) -> DevicePolicy {
    DevicePolicy { max_devices: NonZero::new(max), at_limit }
}

pub(super) async fn registered(pool: &Pool, user_id: i64, key: &str) -> Registered {
    let new = NewDevice { key, ..NewDevice::default() };
    match register(pool, user_id, &new, &DevicePolicy::default()).await.expect("an answer") {
        RegisterOutcome::Registered(device) => device,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn connected(pool: &Pool, username: &str, server_id: &str, device: Option<i64>) -> i64 {
    let new = NewConnection { username, server_id, device, ..NewConnection::default() };
    match open(pool, &new, &ConnectionPolicy::default()).await.expect("an answer") {
        OpenOutcome::Opened { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn signed_in(client: &impl GenericClient, user_id: i64, device: Option<i64>) -> (Token, i64) {
    let device = Device { id: device, ..Device::default() };
    match sessions::create(client, user_id, &device, &SessionPolicy::default()).await.expect("an answer") {
        CreateOutcome::Created(token, session) => (token, session.id),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn is_valid(client: &impl GenericClient, token: &Token) -> bool {
    validate(client, &token.hash(), &SessionPolicy::default()).await.expect("an answer").is_some()
}
