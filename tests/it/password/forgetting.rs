//! What is forgotten of wrong passwords, and when.

use std::time::Duration;

use barqnet_db::{
    maintenance::{MaintenancePolicy, run, task},
    queries::users,
    users::erase,
};

use super::support::{account, fail, fail_times, failures, let_time_pass};
use crate::common::{execute_sql, migrated_database, number_keys, phone_number, scalar, user, user_with_phone};

#[tokio::test]
async fn of_an_erased_deleted_or_renamed_account_no_wrong_password_stays() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let number = phone_number("+4915112345678");
    fail(&pool, number.as_str(), None, None).await;
    user_with_phone(&client, "ada", &number).await;
    user(&client, "bob").await;
    user(&client, "eve").await;
    for name in ["ada", "bob", "eve", "nobody"] {
        fail_times(&pool, name, 3, None).await;
    }
    erase(&pool, "ada", &number_keys()).await.unwrap().expect("an account");
    users::delete().bind(&client, &"bob").await.unwrap();
    execute_sql(&database, "UPDATE users SET username = 'eva' WHERE username = 'eve'").await;
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM password_failures").await, 1);
    assert_eq!(failures(&database, "nobody").await, 3);
}

#[tokio::test]
async fn wrong_passwords_of_names_without_an_account_are_kept_for_thirty_days_and_those_of_accounts_stay() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    account(&pool, "ada").await;
    fail_times(&pool, "ada", 3, None).await;
    fail_times(&pool, "nobody", 3, None).await;
    fail_times(&pool, "later", 10, None).await;
    let forgotten = async || {
        let report =
            run(&pool, &MaintenancePolicy::default(), &[task("password-failures").unwrap()], &mut |_| {}).await;
        assert_eq!(report.failed().count(), 0, "{report:?}");
        report.tasks[0].done
    };
    let_time_pass(&database, 29 * 86_400).await;
    fail_times(&pool, "later", 1, None).await;
    assert_eq!(forgotten().await, 0);
    let_time_pass(&database, 86_400).await;
    assert_eq!(forgotten().await, 1);
    execute_sql(
        &database,
        "UPDATE password_failures SET locked_until = NOW() + INTERVAL '1 hour' WHERE has_account = FALSE",
    )
    .await;
    let_time_pass(&database, 3_000).await;
    execute_sql(&database, "UPDATE password_failures SET failed_at = NOW() - INTERVAL '31 days'").await;
    assert_eq!(forgotten().await, 0, "a lock outlasts the retention");
    let_time_pass(&database, 601).await;
    assert_eq!(forgotten().await, 1);
    assert_eq!(failures(&database, "ada").await, 3);
    assert_eq!(MaintenancePolicy::default().keep_password_failures, Duration::from_hours(30 * 24));
}
