//! Accounts through the typed functions.

use barqnet_db::{
    PhoneNumber,
    queries::users::{self, CreateParams},
};
use chrono::{TimeDelta, Utc};

use crate::common::{at_once, execute_sql, migrated_database, phone_number, pool_of, user, user_with_phone};

const NONE: Option<&str> = None;

#[tokio::test]
async fn a_name_or_number_that_is_taken_is_a_unique_violation_that_names_its_constraint() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let number: PhoneNumber = "+4915112345678".parse().unwrap();
    let new = |username: &'static str| CreateParams {
        username,
        phone_number: Some(&number),
        password_hash: None::<&str>,
        created_via: "phone",
        server_id: "node-1",
        created_by: "test",
        protocol: "udp",
        port: 1194,
        expires_at: None,
        ovpn_path: None::<&str>,
        checksum: None::<&str>,
        name_skeleton: None::<&str>,
    };
    let id = users::create().params(&client, &new("ada")).one().await.unwrap();
    let found = users::by_phone().bind(&client, &number).opt().await.unwrap().unwrap();
    assert_eq!((found.id, found.username.as_str()), (id, "ada"));

    let error = users::create().params(&client, &new("ada")).one().await.unwrap_err();
    assert!(error.is_unique_violation());
    assert_eq!((error.statement(), error.constraint()), ("users.create", Some("users_username_key")));
    let error = users::create().params(&client, &new("bob")).one().await.unwrap_err();
    assert_eq!(error.constraint(), Some("idx_users_phone_number"));
}

#[tokio::test]
async fn an_account_is_found_unchanged_by_id_name_and_number() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    let expires_at = Utc::now() + TimeDelta::days(30);
    let new = CreateParams {
        username: "ada",
        phone_number: Some(&ada),
        password_hash: Some("$2b$12$hash"),
        created_via: "phone",
        server_id: "node-7",
        created_by: "test",
        protocol: "tcp",
        port: 443,
        expires_at: Some(expires_at),
        ovpn_path: Some("/etc/ada.ovpn"),
        checksum: Some("c0ffee"),
        name_skeleton: None::<&str>,
    };
    let id = users::create().params(&client, &new).one().await.unwrap();
    user_with_phone(&client, "bob", &bob).await;
    let by_id = users::by_id().bind(&client, &id).one().await.unwrap();
    assert_eq!((by_id.id, by_id.username.as_str(), by_id.phone_number.as_deref()), (id, "ada", Some(ada.as_str())));
    assert_eq!(
        (by_id.created_via.as_str(), by_id.server_id.as_str(), by_id.created_by.as_str()),
        ("phone", "node-7", "test")
    );
    assert_eq!((by_id.protocol.as_str(), by_id.port, by_id.active, by_id.synced), ("tcp", 443, true, false));
    assert_eq!((by_id.ovpn_path.as_deref(), by_id.checksum.as_deref()), (Some("/etc/ada.ovpn"), Some("c0ffee")));
    assert_eq!(by_id.expires_at.map(|at| at.timestamp_micros()), Some(expires_at.timestamp_micros()));
    assert!(by_id.created_at.is_some() && by_id.last_access.is_none() && by_id.last_login.is_none());
    for found in [
        users::by_username().bind(&client, &"ada").one().await.unwrap(),
        users::by_phone().bind(&client, &ada).one().await.unwrap(),
    ] {
        assert_eq!(format!("{found:?}"), format!("{by_id:?}"));
    }
    assert!(users::by_id().bind(&client, &-1).opt().await.unwrap().is_none());
    assert!(users::by_username().bind(&client, &"Ada").opt().await.unwrap().is_none());
    assert!(users::by_phone().bind(&client, &phone_number("+4915112345670")).opt().await.unwrap().is_none());
    assert!(users::exists().bind(&client, &"ada").one().await.unwrap());
    assert!(!users::exists().bind(&client, &"eve").one().await.unwrap());
    assert!(users::phone_exists().bind(&client, &bob).one().await.unwrap());
    assert!(!users::phone_exists().bind(&client, &phone_number("+4915112345670")).one().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_twenty_concurrent_claims_of_a_name_or_number_succeeds() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 20).await;
    let created = at_once(20, |task| {
        let pool = pool.clone();
        async move {
            let client = pool.get().await.unwrap();
            let own = phone_number(&format!("+49151123456{:02}", if task < 10 { task } else { 99 }));
            let username = if task < 10 { "ada".to_owned() } else { format!("user-{task}") };
            let new = users::create();
            let none = None::<&str>;
            new.bind(
                &client,
                &username,
                &Some(own),
                &none,
                &none,
                &"phone",
                &"node-1",
                &"test",
                &"udp",
                &1194,
                &None,
                &none,
                &none,
            )
            .one()
            .await
        }
    })
    .await;
    for half in [&created[..10], &created[10..]] {
        assert_eq!(half.iter().filter(|created| created.is_ok()).count(), 1, "{half:?}");
        assert!(
            half.iter()
                .filter_map(|created| created.as_ref().err())
                .all(barqnet_db::client::Error::is_unique_violation)
        );
    }
}

#[tokio::test]
async fn a_profile_is_synchronised_only_as_the_node_holds_it() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let upsert = async |checksum: &str, port: i32| {
        let path = format!("/etc/{checksum}.ovpn");
        let statement = users::upsert_vpn_profile();
        statement
            .bind(&client, &"ada", &"node-1", &"test", &"udp", &port, &Some(path), &Some(checksum))
            .one()
            .await
            .unwrap()
    };
    let id = upsert("one", 1194).await;
    let unsynced = async || users::list_unsynced().bind(&client, &"node-1", &0, &10).all().await.unwrap().len();
    assert_eq!(unsynced().await, 1);
    let version = async || users::vpn_profile().bind(&client, &"ada").one().await.unwrap().sync_version;
    let synced = async |version: i64| users::mark_synced().bind(&client, &id, &version).await.unwrap();
    let first = version().await;
    assert_eq!(synced(first + 1).await, 0);
    assert_eq!(synced(first).await, 1);
    assert_eq!((unsynced().await, version().await), (0, first), "to confirm a change is none");

    // The account changes while the node still works on what it was sent, its profile or not.
    for change in ["profile", "server", "expiry", "closed", "open", "by another program"] {
        let sent = version().await;
        match change {
            "profile" => assert_eq!(upsert("two", 443).await, id),
            "server" => assert_eq!(users::assign_server().bind(&client, &"node-1", &"ada").await.unwrap(), 1),
            "expiry" => assert_eq!(users::set_expiry().bind(&client, &None, &"ada").await.unwrap(), 1),
            "closed" => assert_eq!(users::deactivate().bind(&client, &"ada").await.unwrap(), 1),
            "open" => assert_eq!(users::reactivate().bind(&client, &"ada").await.unwrap(), 1),
            _ => assert_eq!(execute_sql(&database, "UPDATE users SET synced = FALSE, port = 443").await, 1),
        }
        assert_eq!(synced(sent).await, 0, "{change}");
        assert_eq!(unsynced().await, 1, "{change}");
        assert_eq!(synced(version().await).await, 1, "{change}");
    }
    let profile = users::vpn_profile().bind(&client, &"ada").one().await.unwrap();
    assert_eq!(
        (profile.id, profile.server_id.as_str(), profile.protocol.as_str(), profile.port),
        (id, "node-1", "udp", 443)
    );
    assert_eq!((profile.ovpn_path.as_deref(), profile.checksum.as_deref()), (Some("/etc/two.ovpn"), Some("two")));

    let updated = users::update_vpn_profile().bind(&client, &NONE, &NONE, &1195, &"tcp", &"ada").await.unwrap();
    assert_eq!(updated, 1);
    let profile = users::vpn_profile().bind(&client, &"ada").one().await.unwrap();
    assert_eq!((profile.protocol.as_str(), profile.port, profile.checksum.as_deref()), ("tcp", 1195, None));
    assert_eq!(users::update_vpn_profile().bind(&client, &NONE, &NONE, &1195, &"tcp", &"eve").await.unwrap(), 0);
}

#[tokio::test]
async fn replacing_a_profile_leaves_the_rest_of_the_account_alone() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let phone = phone_number("+4915112345678");
    let id = user_with_phone(&client, "ada", &phone).await;
    users::set_password_hash().bind(&client, &"hash", &id).await.unwrap();
    users::deactivate().bind(&client, &"ada").await.unwrap();
    users::set_expiry().bind(&client, &Some(Utc::now()), &"ada").await.unwrap();
    let before = users::by_id().bind(&client, &id).one().await.unwrap();
    let upsert = users::upsert_vpn_profile();
    assert_eq!(
        upsert.bind(&client, &"ada", &"node-2", &"somebody else", &"tcp", &443, &NONE, &NONE).one().await.unwrap(),
        id
    );
    let after = users::by_id().bind(&client, &id).one().await.unwrap();
    assert_eq!((after.server_id.as_str(), after.protocol.as_str(), after.port), ("node-2", "tcp", 443));
    assert_eq!((after.phone_number, after.active, after.expires_at), (before.phone_number, false, before.expires_at));
    assert_eq!((after.created_by, after.created_via), (before.created_by, before.created_via));
    assert_eq!(users::password_hash_by_id().bind(&client, &id).one().await.unwrap().as_deref(), Some("hash"));
}

#[tokio::test]
async fn a_phone_number_can_be_changed_and_cleared_but_not_taken_from_another() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (first, second) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    let ada = user_with_phone(&client, "ada", &first).await;
    user_with_phone(&client, "bob", &second).await;
    let error = users::set_phone_number().bind(&client, &Some(&second), &ada).await.unwrap_err();
    assert_eq!((error.is_unique_violation(), error.constraint()), (true, Some("idx_users_phone_number")));
    let third = phone_number("+4915112345670");
    assert_eq!(users::set_phone_number().bind(&client, &Some(&third), &ada).await.unwrap(), 1);
    assert_eq!(users::by_phone().bind(&client, &third).one().await.unwrap().id, ada);
    assert_eq!(users::set_phone_number().bind(&client, &None::<PhoneNumber>, &ada).await.unwrap(), 1);
    assert!(users::by_phone().bind(&client, &third).opt().await.unwrap().is_none());
    assert_eq!(users::set_phone_number().bind(&client, &Some(&third), &-1).await.unwrap(), 0);
}

#[tokio::test]
async fn sign_in_and_use_are_recorded_and_use_is_throttled() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let id = user(&client, "ada").await;
    let times = async || {
        let found = users::by_id().bind(&client, &id).one().await.unwrap();
        (found.last_login, found.last_access)
    };
    assert_eq!(users::touch_last_login().bind(&client, &id).await.unwrap(), 1);
    assert_eq!(users::touch_last_access().bind(&client, &"ada", &60.0).await.unwrap(), 1);
    let (login, access) = times().await;
    assert!(login.is_some() && access.is_some());
    assert_eq!(users::touch_last_access().bind(&client, &"ada", &60.0).await.unwrap(), 0);
    assert_eq!(times().await, (login, access));
    assert_eq!(users::touch_last_login().bind(&client, &id).await.unwrap(), 1);
    assert!(times().await.0 > login);

    execute_sql(
        &database,
        "UPDATE users SET last_login = NOW() + INTERVAL '1 h', last_access = NOW() - INTERVAL '61 s'",
    )
    .await;
    let ahead = times().await.0;
    users::touch_last_login().bind(&client, &id).await.unwrap();
    assert!(times().await.0 < ahead, "what is stored in the future is not newer than now");
    assert_eq!(users::touch_last_access().bind(&client, &"ada", &60.0).await.unwrap(), 1);
    execute_sql(&database, "UPDATE users SET last_access = NOW() + INTERVAL '1 h'").await;
    assert_eq!(users::touch_last_access().bind(&client, &"ada", &60.0).await.unwrap(), 1);
    assert_eq!(users::touch_last_access().bind(&client, &"eve", &0.0).await.unwrap(), 0);
    assert_eq!(users::touch_last_login().bind(&client, &-1).await.unwrap(), 0);
}

#[tokio::test]
async fn paging_returns_every_account_once_of_all_of_a_server_and_of_the_unsynced() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (mut all, mut on_two, mut unsynced) = (Vec::new(), Vec::new(), Vec::new());
    for user_number in 0..17 {
        let name = format!("user-{user_number}");
        let id = user(&client, &name).await;
        all.push(id);
        if user_number % 2 == 0 {
            assert_eq!(users::assign_server().bind(&client, &"node-2", &name).await.unwrap(), 1);
            on_two.push(id);
            if user_number % 4 == 0 {
                let version = users::by_id().bind(&client, &id).one().await.unwrap().sync_version;
                users::mark_synced().bind(&client, &id, &version).await.unwrap();
            } else {
                unsynced.push(id);
            }
        }
    }
    let list = async |kind: u8| {
        let (mut found, mut after) = (Vec::new(), 0);
        loop {
            let page = match kind {
                0 => users::list().bind(&client, &after, &4).all().await.unwrap(),
                1 => users::list_by_server().bind(&client, &"node-2", &after, &4).all().await.unwrap(),
                _ => users::list_unsynced().bind(&client, &"node-2", &after, &2).all().await.unwrap(),
            };
            let Some(last) = page.last() else { return found };
            after = last.id;
            found.extend(page.iter().map(|user| user.id));
        }
    };
    assert_eq!(list(0).await, all);
    assert_eq!(list(1).await, on_two);
    assert_eq!(list(2).await, unsynced);
    assert_eq!(users::assign_server().bind(&client, &"node-2", &"eve").await.unwrap(), 0);

    users::deactivate().bind(&client, &"user-1").await.unwrap();
    users::set_expiry().bind(&client, &Some(Utc::now()), &"user-3").await.unwrap();
    user_with_phone(&client, "ada", &phone_number("+4915112345678")).await;
    let counts = users::count().bind(&client).one().await.unwrap();
    assert_eq!((counts.total, counts.usable, counts.expired, counts.deactivated, counts.with_phone), (18, 16, 1, 1, 1));
    let by_server = users::count_by_server().bind(&client).all().await.unwrap();
    let found: Vec<_> =
        by_server.iter().map(|row| (row.server_id.as_str(), row.assigned, row.active, row.unsynced)).collect();
    assert_eq!(found, [("node-1", 9, 8, 9), ("node-2", 9, 9, 4)]);
}
