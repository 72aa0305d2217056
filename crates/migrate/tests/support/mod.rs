//! Folders of migrations, and databases.

use std::fs;

use barqnet_db_client::pool::Settings;
use barqnet_db_migrate::Migrations;
use barqnet_db_throwaway::Server;
use tokio_postgres::Client;

pub(crate) fn migrations(files: &[(&str, &str)]) -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in files {
        fs::write(folder.path().join(name), sql).unwrap();
    }
    Migrations::from_folder(folder.path()).unwrap()
}

/// A database on a server that ends with the first value.
pub(crate) async fn database(server: &Server, name: &str) -> (Settings, Client) {
    let settings = |name: &str| Settings::from_url(&server.url(name)).unwrap();
    let (client, _) = settings("postgres").connect_client().await.unwrap();
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (client, _) = settings(name).connect_client().await.unwrap();
    (settings(name), client)
}
