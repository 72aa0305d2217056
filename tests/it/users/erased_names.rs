//! The name of an erased person is given to nobody else.

use barqnet_db::{
    PhoneNumber,
    client::TransactionOptions,
    otp::{OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, VerifyOutcome, send, verify},
    queries::users,
    sessions::{Device, SessionPolicy},
    users::{NewUser, RegisterOutcome, register_with_ticket},
};

use crate::common::{
    ISOLATION_LEVELS, at_once, erase, execute_sql, migrated_database, pool_of, scalar, user, username,
};

#[tokio::test]
async fn an_account_with_the_name_of_an_erased_person_is_refused_however_it_is_made() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    erase(&pool, "ada").await.expect("an account");

    let none = &None::<&str>;
    let create = users::create();
    let created = create
        .bind(
            &client,
            &"ada",
            &None::<PhoneNumber>,
            none,
            none,
            &"api",
            &"node-1",
            &"test",
            &"udp",
            &1194,
            &None,
            none,
            none,
        )
        .one()
        .await;
    let upsert = users::upsert_vpn_profile();
    let upserted = upsert.bind(&client, &"ada", &"node-1", &"test", &"udp", &1194, none, none).one().await;
    for error in [created.unwrap_err(), upserted.unwrap_err()] {
        assert!(error.is_unique_violation(), "{error}");
        assert_eq!(error.constraint(), Some("erased_names_pkey"));
        assert!(error.to_string().contains("belonged to a person who was erased"), "{error}");
    }
    user(&client, "bob").await;
    let rename = database.client().await.execute("UPDATE users SET username = 'ada' WHERE username = 'bob'", &[]).await;
    assert_eq!(rename.unwrap_err().as_db_error().and_then(|error| error.constraint()), Some("erased_names_pkey"));

    // Registration answers as for any other name that is taken, and the ticket stays good for another name.
    let config = OtpConfig::new(OtpKeys::random());
    let number: PhoneNumber = "+4915112345678".parse().unwrap();
    let request = VerificationRequest::new(&number, Purpose::SignIn);
    let SendOutcome::Sent { code, .. } = send(&pool, &config, &request).await.unwrap() else { panic!("no code") };
    let VerifyOutcome::Verified(ticket) = verify(&pool, &config, &request, &code).await.unwrap() else {
        panic!("no ticket")
    };
    let (device, policy) = (Device::default(), SessionPolicy::default());
    for (name, is_free) in [("ada", false), ("ada-2", true)] {
        let outcome = register_with_ticket(&pool, &ticket, &NewUser::new(&username(name), "test"), &device, &policy)
            .await
            .unwrap();
        match outcome {
            RegisterOutcome::Registered(_) => assert!(is_free, "{name}"),
            RegisterOutcome::NameTaken => assert!(!is_free, "{name}"),
            other => panic!("{other:?}"),
        }
    }
    // The name of an account that was deleted, because it was never used, is free.
    users::delete().bind(&client, &"bob").await.unwrap();
    user(&client, "bob").await;
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM erased_names").await, 1, "of others nothing is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_name_is_not_given_away_while_its_person_is_being_erased() {
    for level in ISOLATION_LEVELS {
        let database = migrated_database().await;
        let pool = pool_of(&database, 10).await;
        for round in 0..5 {
            let name = format!("user-{round}");
            user(&pool.get().await.unwrap(), &name).await;
            at_once(8, |task| {
                let (pool, name) = (pool.clone(), name.clone());
                async move {
                    if task == 0 {
                        erase(&pool, &name).await.expect("an account");
                        return;
                    }
                    let mut client = pool.get().await.unwrap();
                    for _ in 0..5 {
                        let transaction = client.transaction_with(TransactionOptions::at(level)).await.unwrap();
                        transaction.query_one("SELECT COUNT(*) FROM users", &[]).await.expect("a snapshot");
                        let insert =
                            "INSERT INTO users (username, server_id, created_by) VALUES ($1, 'node-1', 'test')";
                        transaction.execute(insert, &[&name]).await.expect_err("it was taken, and it was erased");
                    }
                }
            })
            .await;
            let taken = format!("SELECT COUNT(*) FROM users WHERE username = '{name}'");
            assert_eq!(scalar(&database, &taken).await, 0, "{level:?}");
        }
        // What a refused account has written is gone with it.
        // Two names have a digit that looks like a letter, so that what they look like is kept as well.
        assert_eq!(scalar(&database, "SELECT COUNT(*) FROM erased_names").await, 5 + 2, "{level:?}");
        assert_eq!(execute_sql(&database, "DELETE FROM users WHERE username NOT LIKE 'erased-%'").await, 0);
    }
}
