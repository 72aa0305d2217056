//! The client: its pool, prepared statements and TLS.

mod abandoned;
mod changed_schema;
mod lanes;
#[cfg(feature = "metrics")]
mod metrics;
mod pool;
mod poolers;
mod read_only;
mod retries;
mod scratch_database;
mod spans;
mod statement_cache;
mod streams;
#[cfg(feature = "tls")]
mod tls;
mod transactions;
