//! The partitions by time that docs/scale.md describes serve the audit trail as one table did.

use barqnet_db::{
    audit::{Appended, Entry, append, append_past},
    queries::{audit, maintenance},
};
use barqnet_db_testing::TestDatabase;
use chrono::{Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::markdown::code_blocks;
use crate::common::{days, erase, migrated_database, scalar, user};

fn entry(username: &str) -> Entry<'_> {
    Entry { action: "login", username: Some(username), details: None, ip_address: None, server_id: "node-1" }
}

async fn entries_of(database: &TestDatabase, username: &str) -> i64 {
    scalar(database, &format!("SELECT COUNT(*) FROM audit_log WHERE username = '{username}'")).await
}

#[tokio::test]
async fn the_partitions_of_docs_scale_keep_the_audit_trail_working_and_drop_what_is_old() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
    }
    let this_month: NaiveDate = format!("{}-01", Utc::now().format("%Y-%m")).parse().unwrap();
    let before = this_month.and_time(NaiveTime::MIN).and_utc() - TimeDelta::days(3);
    let past = [(before, entry("ada")), (before - TimeDelta::days(300), entry("bob"))];
    assert_eq!(append_past(&client, &past).await.unwrap(), Appended { added: 2, refused: Vec::new() });

    // What the page calls January is this month and, in case it ends while this runs, the next.
    let [preparation, exchange, retention] = code_blocks("docs/scale.md", "sql").try_into().expect("three blocks");
    let dated = |sql: &str| {
        let marked = sql.replace("2027-01-01", "BEGIN OF MONTH").replace("2027-02-01", "END OF NEXT");
        let (begin, end) = (this_month.to_string(), (this_month + Months::new(2)).to_string());
        marked.replace("BEGIN OF MONTH", &begin).replace("END OF NEXT", &end)
    };
    let owner = database.client().await;
    for statement in dated(&preparation).split_inclusive(";\n") {
        owner.batch_execute(statement).await.unwrap();
    }
    owner.batch_execute(&format!("BEGIN;\n{}COMMIT", dated(&exchange))).await.unwrap();

    let newest = append(&client, &entry("ada")).await.unwrap();
    let page: Vec<i64> = audit::recent().bind(&client, &i64::MAX, &10).map(|entry| entry.id).all().await.unwrap();
    assert_eq!(page, [newest, newest - 1, newest - 2]);
    let indexes = |table: &str| format!("SELECT COUNT(*) FROM pg_index WHERE indrelid = '{table}'::REGCLASS");
    let of_all = scalar(&database, &indexes("audit_log")).await;
    for partition in ["audit_log_until_now", "audit_log_p2027_01"] {
        assert_eq!(scalar(&database, &indexes(partition)).await, of_all, "{partition}");
    }

    assert_eq!(maintenance::delete_old_audit_entries().bind(&client, &days(200), &10).await.unwrap(), 1);
    assert_eq!(entries_of(&database, "bob").await, 0);
    erase(&pool, "ada").await.expect("an account");
    assert_eq!(entries_of(&database, "ada").await, 0, "in both partitions");
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM audit_log").await, 2, "without the name");

    for statement in dated(&retention).split_inclusive(";\n") {
        owner.batch_execute(statement).await.unwrap();
    }
    let kept: Vec<i64> = audit::recent().bind(&client, &i64::MAX, &10).map(|entry| entry.id).all().await.unwrap();
    assert_eq!(kept, [newest]);
    append(&client, &entry("bob")).await.unwrap();
}
