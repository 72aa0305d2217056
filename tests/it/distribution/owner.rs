//! A role that owns the tables, and is no superuser.

use barqnet_db::{
    distribution::{Error, Refusal, Shape, distribute, plan, shape},
    embedded,
    migrate::{Drift, drift, migrate},
    pool,
    queries::{usage, users},
};
use barqnet_db_testing::{
    TestDatabase,
    cluster::{drop_role, require_cluster},
};

use crate::common::{close, connection, send_heartbeat, user};

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn a_role_that_owns_the_tables_distributes_migrates_and_serves_nodes() {
    require_cluster();
    let database = TestDatabase::on_cluster().await;
    let (role, migrations) = (format!("{}_owner", database.name()), embedded::migrations());
    let superuser = database.client().await;
    // Only here, as by a session that does not pass it on.
    superuser
        .batch_execute(&format!(
            "SET citus.enable_create_role_propagation = off; SET citus.enable_ddl_propagation = off;
             CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role}"
        ))
        .await
        .unwrap();
    let settings = database.settings().user(&role);
    migrate(&settings, &migrations).await.unwrap();

    let refused = plan(&settings, &migrations).await.unwrap();
    let can_not_log_in =
        |refusal: &Refusal| matches!(refusal, Refusal::Worker { role: of, problem: Some(_), .. } if *of == role);
    assert!(refused.refusals.len() == 2 && refused.refusals.iter().all(can_not_log_in), "{refused}");
    let on_workers = |sql: &str| format!("SELECT run_command_on_workers('{sql}')");
    superuser.query(&on_workers(&format!("CREATE ROLE {role} LOGIN")), &[]).await.unwrap();
    let Error::Refused(refused) = distribute(&settings, &migrations).await.unwrap_err() else {
        panic!("it is refused")
    };
    let may_not_create = |refusal: &Refusal| matches!(refusal, Refusal::Worker { problem: None, .. });
    assert!(refused.len() == 2 && refused.iter().all(may_not_create), "{refused:?}");
    assert!(refused[0].to_string().contains("GRANT CREATE ON SCHEMA"), "{}", refused[0]);
    superuser.query(&on_workers(&format!("GRANT CREATE ON SCHEMA public TO {role}")), &[]).await.unwrap();

    distribute(&settings, &migrations).await.unwrap();
    let pool = pool::connect(settings.clone()).await.unwrap();
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 1), (10, 20)).await.applied, [id]);
    assert!(close(&client, "node-1", id, Some((30, 40))).await.is_some());
    let rename = "UPDATE users SET username = 'eve' WHERE username = 'ada'";
    assert_eq!(client.execute(rename, &[]).await.unwrap(), 1);
    assert!(users::by_username().bind(&client, &"eve").opt().await.unwrap().is_some());
    assert_eq!(usage::user_summary().bind(&client, &"eve").one().await.unwrap().total_bytes_in, 30);

    // The next run of the program puts back what was replaced.
    let first_form = "CREATE OR REPLACE FUNCTION account_exists(name TEXT) RETURNS BOOLEAN LANGUAGE SQL VOLATILE
                      AS $$ SELECT EXISTS (SELECT FROM users WHERE username = name) $$";
    client.batch_execute(first_form).await.unwrap();
    let seen = database.client().await;
    assert_eq!(shape(&seen).await.unwrap(), Shape::Distributed { is_current: false });
    migrate(&settings, &migrations).await.unwrap();
    assert_eq!(shape(&seen).await.unwrap(), Shape::Distributed { is_current: true });
    assert_eq!(drift(&seen).await.unwrap(), Drift::None);
    drop((client, pool, seen, superuser, database));
    drop_role(&role).await;
}
