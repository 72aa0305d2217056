//! Spreads the rows that nodes write over the workers of a Citus cluster, by server.
//!
//! ```no_run
//! # async fn spread() -> Result<(), Box<dyn std::error::Error>> {
//! use barqnet_db::{distribution, embedded, migrate::migrate, pool::Settings};
//!
//! let settings = Settings::from_env()?;
//! migrate(&settings, &embedded::migrations()).await?;
//! let plan = distribution::plan(&settings, &embedded::migrations()).await?;
//! println!("{plan}");
//! distribution::distribute(&settings, &embedded::migrations()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Accounts, sessions, codes, servers and locations stay on the coordinator, to which services connect as before: no statement
//! and no function of this crate differs. docs/distribution.md says what it brings and what it costs.
//!
//! A migration that defines a function again replaces its form for clusters; [`migrate`](crate::migrate) puts that back in the same
//! transaction.

mod error;
mod forms;
mod plan;
mod refusal;
mod run;

pub use error::Error;
pub use forms::ClusterForms;
pub use plan::{Plan, Shape, Table, plan, shape};
pub use refusal::Refusal;
pub use run::distribute;

/// The tables that are distributed, all by `server_id` and co-located. The first one is what the others are co-located with.
pub const TABLES: [&str; 8] = [
    "server_status",
    "vpn_connections",
    "vpn_statistics",
    "vpn_statistics_archive",
    "usage_hourly",
    "usage_daily",
    "usage_totals",
    "usage_by_server",
];

/// The shards of each table, and so the most workers that share its rows. More of them make every statement over all servers dearer.
pub const SHARDS: u32 = 8;
