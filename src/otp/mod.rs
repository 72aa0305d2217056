//! One-time passwords: a code is sent to a phone number, verified, and exchanged for a ticket.
//!
//! ```text
//! send ──▶ code, by text message ──▶ verify ──▶ ticket ──▶ users::register_with_ticket
//!  │                                   │                   users::sign_in_with_ticket
//!  └── RetryAfter                      ├── Invalid         users::reset_password_with_ticket
//!                                      └── RetryAfter      users::change_phone_number_with_ticket
//! ```
//!
//! - The database stores a MAC of the code ([`OtpKeys`]), never the code.
//! - All limits of [`OtpPolicy`] are enforced in the database, across processes and under concurrency, by row locks. Neither
//!   a new code, the maintenance nor a restart resets them. Windows slide: a limit of 5 per hour holds for any 60 minutes.
//! - Accounts are not read. Answers, rows and timing are the same whether or not a number has an account.
//! - [`send`] and [`verify`] take the pool and commit immediately, so that a rollback of the caller cannot undo the count.
//!   After an [`Error`](crate::Error) send no code, and treat the number as not verified.
//!
//! The statements of this module are in `queries/otp.sql`, their functions and tables in `schema/otp.sql`.

mod code;
mod config;
mod keys;
mod policy;
mod purpose;
mod ticket;
mod verification;

pub use code::{InvalidCode, OtpCode};
pub use config::OtpConfig;
pub use keys::{InvalidKeys, OtpKeys};
pub use policy::{Budget, OtpPolicy};
pub use purpose::Purpose;
pub use ticket::{InvalidTicket, Ticket};
pub use verification::{SendOutcome, VerificationRequest, VerifyOutcome, send, unlock, verify};
