//! The name of the running program, which messages and help texts use.

use std::sync::OnceLock;

static NAME: OnceLock<&str> = OnceLock::new();

/// Sets the name; the first one stays.
pub(crate) fn set_name(name: &'static str) {
    let _ = NAME.set(name);
}

/// Such as `barqnet-db`.
pub(crate) fn name() -> &'static str {
    NAME.get().copied().unwrap_or("barqnet-db")
}
