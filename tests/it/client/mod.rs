//! Connections and statements: the pool, prepared statements, TLS.

mod pool;
mod statement_cache;
#[cfg(feature = "tls")]
mod tls;
