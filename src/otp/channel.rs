//! The channels by which codes are sent.

use crate::text_enum::text_enum;

text_enum! {
    /// The channel by which a code is sent. It is recorded in the report on codes; no limit depends on it.
    pub enum Channel, "channel of a one-time password" {
        /// A text message.
        Sms = "sms",
        /// A message in `WhatsApp`.
        WhatsApp = "whatsapp",
        /// A telephone call.
        Voice = "voice",
        /// An email.
        Email = "email",
    }
}
