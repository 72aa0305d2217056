//! The command speaks TLS as the library does: the same modes, the same refusals.

use std::process::Command;

use barqnet_db_testing::{
    certificates::{Algorithm, Authority},
    servers::{PASSWORD, encrypted, plain},
};

use crate::program::{program, run};

/// `status` with a connection string, and the password where no list of processes shows it.
fn status(connection: &str) -> Command {
    let mut command = program(["status"]);
    command.env("DATABASE_URL", connection).env("PGPASSWORD", PASSWORD);
    command
}

#[tokio::test]
async fn each_refusal_is_a_distinct_error_and_nothing_falls_back_to_plain_text() {
    for algorithm in [Algorithm::Rsa, Algorithm::P256] {
        let (authority, unknown) = (Authority::new(algorithm), Authority::new(algorithm));
        let good = encrypted(&authority, &authority.server()).await;
        let expired = encrypted(&authority, &authority.expired_server()).await;
        let without = plain().await;
        let (root, unknown) = (authority.root(), unknown.root());
        let url = |host: &str, port, root: &std::path::Path| {
            let root = root.display();
            format!(
                "host={host} hostaddr=127.0.0.1 port={port} user=ada dbname=postgres sslmode=verify-full sslrootcert={root}"
            )
        };
        // Nothing is applied there, and that is what it says.
        run(&mut status(&url("localhost", good.port, &root))).ended_with(4);
        for (connection, says) in [
            (url("db.example", good.port, &root), "issued for another host name"),
            (url("localhost", good.port, &unknown), "not signed by an authority trusted here"),
            (url("localhost", expired.port, &root), "has expired"),
            (url("localhost", without.port, &root), "does not offer TLS"),
        ] {
            let finished = run(&mut status(&connection)).failed_with(3, says);
            assert!(!finished.stderr.contains(PASSWORD), "{finished:?}");
        }
    }
}
