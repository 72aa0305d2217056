//! The client: its pool, prepared statements and TLS.

mod pool;
mod statement_cache;
#[cfg(feature = "tls")]
mod tls;
