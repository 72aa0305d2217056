//! Whether the rows that nodes write are distributed over a cluster.

use tokio_postgres::Client;

use super::finding::{CheckResult, Finding};
use crate::distribution::{self, Shape};

/// Nothing, of a database on one server.
pub(super) async fn shape(client: &Client) -> CheckResult {
    Ok(match distribution::shape(client).await? {
        Shape::Plain => Vec::new(),
        shape @ Shape::Distributed { is_current: true } => {
            vec![Finding::ok(format!("the rows that nodes write are {shape}"))]
        }
        Shape::Distributed { is_current: false } => vec![Finding::problem(
            "the rows that nodes write are distributed by server, and a migration has replaced functions since",
            "run `barqnet-db distribute`: it gives them the form for clusters again",
        )],
    })
}
