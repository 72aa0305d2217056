//! The purposes of one-time passwords.

use crate::text_enum::text_enum;

text_enum! {
    /// The purpose of a code. Codes, failures and tickets are counted per purpose; the limits for sending apply to all
    /// purposes together.
    pub enum Purpose, "purpose of a one-time password" {
        /// To sign in, or to register if the number has no account; the client need not know which.
        SignIn = "sign_in",
        /// To set a new password.
        PasswordReset = "password_reset",
        /// To make this the phone number of an existing account.
        PhoneChange = "phone_change",
    }
}
