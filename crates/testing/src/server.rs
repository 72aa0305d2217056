//! The server that the test databases are on.

use std::{env, sync::OnceLock};

use barqnet_db_client::{
    error_text::in_full,
    pool::Settings,
    tokio_postgres::{self, Client},
};
use barqnet_db_throwaway::{Options, Server};

use crate::cluster;

/// A URL for a database of the test server.
#[must_use]
pub fn server_url(database: &str) -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    if let Ok(url) = env::var("BARQNET_TEST_SERVER") {
        return with_database(&url, database);
    }
    if let Some(coordinator) = cluster::nodes().first() {
        return with_database(coordinator, database);
    }
    // A static is never dropped; the server ends with the process all the same.
    SERVER.get_or_init(|| Options::for_tests().start().expect("PostgreSQL is installed")).url(database)
}

/// The URL with another database in its path.
pub(crate) fn with_database(url: &str, database: &str) -> String {
    let (address, parameters) = match url.find('?') {
        Some(at) => url.split_at(at),
        None => (url, ""),
    };
    let host = address.find("://").map_or(0, |at| at + "://".len());
    let end = address[host..].find('/').map_or(address.len(), |slash| host + slash);
    format!("{}/{database}{parameters}", &address[..end])
}

pub(crate) fn settings(database: &str) -> Settings {
    Settings::from_url(&server_url(database)).expect("the server's URL is well formed")
}

/// A connection for statements that may take their time.
pub(crate) async fn connect(database: &str) -> Client {
    settings(database).statement_timeout(None).connect_client().await.expect("the test server answers").0
}

/// The same, on another server.
pub(crate) async fn connect_to(server: &str, database: &str) -> Client {
    let settings = Settings::from_url(&with_database(server, database)).expect("the server's URL is well formed");
    settings.statement_timeout(None).connect_client().await.expect("the server answers").0
}

pub(crate) async fn execute(client: &Client, statement: &str) {
    done(statement, client.batch_execute(statement).await);
}

/// Such as 150018 for 15.18.
pub(crate) async fn server_version(client: &Client) -> i32 {
    let version = "SELECT CURRENT_SETTING('server_version_num')::INTEGER";
    done(version, client.query_one(version, &[]).await).get(0)
}

/// The result, or a panic with everything that PostgreSQL said.
pub(crate) fn done<T>(what: &str, result: Result<T, tokio_postgres::Error>) -> T {
    result.unwrap_or_else(|error| panic!("{what}: {}", in_full(&error)))
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn only_the_database_of_a_url_is_replaced() {
        for (url, expected) in [
            ("postgresql:///postgres?host=/tmp/pg&user=ada", "postgresql:///test?host=/tmp/pg&user=ada"),
            ("postgres://ada:pw@db.example:5433/postgres", "postgres://ada:pw@db.example:5433/test"),
            ("postgres://db.example", "postgres://db.example/test"),
            ("postgres://db.example?sslrootcert=/etc/ca.pem", "postgres://db.example/test?sslrootcert=/etc/ca.pem"),
        ] {
            assert_eq!(with_database(url, "test"), expected);
        }
    }
}
