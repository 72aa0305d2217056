//! Accounts with a password, sign-ins, and tries without the cost of a hash.

use barqnet_db::{
    Error,
    password::{self, PasswordHash, PasswordLimits, PasswordPolicy},
    pool::Pool,
    sessions::{Device, SessionPolicy, TokenHash},
    users::{Credentials, Login, PasswordSignInOutcome, SignedIn, sign_in_with_password},
};
use barqnet_db_testing::TestDatabase;
use tokio::sync::RwLock;

use crate::common::{execute_on, scalar, user};

/// The least cost.
pub(super) const HASHING: PasswordPolicy = PasswordPolicy { cost: 10 };
pub(super) const RIGHT: &str = "correct horse battery staple";
pub(super) const WRONG: &str = "incorrect horse battery staple";

/// An account whose password is [`RIGHT`].
pub(super) async fn account(pool: &Pool, username: &str) -> i64 {
    let client = pool.get().await.unwrap();
    let id = user(&client, username).await;
    set_hash(pool, id, &hash_of(RIGHT).await).await;
    id
}

pub(super) async fn hash_of(password: &str) -> PasswordHash {
    password::hash(password.to_owned(), HASHING).await.expect("a password")
}

pub(super) async fn set_hash(pool: &Pool, id: i64, hash: &PasswordHash) {
    barqnet_db::users::change_password(pool, id, hash.expose(), None).await.unwrap().expect("an account");
}

pub(super) fn of<'a>(username: &'a str, password: &'a str) -> Credentials<'a> {
    Credentials { login: Login::Username(username), password, known_token: None }
}

/// A device that signs in from this address.
pub(super) fn at(address: &str) -> Device {
    Device { ip_address: Some(address.parse().expect("an address")), ..Device::default() }
}

/// The default limits; as many sign-ins wait as the tests of one process begin.
pub(super) fn limits() -> PasswordLimits {
    PasswordLimits { max_waiting: 1_000, ..PasswordLimits::default() }
}

/// Tests of one process share the turns of sign-ins. A test that fills them holds this alone.
pub(crate) static TURNS: RwLock<()> = RwLock::const_new(());

/// Signs in with the default limits, from no address.
pub(super) async fn sign_in(pool: &Pool, credentials: &Credentials<'_>) -> PasswordSignInOutcome {
    sign_in_from(pool, credentials, &Device::default(), &limits()).await
}

pub(super) async fn sign_in_from(
    pool: &Pool,
    credentials: &Credentials<'_>,
    device: &Device,
    limits: &PasswordLimits,
) -> PasswordSignInOutcome {
    let _among_others = TURNS.read().await;
    sign_in_alone(pool, credentials, device, limits).await
}

/// Signs in while the test holds [`TURNS`].
pub(super) async fn sign_in_alone(
    pool: &Pool,
    credentials: &Credentials<'_>,
    device: &Device,
    limits: &PasswordLimits,
) -> PasswordSignInOutcome {
    sign_in_with_password(pool, credentials, device, HASHING, limits, &SessionPolicy::default())
        .await
        .expect("an answer")
}

/// Signs in where hashes have this cost.
pub(super) async fn sign_in_at_cost(
    pool: &Pool,
    credentials: &Credentials<'_>,
    cost: u32,
) -> Result<PasswordSignInOutcome, Error> {
    let _among_others = TURNS.read().await;
    let (device, policy) = (Device::default(), SessionPolicy::default());
    sign_in_with_password(pool, credentials, &device, PasswordPolicy { cost }, &limits(), &policy).await
}

/// The session that was opened; panics if there is none.
pub(super) fn opened(outcome: PasswordSignInOutcome) -> SignedIn {
    match outcome {
        PasswordSignInOutcome::SignedIn(signed_in) => signed_in,
        other => panic!("{other:?}"),
    }
}

pub(super) fn is_refused(outcome: &PasswordSignInOutcome) -> bool {
    matches!(outcome, PasswordSignInOutcome::Refused)
}

pub(super) fn must_wait(outcome: &PasswordSignInOutcome) -> bool {
    matches!(outcome, PasswordSignInOutcome::RetryAfter(_))
}

/// One call of `password_try` with the default limits: the name, the hash of a known token, the address.
pub(super) const TRY: &str = "
    SELECT refused_by, retry_after_seconds
    FROM password_try(ARRAY[$1], FALSE, $2, FALSE, 10, ARRAY[900, 3600, 86400], 80, 20,
                      CASE WHEN $3::TEXT IS NULL THEN '{}' ELSE ARRAY['password_address'] END, ARRAY[$3::TEXT],
                      ARRAY[NULL::INTEGER], ARRAY[30], ARRAY[100])";

/// Types a wrong password, without the cost of comparing it. Returns the limit that refuses it, and how long.
pub(super) async fn fail(
    pool: &Pool,
    username: &str,
    address: Option<&str>,
    known: Option<&TokenHash>,
) -> Option<(String, f64)> {
    let client = pool.get().await.unwrap();
    let known = known.map(TokenHash::as_str);
    let row = client.query_one(TRY, &[&username, &known, &address]).await.expect("an answer");
    row.get::<_, Option<String>>(0).map(|limit| (limit, row.get(1)))
}

/// Types so many wrong passwords, all of which are compared.
pub(super) async fn fail_times(pool: &Pool, username: &str, times: usize, known: Option<&TokenHash>) {
    for number in 1..=times {
        assert_eq!(fail(pool, username, None, known).await, None, "{number}");
    }
}

/// The wrong passwords in a row of an account or a name, from unknown devices.
pub(super) async fn failures(database: &TestDatabase, username: &str) -> i64 {
    let count = "SELECT COALESCE(SUM(failures), 0)::BIGINT FROM password_failures WHERE name_hash = name_hash('{}')";
    scalar(database, &count.replace("{}", username)).await
}

/// Lets time pass, for everything that passwords go by.
pub(super) async fn let_time_pass(database: &TestDatabase, seconds: u32) {
    let client = database.client().await;
    for statement in [
        "UPDATE password_failures SET locked_until = locked_until - {}, known_locked_until = known_locked_until - {},
                                      failed_at = failed_at - {}",
        "UPDATE rate_counters SET updated_at = updated_at - {}",
    ] {
        execute_on(&client, &statement.replace("{}", &format!("INTERVAL '{seconds} seconds'"))).await;
    }
}
