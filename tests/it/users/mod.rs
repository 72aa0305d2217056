//! User accounts.

mod accounts;
