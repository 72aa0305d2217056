//! Databases that are made for one purpose.

use barqnet_db::{
    client::ScratchDatabase,
    pool::{self, Settings},
};
use barqnet_db_throwaway::Options;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_scratch_database_is_dropped_although_others_keep_connecting_to_it() {
    let server = Options::default().start().expect("PostgreSQL is installed");
    let settings = Settings::from_url(&server.url("postgres")).unwrap();
    let (client, _) = settings.connect_client().await.unwrap();
    for _ in 0..5 {
        let database = ScratchDatabase::new("scratch");
        database.create(&client, "template1").await.unwrap();
        let there = settings.clone().dbname(database.name());
        let guests: Vec<_> = (0..4)
            .map(|_| {
                let there = there.clone();
                tokio::spawn(async move { while pool::connect_one(there.clone()).await.is_ok() {} })
            })
            .collect();
        database.remove(&client).await.unwrap();
        for guest in guests {
            guest.await.unwrap();
        }
    }
}
