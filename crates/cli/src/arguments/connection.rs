//! The flags that say which database.
#![expect(clippy::doc_markdown, reason = "the comments on flags are the help text, where backticks would show")]

use barqnet_db::pool::SslMode;
use clap::Args;

use super::values::{Password, ssl_mode};

/// How to reach the database; a flag that is not given is read from the environment.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionFlags {
    /// All of it, such as postgres://user@host:5432/dbname, in place of DATABASE_URL. Not with a password: every user of
    /// the machine can read command lines.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database_url: Option<Password>,
    /// Server's name or address, or the folder of its socket.
    #[arg(long, global = true)]
    pub(crate) host: Option<String>,
    /// Server's port.
    #[arg(long, global = true, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Read on a replica, for commands that change nothing: on HOST, or else on that of PGREPLICAHOST or of replica_host in the
    /// URL. What it shows can be older than on the primary; `doctor --replica` says by how much.
    #[arg(long, global = true, value_name = "HOST[:PORT]", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) replica: Option<String>,
    /// User (role) to log in as.
    #[arg(long, global = true)]
    pub(crate) user: Option<String>,
    /// Password, for old scripts only: every user of the machine can read command lines. Prefer PGPASSWORD, ~/.pgpass or
    /// DATABASE_URL.
    #[arg(long, global = true)]
    pub(crate) password: Option<Password>,
    /// Database name.
    #[arg(long, global = true)]
    pub(crate) dbname: Option<String>,
    /// Encryption: disable, allow, prefer, require, verify-ca or verify-full.
    #[arg(long, global = true, value_name = "MODE", value_parser = ssl_mode)]
    pub(crate) sslmode: Option<SslMode>,
}
