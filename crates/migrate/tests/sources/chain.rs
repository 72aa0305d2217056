//! One run applies the migrations of several sources.

use barqnet_db_migrate::{Conflict, Error, MigrateOptions, Migrations, State, migrate, migrate_with, plan, status};
use barqnet_db_testing::TestDatabase;

use crate::{
    round_trips::CountingServer,
    support::{app, chain, file, names, shop, source, table, tables},
};

async fn text(database: &TestDatabase, sql: &str) -> String {
    database.client().await.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn one_run_applies_the_crates_migrations_and_then_the_services() {
    let database = TestDatabase::empty().await;
    let all = chain(&["V1__items", "V2__orders"], &["V1__tickets", "V2__labels"]);
    let planned = plan(&database.settings(), &all).await.unwrap();
    let in_order = ["shop/V1__items", "shop/V2__orders", "app/V1__tickets", "app/V2__labels"];
    assert_eq!(planned.pending.iter().map(ToString::to_string).collect::<Vec<_>>(), in_order);
    assert_eq!(all.names().collect::<Vec<_>>(), in_order);
    assert_eq!(names(&migrate(&database.settings(), &all).await.unwrap()), in_order);
    assert!(migrate(&database.settings(), &all).await.unwrap().is_empty());
    let applied = status(&database.settings(), &all).await.unwrap();
    assert_eq!(names(&applied), in_order);
    assert!(applied.iter().all(|migration| migration.known && migration.applied_at.is_some()));
    let histories = "SELECT (SELECT STRING_AGG(name, ' ' ORDER BY version) FROM schema_migrations) || '; '
                         || (SELECT STRING_AGG(name, ' ' ORDER BY version) FROM schema_migrations_app)";
    assert_eq!(text(&database, histories).await, "items orders; tickets labels");
}

#[tokio::test]
async fn a_start_with_nothing_to_do_costs_one_round_trip_whatever_the_number_of_sources() {
    let database = TestDatabase::empty().await;
    let all = chain(&["V1__items"], &["V1__tickets"]).then(tables(&["V1__plugs"]).named("plug_in")).unwrap();
    migrate(&database.settings(), &all).await.unwrap();
    let server = CountingServer::before(&database);
    server.settings().connect_client().await.unwrap();
    let to_connect = server.asked();
    assert!(migrate(&server.settings(), &all).await.unwrap().is_empty());
    assert_eq!(server.asked(), to_connect + 1);
}

#[tokio::test]
async fn a_start_with_nothing_to_do_needs_the_right_to_read_the_histories_and_no_other() {
    let database = TestDatabase::empty().await;
    let all = chain(&["V1__items"], &["V1__tickets"]);
    migrate(&database.settings(), &all).await.unwrap();
    let role = format!("{}_service", database.name());
    let client = database.client().await;
    let setup = format!(
        "CREATE ROLE {role} LOGIN; GRANT SELECT ON schema_migrations, schema_migrations_app TO {role};
         REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    );
    client.batch_execute(&setup).await.unwrap();
    assert!(migrate(&database.settings().user(&role), &all).await.unwrap().is_empty());
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_32_processes_that_start_at_once_each_migration_is_applied_by_one() {
    let database = TestDatabase::empty().await;
    let (of_shop, of_app) = (["V1__items", "V2__orders", "V3__prices"], ["V1__tickets", "V2__labels"]);
    let runs: Vec<_> = (0..32)
        .map(|_| {
            let settings = database.settings();
            tokio::spawn(async move { names(&migrate(&settings, &chain(&of_shop, &of_app)).await.unwrap()) })
        })
        .collect();
    let mut applied = Vec::new();
    for run in runs {
        applied.extend(run.await.unwrap());
    }
    assert_eq!(applied, ["shop/V1__items", "shop/V2__orders", "shop/V3__prices", "app/V1__tickets", "app/V2__labels"]);
}

#[tokio::test]
async fn a_source_can_be_added_to_a_database_that_has_the_other() {
    for first in [shop(&["V1__items"]), app(&["V1__tickets"])] {
        let database = TestDatabase::empty().await;
        migrate(&database.settings(), &first).await.unwrap();
        let all = chain(&["V1__items"], &["V1__tickets"]);
        assert_eq!(migrate(&database.settings(), &all).await.unwrap().len(), 1);
        assert_eq!(plan(&database.settings(), &all).await.unwrap().state(), State::UpToDate);
    }
}

#[tokio::test]
async fn a_history_that_refinerys_own_runner_wrote_is_taken_over() {
    let database = TestDatabase::empty().await;
    let sql = table("V1__tickets").1;
    let mut runner = refinery::Runner::new(&[refinery::Migration::unapplied("V1__tickets", &sql).unwrap()]);
    runner.set_migration_table_name("refinery_schema_history");
    runner.run_async(&mut database.client().await).await.unwrap();
    let of_app = app(&["V1__tickets", "V2__labels"]).with_history_table("refinery_schema_history");
    let all = shop(&["V1__items"]).then(of_app).unwrap();
    assert_eq!(names(&migrate(&database.settings(), &all).await.unwrap()), ["shop/V1__items", "app/V2__labels"]);
    let history = "SELECT STRING_AGG(name, ' ' ORDER BY version) FROM refinery_schema_history";
    assert_eq!(text(&database, history).await, "tickets labels");
}

#[tokio::test]
async fn during_a_rolling_deploy_older_programs_start_whichever_source_is_ahead() {
    let (old_shop, new_shop) = (&["V1__items"], &["V1__items", "V2__orders"]);
    let (old_app, new_app) = (&["V1__tickets"], &["V1__tickets", "V2__labels"]);
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &chain(old_shop, old_app)).await.unwrap();

    // An old service with a new crate, then the reverse.
    assert_eq!(names(&migrate(&settings, &chain(new_shop, old_app)).await.unwrap()), ["shop/V2__orders"]);
    assert_eq!(names(&migrate(&settings, &chain(old_shop, new_app)).await.unwrap()), ["app/V2__labels"]);
    for (all, ahead) in [
        (chain(old_shop, old_app), vec!["shop/V2__orders", "app/V2__labels"]),
        (chain(new_shop, old_app), vec!["app/V2__labels"]),
        (chain(old_shop, new_app), vec!["shop/V2__orders"]),
    ] {
        assert!(migrate(&settings, &all).await.unwrap().is_empty());
        let seen = plan(&settings, &all).await.unwrap();
        assert_eq!(seen.state(), State::Ahead);
        let newer: Vec<String> = seen
            .conflicts
            .iter()
            .flat_map(|conflict| match conflict {
                Conflict::Ahead { source: Some(_), newer, .. } => newer.clone(),
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(newer, ahead);
    }
}

#[tokio::test]
async fn what_contradicts_a_history_names_its_source_and_stops_the_whole_run() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &chain(&["V1__items"], &["V1__tickets", "V3__labels"])).await.unwrap();
    let late = chain(&["V1__items", "V2__orders"], &["V1__tickets", "V2__late", "V3__labels"]);
    let error = migrate(&settings, &late).await.unwrap_err();
    let expected = "nothing was changed: app/V2__late is pending, but version 3 of app, which is newer, is already applied; \
                    give it a version above 3";
    assert_eq!(error.to_string(), expected);
    let edited =
        shop(&["V1__items"]).then(source(&[file("V1__tickets", "SELECT 1"), table("V3__labels")]).named("app"));
    let error = migrate(&settings, &edited.unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("app/V1__tickets was edited after it was applied"), "{error}");
    assert!(text(&database, "SELECT COALESCE(TO_REGCLASS('orders')::TEXT, 'none')").await == "none");
}

#[tokio::test]
async fn a_minimum_version_holds_for_its_own_source() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    let floor = file("V2__labels", "-- Labels.\n-- barqnet: min-version 2\nCREATE TABLE labels ();");
    let newer = shop(&["V1__items"]).then(source(&[table("V1__tickets"), floor]).named("app")).unwrap();
    migrate(&settings, &newer).await.unwrap();
    let error = migrate(&settings, &chain(&["V1__items"], &["V1__tickets"])).await.unwrap_err();
    let expected = "it knows versions of app up to 1, and the database requires version 2 or later";
    assert!(error.to_string().contains(expected), "{error}");
    // A program without that source has nothing to do with it.
    assert!(migrate(&settings, &shop(&["V1__items"])).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_failure_names_source_file_line_and_what_stays() {
    let database = TestDatabase::empty().await;
    let broken = source(&[file("V1__tickets", "-- Tickets.\nCREATE TABLE tickets ();\nSELECT nothing;")]).named("app");
    let all = shop(&["V1__items"]).then(broken).unwrap();
    let error = migrate(&database.settings(), &all).await.unwrap_err().to_string();
    assert!(error.starts_with("app/V1__tickets.sql:3:8 failed and was rolled back: "), "{error}");
    assert!(error.ends_with("; applied before it: shop/V1__items"), "{error}");
}

#[test]
fn a_chain_whose_sources_cannot_be_told_apart_is_refused() {
    let refused = |all: Result<Migrations, Error>| all.unwrap_err().to_string();
    let problem = refused(app(&["V1__items"]).then(app(&["V1__tickets"])));
    assert!(problem.contains("two sources of migrations are called app"), "{problem}");
    let same_table = tables(&["V1__tickets"]).named("app").with_history_table("schema_migrations");
    let problem = refused(shop(&["V1__items"]).then(same_table));
    assert!(problem.contains("shop and app have one history, the table schema_migrations"), "{problem}");
    for bad in ["App", "my-app", "", "a b", &"a".repeat(50)] {
        let problem = refused(shop(&["V1__items"]).then(tables(&["V1__tickets"]).named(bad)));
        assert!(problem.contains("is no name for a "), "{bad}: {problem}");
    }
}

fn requiring(version: i32) -> Migrations {
    let sql = format!(
        "-- Tickets.\n-- barqnet: requires shop {version}\nCREATE TABLE tickets ();\n/* rollback\nDROP TABLE tickets;\n*/"
    );
    source(&[file("V1__tickets", &sql)]).named("app")
}

#[tokio::test]
async fn a_required_migration_that_the_chain_lacks_is_refused_before_anything_runs() {
    let of_shop = || shop(&["V1__items", "V2__orders"]);
    assert!(of_shop().then(requiring(2)).is_ok());
    let error = of_shop().then(requiring(3)).unwrap_err().to_string();
    let expected = "nothing was changed: app/V1__tickets requires V3 of shop, and this build has shop V1 to V2 only: use a newer \
                    release of shop";
    assert_eq!(error, expected);
    let error = requiring(2).then(of_shop()).unwrap_err().to_string();
    assert!(error.contains("this build has no such source before it: add it to the chain"), "{error}");

    let database = TestDatabase::empty().await;
    let error = migrate(&database.settings(), &requiring(2)).await.unwrap_err().to_string();
    assert!(error.contains("V1__tickets requires V2 of shop"), "{error}");
    let made = "SELECT COUNT(*)::TEXT FROM pg_class WHERE relnamespace = 'public'::REGNAMESPACE";
    assert_eq!(text(&database, made).await, "0");
}

#[tokio::test]
async fn a_run_stops_behind_the_version_that_it_is_given() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    let all = shop(&["V1__items", "V2__orders"]).then(app(&["V1__tickets", "V2__labels"])).unwrap();
    let all = all.then(tables(&["V1__plugs"]).named("plug_in")).unwrap();
    let to = |target: (&str, i32)| MigrateOptions { to: Some(target.into()), ..MigrateOptions::default() };
    assert_eq!(names(&migrate_with(&settings, &all, &to(("shop", 1))).await.unwrap()), ["shop/V1__items"]);
    assert_eq!(names(&migrate_with(&settings, &all, &to(("app", 0))).await.unwrap()), ["shop/V2__orders"]);
    assert_eq!(names(&migrate_with(&settings, &all, &to(("app", 1))).await.unwrap()), ["app/V1__tickets"]);
    assert!(migrate_with(&settings, &all, &to(("shop", 1))).await.unwrap().is_empty());
    let unknown = migrate_with(&settings, &all, &to(("app", 7))).await.unwrap_err().to_string();
    assert!(unknown.contains("there is no migration app/V7: this build has shop V1 to V2, app V1 to V2"), "{unknown}");
    assert!(
        migrate_with(&settings, &all, &to(("other", 1))).await.unwrap_err().to_string().contains("no source other")
    );
    assert_eq!(names(&migrate(&settings, &all).await.unwrap()), ["app/V2__labels", "plug_in/V1__plugs"]);
}
