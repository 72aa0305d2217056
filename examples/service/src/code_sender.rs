//! Delivery of one-time passwords.

use barqnet_db::{
    PhoneNumber,
    otp::{Channel, OtpCode},
};

/// Delivers codes.
///
/// An implementation must return at once: put the message on a queue. If it waited for the SMS provider, the response time
/// would reveal whether the provider knows the number, and a slow provider would delay requests.
pub trait CodeSender: Send + Sync {
    /// Queues the delivery of `code` to `phone_number`. An error takes the code back, so that the number is not charged for it. If
    /// the provider fails later, do the same with the receipt: `barqnet_db::otp::return_send`.
    fn send(&self, phone_number: &PhoneNumber, channel: Channel, code: &OtpCode) -> Result<(), NotQueued>;
}

/// The message was not queued, because the queue is full or the provider is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message with the code was not queued")]
pub struct NotQueued;

/// Writes codes to the log. For development only: everyone who reads the log can sign in as any user.
#[derive(Clone, Copy, Debug)]
pub struct DevelopmentLog;

impl CodeSender for DevelopmentLog {
    fn send(&self, phone_number: &PhoneNumber, channel: Channel, code: &OtpCode) -> Result<(), NotQueued> {
        tracing::warn!(?phone_number, %channel, code = code.expose(), "one-time password in the log: for development only");
        Ok(())
    }
}
