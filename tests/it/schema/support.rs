//! Reading the catalogue.

use barqnet_db::tokio_postgres::Client;

pub(super) async fn lines(client: &Client, query: &str) -> Vec<String> {
    client.query(query, &[]).await.expect("a query of the catalogue").iter().map(|row| row.get(0)).collect()
}
