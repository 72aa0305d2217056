//! `rollback`.

use barqnet_db::embedded;
use barqnet_db_testing::TestDatabase;

use crate::program::{Folder, applied, migrated_database, on, on_a_terminal, rows, run};

#[tokio::test]
async fn without_a_terminal_and_without_yes_it_refuses_and_changes_nothing() {
    let database = migrated_database().await;
    run(&mut on(&database, ["rollback", "--to", "1"])).failed_with(2, "--yes");
    assert_eq!(applied(&database).await, embedded::migrations().len());
}

#[tokio::test]
async fn with_yes_it_shows_what_is_lost_and_keeps_the_data_of_lower_versions() {
    let database = migrated_database().await;
    let client = database.client().await;
    let user = "INSERT INTO users (username, server_id, created_by, phone_number)
                VALUES ('ada', 'node-1', 'test', '+4915112345678')";
    client.batch_execute(user).await.unwrap();
    let finished = run(&mut on(&database, ["rollback", "--to", "1", "--yes"])).ended_with(0);
    let (table, done) = finished.stdout.split_once("rolled back ").unwrap();
    let losses = rows(table);
    for loss in [
        ["V6__add_statistics_archive", "table vpn_statistics_archive", "0"],
        ["V4__add_locations", "table server_locations", "15"],
        ["V2__add_phone_auth", "column users.phone_number", "1"],
    ] {
        assert!(losses.iter().any(|row| row == &loss), "{loss:?}: {losses:#?}");
    }
    assert!(
        done.contains("\nrolled back V2__add_phone_auth\n") && done.contains(" rolled back on database "),
        "{done}"
    );
    assert_eq!(applied(&database).await, 1);
    let name: String = client.query_one("SELECT username FROM users", &[]).await.unwrap().get(0);
    assert_eq!(name, "ada");
    run(&mut on(&database, ["migrate"])).ended_with(0);

    let again = run(&mut on(&database, ["rollback", "--to", "9000", "--yes"])).ended_with(0);
    assert!(again.stdout.starts_with("nothing to roll back: "), "{again:?}");
}

#[tokio::test]
async fn a_migration_without_a_rollback_block_is_refused_and_a_version_is_required() {
    let database = TestDatabase::empty().await;
    let folder = Folder::with("irreversible", &["V1__own.sql"]);
    run(&mut on(&database, ["migrate", "--migrations", folder.path()])).ended_with(0);
    let arguments = ["rollback", "--to", "0", "--yes", "--migrations", folder.path()];
    run(&mut on(&database, arguments)).failed_with(1, "nothing was changed: V1__own cannot be rolled back");
    run(&mut on(&database, ["rollback", "--yes"])).ended_with(2);
    run(&mut on(&database, ["rollback", "--yes", "--to", "-1"])).ended_with(2);
}

#[tokio::test]
async fn on_a_terminal_it_shows_what_is_lost_and_asks_for_confirmation() {
    let database = migrated_database().await;
    let rollback = on(&database, ["rollback", "--to", "4"]);
    let Some(declined) = on_a_terminal(&rollback, "yes\n") else { return };
    assert_eq!(declined.code, Some(1), "{declined:?}");
    for text in ["V6__add_statistics_archive", "table vpn_statistics_archive", "Type 4 to roll ", "nothing was changed"]
    {
        assert!(declined.stdout.contains(text), "{text}: {declined:?}");
    }
    assert_eq!(applied(&database).await, embedded::migrations().len());
    let confirmed = on_a_terminal(&rollback, "4\n").unwrap();
    assert_eq!(confirmed.code, Some(0), "{confirmed:?}");
    assert_eq!(applied(&database).await, 4);
}
