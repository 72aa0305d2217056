//! Runs every generated statement: the one place that talks to PostgreSQL.
//!
//! A [`GenericClient`] is whatever a statement can run on: a client from the pool, a single
//! [`Connection`](crate::pool::Connection), a transaction on either. On all of them a statement is prepared once a
//! connection, writes and transactions included, and runs in a [`tracing`] span that carries its name and never its
//! parameters. Outside a transaction a statement whose prepared form a migration has made useless is prepared anew.

mod error;
mod execute;
mod parameters;
mod row;

/// What only generated code calls.
#[doc(hidden)]
pub mod generated {
    pub use super::{
        execute::{one, opt, raw},
        parameters::slice_iter,
    };
}

pub use error::Error;
pub use execute::{GenericClient, Statement};
pub use parameters::{ArraySql, BytesSql, Params, StringSql};
pub use row::Row;
