//! Hashes of another cost are renewed when the password is known.

use barqnet_db::{
    password::{self, PasswordHash, PasswordPolicy},
    queries::users,
    sessions::{SessionPolicy, validate},
    users::PasswordSignInOutcome,
};

use super::support::{
    RIGHT, WRONG, account, failures, hash_of, is_refused, of, opened, set_hash, sign_in, sign_in_at_cost,
};
use crate::common::{migrated_database, user};

#[tokio::test]
async fn a_hash_of_an_older_cost_is_renewed_at_sign_in_and_sessions_stay() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = account(&pool, "ada").await;
    let stored = async || users::password_hash_by_id().bind(&client, &ada).one().await.unwrap().expect("a hash");
    let old = stored().await;
    let earlier = opened(sign_in(&pool, &of("ada", RIGHT)).await).token.hash();
    assert_eq!(stored().await, old, "its cost is that of the policy");
    let (policy, sessions) = (PasswordPolicy { cost: 11 }, SessionPolicy::default());
    let renew = async |password: &str| sign_in_at_cost(&pool, &of("ada", password), policy.cost).await.unwrap();
    assert!(is_refused(&renew(WRONG).await));
    assert_eq!(stored().await, old, "a wrong password renews nothing");
    opened(renew(RIGHT).await);
    let renewed = stored().await;
    assert!(renewed.starts_with("$2b$11$"), "{renewed}");
    assert!(password::verify(RIGHT.to_owned(), Some(PasswordHash::from_stored(renewed.clone())), policy).await);
    opened(renew(RIGHT).await);
    assert_eq!(stored().await, renewed);
    assert!(validate(&client, &earlier, &sessions).await.unwrap().is_some());
}

#[tokio::test]
async fn hashes_of_the_go_product_are_accepted_and_renewed() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    // A test vector of crypt_blowfish.
    let stored = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned();
    set_hash(&pool, ada, &PasswordHash::from_stored(stored)).await;
    opened(sign_in(&pool, &of("ada", "U*U")).await);
    let renewed = users::password_hash_by_id().bind(&client, &ada).one().await.unwrap().expect("a hash");
    assert!(renewed.starts_with("$2b$10$"), "{renewed}");
    opened(sign_in(&pool, &of("ada", "U*U")).await);
}

#[tokio::test]
async fn a_password_that_changes_while_it_is_compared_opens_no_session_and_a_renewed_hash_does() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = account(&pool, "ada").await;
    // Of RIGHT, as another sign-in would renew it; then of another password.
    for (new_password, opens) in [(RIGHT, true), (WRONG, false)] {
        let holder = database.client().await;
        holder.batch_execute("BEGIN; SELECT FROM users FOR UPDATE").await.unwrap();
        let replace = async {
            database.until_a_connection_waits_for_a_lock().await;
            let hash = hash_of(new_password).await;
            let set = "UPDATE users SET password_hash = $1 WHERE id = $2";
            holder.execute(set, &[&hash.expose(), &ada]).await.unwrap();
            holder.batch_execute("COMMIT").await.unwrap();
        };
        let credentials = of("ada", RIGHT);
        let (outcome, ()) = tokio::join!(sign_in(&pool, &credentials), replace);
        assert_eq!(matches!(outcome, PasswordSignInOutcome::SignedIn(_)), opens, "{outcome:?}");
        assert_eq!(is_refused(&outcome), !opens);
        assert_eq!(failures(&database, "ada").await, 0, "a new hash forgets them");
    }
}
