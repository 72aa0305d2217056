//! Delivery of one-time passwords.

use barqnet_db::{PhoneNumber, otp::OtpCode};

/// Delivers codes.
///
/// An implementation must return at once: put the message on a queue. If it waited for the SMS provider, the response time
/// would reveal whether the provider knows the number, and a slow provider would delay requests.
pub trait CodeSender: Send + Sync {
    /// Queues the delivery of `code` to `phone_number`.
    fn send(&self, phone_number: &PhoneNumber, code: &OtpCode);
}

/// Writes codes to the log. For development only: everyone who reads the log can sign in as any user.
#[derive(Clone, Copy, Debug)]
pub struct DevelopmentLog;

impl CodeSender for DevelopmentLog {
    fn send(&self, phone_number: &PhoneNumber, code: &OtpCode) {
        tracing::warn!(?phone_number, code = code.expose(), "one-time password in the log: for development only");
    }
}
