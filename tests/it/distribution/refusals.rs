//! What is not distributed, and stays as it is.

use barqnet_db::{
    distribution::{Error, Refusal, Shape, distribute, plan, shape},
    embedded,
};
use barqnet_db_testing::TestDatabase;

use crate::common::migrated_database;

#[tokio::test]
async fn a_server_without_citus_is_refused_with_what_to_do() {
    if barqnet_db_testing::cluster::has_cluster() {
        return;
    }
    let database = migrated_database().await;
    let found = plan(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_eq!((found.shape, found.refusals.as_slice()), (Shape::Plain, &[Refusal::NoCitus][..]));
    let refused = distribute(&database.settings(), &embedded::migrations()).await.unwrap_err();
    assert!(matches!(&refused, Error::Refused(why) if *why == [Refusal::NoCitus]), "{refused}");
    assert!(refused.to_string().contains("CREATE EXTENSION citus"), "{refused}");
    assert_eq!(shape(&database.client().await).await.unwrap(), Shape::Plain);
}

#[tokio::test]
async fn a_database_without_the_migrations_is_refused() {
    let database = TestDatabase::empty().await;
    let found = plan(&database.settings(), &embedded::migrations()).await.unwrap();
    let pending = |refusal: &Refusal| matches!(refusal, Refusal::Migrations(text) if text.contains("migrate first"));
    assert!(found.refusals.iter().any(pending), "{found}");
}
