//! The service on databases of its own, each a copy of one that barqnet-db's migrations and its own have made.

use std::process::{Command, Stdio};

use barqnet_db::{
    client::GenericClient,
    migrate::{self, Difference, Drift, MigrateOptions},
    queries::{self, users},
};
use barqnet_db_service_with_tables::{
    Opened,
    generated::{constraints::Constraint, tickets},
    migrations, open,
};
use barqnet_db_testing::TestDatabase;

async fn database() -> TestDatabase {
    TestDatabase::migrated(&migrations().unwrap()).await
}

async fn user(client: &impl GenericClient, username: &str) -> i64 {
    let new = users::CreateParams {
        username,
        phone_number: None::<&str>,
        name_skeleton: None::<&str>,
        password_hash: None::<&str>,
        created_via: "test",
        server_id: "",
        created_by: "tests",
        protocol: "udp",
        port: 1194,
        expires_at: None,
        ovpn_path: None::<&str>,
        checksum: None::<&str>,
    };
    users::create().params(client, &new).one().await.unwrap()
}

#[tokio::test]
async fn tickets_come_with_their_user_page_by_page() {
    let database = database().await;
    let client = database.pool().await.get().await.unwrap();
    let ada = user(&client, "ada").await;
    for subject in ["slow", "no route"] {
        assert!(matches!(open(&client, ada, subject).await.unwrap(), Opened::Ticket(_)));
    }
    let page = tickets::of_user().bind(&client, &ada, &1).page(None).await.unwrap();
    assert_eq!((page.rows[0].subject.as_str(), page.rows[0].username.as_str()), ("no route", "ada"));
    let next = tickets::of_user().bind(&client, &ada, &1).page(page.next.as_ref()).await.unwrap();
    assert_eq!((next.rows[0].subject.as_str(), next.next.is_some()), ("slow", false));
    assert_eq!(tickets::close().bind(&client, &next.rows[0].id).await.unwrap(), 1);
}

#[tokio::test]
async fn a_ticket_of_nobody_is_refused_by_the_foreign_key_to_users() {
    let database = database().await;
    let client = database.pool().await.get().await.unwrap();
    assert_eq!(open(&client, 7, "slow").await.unwrap(), Opened::NoSuchUser);
    let ada = user(&client, "ada").await;
    assert_eq!(open(&client, ada, "").await.unwrap(), Opened::NoSubject);
    // Each enum knows the constraints of its own project; any error can be asked about either.
    let error = tickets::open().bind(&client, &7, &"slow").one().await.unwrap_err();
    assert_eq!(Constraint::of(&error), Some(Constraint::SupportTicketsUserIdFkey));
    let unknown = queries::Constraint::Unknown("support_tickets_user_id_fkey".to_owned());
    assert_eq!(queries::Constraint::of(&error), Some(unknown));
}

#[tokio::test]
async fn the_rollback_of_its_migration_leaves_barqnet_db_as_it_was() {
    let (database, migrations) = (database().await, migrations().unwrap());
    let settings = database.settings();
    let undone = migrate::rollback(&settings, &migrations, ("support", 0), &MigrateOptions::default()).await.unwrap();
    assert_eq!(undone.iter().map(ToString::to_string).collect::<Vec<_>>(), ["support/V1__create_support_tickets"]);
    assert_eq!(migrate::drift(&database.client().await).await.unwrap(), Drift::None);
    let again = migrate::migrate(&settings, &migrations).await.unwrap();
    assert_eq!(again.iter().map(ToString::to_string).collect::<Vec<_>>(), ["support/V1__create_support_tickets"]);
}

#[tokio::test]
async fn a_change_by_hand_to_its_table_is_found() {
    let database = database().await;
    let client = database.client().await;
    assert_eq!(migrate::drift(&client).await.unwrap(), Drift::None);
    client.batch_execute("ALTER TABLE support_tickets ADD COLUMN note TEXT").await.unwrap();
    let Drift::Found(differences) = migrate::drift(&client).await.unwrap() else { panic!("no drift was found") };
    let [Difference::Added { object, .. }] = differences.as_slice() else { panic!("{differences:?}") };
    assert_eq!(object, "column support_tickets.note");
}

#[tokio::test]
async fn of_32_processes_that_start_at_once_one_migrates() {
    let database = TestDatabase::empty().await;
    let start = |_| {
        let mut support = Command::new(env!("CARGO_BIN_EXE_barqnet-db-service-with-tables"));
        support.arg("migrate").env("DATABASE_URL", database.url());
        support.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let processes: Vec<_> = (0..32).map(start).collect();
    let mut migrated = 0;
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        migrated += usize::from(text.contains("applied support/V1__create_support_tickets\n"));
    }
    assert_eq!(migrated, 1);
}
