//! Whether the rows that nodes write are distributed over a cluster.

use tokio_postgres::Client;

use super::finding::{CheckResult, Finding};
use crate::distribution::{self, Shape};

/// Nothing, of a database on one server.
pub(super) async fn shape(client: &Client, is_ahead: bool) -> CheckResult {
    Ok(match distribution::shape(client).await?.seen_by(is_ahead) {
        Shape::Plain => Vec::new(),
        shape @ Shape::Distributed { is_current: true } => {
            vec![Finding::ok(format!("the rows that nodes write are {shape}"))]
        }
        Shape::Distributed { is_current: false } => vec![Finding::problem(
            "the rows that nodes write are distributed by server, and functions lack the form for clusters",
            "run `barqnet-db migrate`: it gives them that form",
        )],
    })
}
