//! One-time passwords: a code is sent to a phone number, verified, and exchanged for a ticket.
//!
//! ```text
//! send ──▶ code, by text message ──▶ verify ──▶ ticket ──▶ users::register_with_ticket
//!  │                                   │                   users::sign_in_with_ticket
//!  ├── RetryAfter                      ├── Invalid         users::reset_password_with_ticket
//!  ├── CountryRefused                  └── RetryAfter      users::change_phone_number_with_ticket
//!  └── Fixed (review of an app store)
//! ```
//!
//! - The database stores a MAC of the code ([`OtpKeys`]), never the code.
//! - All limits of [`OtpPolicy`] are enforced in the database, across processes and under concurrency, by row locks. Neither
//!   a new code, the maintenance nor a restart resets them. Windows slide: a limit of 5 per hour holds for any 60 minutes.
//! - A request that a limit refuses writes nothing.
//! - Accounts are not read, unless the client sends a token of an earlier sign-in. Without one, answers, rows and timing are the same
//!   whether or not a number has an account.
//! - [`send`] and [`verify`] take the pool and commit immediately, so that a rollback of the caller cannot undo the count.
//!   After an [`Error`](crate::Error) send no code, and treat the number as not verified. If the code then reaches nobody, call
//!   [`return_send`].
//!
//! # What an attacker can try
//!
//! With the defaults of [`OtpPolicy`]. A code has six digits, so one comparison succeeds with a chance of 10⁻⁶. A number can have
//! several live codes; a try is compared with all of them and counts as that many failures.
//!
//! **One number**, by all strangers together, from any number of addresses:
//!
//! | within | comparisons at most | chance |
//! |---|---|---|
//! | an hour | 20: 10 failures lock for 15 minutes, 10 more for an hour | 2 × 10⁻⁵ |
//! | a day | 30: 10 more lock for 24 hours | 3 × 10⁻⁵ |
//! | all time, until the owner signs in or an operator [unlocks](unlock()) | 80 ([`max_unknown_failures`](OtpPolicy::max_unknown_failures)) | 8 × 10⁻⁵ |
//!
//! This holds for each [`Purpose`]. For all purposes together a number gets 5 codes per hour and 10 per day, each of which is compared
//! at most 5 times: 25 comparisons per hour and 50 per day. A thief of a token can use what is left of 100 failures in a row
//! ([`max_failures`](OtpPolicy::max_failures), NIST SP 800-63B-4, 3.2.2): 10⁻⁴ with all strangers together.
//!
//! **All numbers**, by an attacker with N addresses of IPv4 (a network /48 of IPv6 allows 20 codes and 60 tries per hour, 100 and 200
//! per day):
//!
//! | within | codes at most | tries at most | comparisons at most | accounts |
//! |---|---|---|---|---|
//! | an hour | 60 N | 30 N | 150 N: a number has 5 codes | 1.5 × 10⁻⁴ N |
//! | a day | 300 N | 100 N | 500 N | 5 × 10⁻⁴ N |
//! | a day, with any N | 345,600: 240 per minute | | 1,728,000 | 1.7 |
//!
//! The last line takes 3,456 addresses and 345,600 text messages to at least 44 countries: clients that are no known device get 80 % of
//! the 300 codes per minute, and of the 10,000 codes per day of one country, which bounds one country at 0.04 accounts per day. A
//! prefix of numbers whose codes are hardly ever entered stops after 50 codes, and those of the next 5 to 10 minutes: at most 250 per
//! day ([`unverified_prefix`](OtpPolicy::unverified_prefix)). What a pumped number can cost is bounded by its 10 codes per day, verified
//! or not, and by the overall budget.
//!
//! **Keeping others out.** A stranger who knows a number can use up its 10 codes per day and lock it for strangers, but not for a
//! [known device](VerificationRequest::known_device), which has 5 codes per hour, failures and a lock of its own, and whose codes nobody
//! else can try. A code that is being typed stays valid when somebody asks for another. With codes that are not entered, one
//! network (IPv4 /32, IPv6 /48) can use at most half of what everybody shares: [`OtpPolicy::check`] refuses a policy that allows more.
//! With numbers of its own it can use more, 10 codes per day and number. A prefix can be stopped by sending more
//! than nine times as many codes to it as are entered; known devices are not stopped.
//!
//! # What a user on a bad network meets
//!
//! | what happens | what it costs |
//! |---|---|
//! | a message is late or lost | a new code after 60 s, one of 5 per hour and 10 per day; the earlier code stays valid for its 5 minutes |
//! | the answer to [`send`] is lost | nothing if the code arrives; otherwise as above |
//! | the provider fails | nothing: [`return_send`] gives it back |
//! | a code is mistyped | one of 5 tries of each live code, and one of 10 failures for each, until the number is locked for 15 minutes |
//! | the answer to [`verify`] is lost | a new code: the code is spent, and its ticket was in the answer |
//! | many people share an address | nothing as long as they enter their codes: what is verified is given back. 60 per hour and 300 per day may be open or lost |
//! | the address is IPv6 of a NAT64 gateway, of 6to4, or mapped | it counts as the address of IPv4 that it embeds |
//! | others behind the address mistype | 30 wrong codes per hour and 100 per day for all of them |
//!
//! # How uses are counted
//!
//! The limits of a number are exact moments. All other budgets are counters in buckets of 10 s, 5 min and 1 h ([`Limits`]), so that a
//! send costs the same however many there were. A budget of 600 or more is divided among up to 64 rows, each with its part of the
//! limit, so that requests do not wait for each other. A verified code is given back to address and network at once; to prefix and
//! country by a row of its own, which the next allowed request takes out of the counter: a refused one only reads it. Two processes with
//! different limits share the counters; while the number of rows changes with a limit, uses in rows beyond the lower number are
//! not counted for one window.
//!
//! During a deploy, codes that a program of the previous release has sent are verified by this one, and the reverse. Limits and
//! failures of a number are shared; the budgets are counted apart, so up to twice as many codes are possible for that time.
//!
//! The statements of this module are in `queries/otp.sql`, their functions and tables in `schema/otp.sql`.

mod budgets;
mod calling_code;
mod channel;
mod code;
mod config;
mod keys;
mod limits;
mod network;
mod policy;
mod purpose;
mod request;
mod sending;
mod ticket;
mod verification;

pub use calling_code::{CallingCode, Countries, InvalidCallingCode};
pub use channel::Channel;
pub use code::{InvalidCode, OtpCode};
pub use config::OtpConfig;
pub use keys::{InvalidKeys, OtpKeys};
pub use limits::Limits;
#[cfg(feature = "passwords")]
pub(crate) use network::Network;
pub use network::{InvalidNat64Prefix, Nat64Prefix};
pub use policy::{OtpPolicy, PolicyError, ReviewNumber, UnverifiedPrefix};
pub use purpose::Purpose;
pub use request::VerificationRequest;
pub use sending::{SendOutcome, SendReceipt, return_send, send};
pub use ticket::{InvalidTicket, Ticket};
pub use verification::{VerifyOutcome, unlock, verify};
