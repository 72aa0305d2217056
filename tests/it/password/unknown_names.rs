//! Names without an account cost and answer the same as names with one.

use super::support::{account, fail, let_time_pass};
use crate::common::migrated_database;

#[cfg(feature = "metrics")]
#[tokio::test]
async fn a_name_without_an_account_takes_the_rounds_and_statements_of_one_with_an_account() {
    use metrics_util::debugging::DebuggingRecorder;

    use super::support::{WRONG, of, sign_in_at_cost};
    use crate::common::{counted::Counted, spans::Recorder, user};

    let database = migrated_database().await;
    let pool = database.pool().await;
    account(&pool, "ada").await;
    user(&pool.get().await.unwrap(), "without-password").await;
    let long = "a".repeat(73);
    for (username, password) in [
        ("ada", WRONG),
        ("nobody", WRONG),
        ("without-password", WRONG),
        ("ada", &long),
        ("nobody", &long),
        ("nobody", ""),
    ] {
        let (recorder, spans) = (DebuggingRecorder::new(), Recorder::default());
        let snapshotter = recorder.snapshotter();
        let _counting = ::metrics::set_default_local_recorder(&recorder);
        let _watching = tracing::subscriber::set_default(spans.clone());
        // The hash of ada's password is of an older cost.
        sign_in_at_cost(&pool, &of(username, password), 11).await.unwrap();
        let counted = Counted::take(&snapshotter);
        counted.assert(&[
            ("barqnet_db.passwords.rounds{}", 2048.0),
            ("barqnet_db.passwords.sign_ins{outcome=wrong}", 1.0),
        ]);
        assert_eq!(spans.spans("password.try_password").len(), 1, "{username}");
        assert_eq!(spans.statements(), 1, "{username}");
    }
}

#[tokio::test]
async fn a_name_without_an_account_is_locked_and_closed_like_one_with_an_account() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    account(&pool, "ada").await;
    for number in 1..=100 {
        if number % 10 == 1 {
            let_time_pass(&database, 86_400).await;
        }
        let answers = [fail(&pool, "ada", None, None).await, fail(&pool, "nobody", None, None).await];
        let limits = answers.map(|answer| answer.map(|(limit, _)| limit));
        assert_eq!(limits[0], limits[1], "{number}");
        assert_eq!(limits[0].as_deref(), (number > 80).then_some("closed"), "{number}");
    }
}
