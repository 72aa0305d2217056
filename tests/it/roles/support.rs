//! Accounts with roles.

use barqnet_db::{
    client::GenericClient,
    pool::Pool,
    queries::users,
    roles::{Actor, Role, as_actor},
};
use barqnet_db_testing::TestDatabase;

use crate::common::{execute_sql, text_rows, user};

/// An account with the role, named after it.
pub(super) async fn with_role(client: &impl GenericClient, role: Role) -> i64 {
    let id = user(client, role.as_str()).await;
    users::set_role().bind(client, &role, &id).await.expect("an account");
    id
}

/// An account that another one has created.
pub(super) async fn created_by(database: &TestDatabase, client: &impl GenericClient, name: &str, by: &str) -> i64 {
    let id = user(client, name).await;
    execute_sql(database, &format!("UPDATE users SET created_by = '{by}' WHERE id = {id}")).await;
    id
}

pub(super) fn acts(pool: &Pool, user_id: i64) -> Actor<'_> {
    as_actor(pool, user_id, Some([192, 0, 2, 7].into()), "console")
}

/// Action, actor, address, service, name of the subject, and details of each entry.
pub(super) async fn trail(database: &TestDatabase) -> Vec<String> {
    let entries = "SELECT CONCAT_WS(' ', a.action, a.username, HOST(a.ip_address), a.server_id, COALESCE(u.username, '-'), a.details)
                   FROM audit_log a LEFT JOIN users u ON u.id = a.subject_id ORDER BY a.id";
    text_rows(&database.client().await, entries).await
}
