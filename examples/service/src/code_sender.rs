//! How a one-time password reaches its phone.

use barqnet_db::{PhoneNumber, otp::OtpCode};

/// Hands a code over for delivery.
///
/// It must return at once: put the message on your SMS provider's queue. If it waited, the time an answer takes would
/// tell whether the provider knows the number, and a slow provider would hold up requests.
pub trait CodeSender: Send + Sync {
    /// Takes over the delivery of `code` to `phone_number`.
    fn send(&self, phone_number: &PhoneNumber, code: &OtpCode);
}

/// Writes codes to the log, where whoever can read the log can sign in as anyone: for development only.
#[derive(Clone, Copy, Debug)]
pub struct DevelopmentLog;

impl CodeSender for DevelopmentLog {
    fn send(&self, phone_number: &PhoneNumber, code: &OtpCode) {
        tracing::warn!(?phone_number, code = code.expose(), "one-time password in the log: for development only");
    }
}
