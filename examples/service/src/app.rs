//! What every handler can use.

use std::sync::Arc;

use barqnet_db::{
    otp::{OtpConfig, OtpKeys},
    password::{PasswordLimits, PasswordPolicy},
    pool::{Client, Pool},
    sessions::{SessionPolicy, TokenHash},
};

use crate::{code_sender::CodeSender, error::ApiError, metrics};

/// The state that every handler can use. Cloning it is cheap.
#[derive(Clone)]
pub struct App {
    /// Connections to the database.
    pub pool: Pool,
    /// Delivers one-time passwords.
    pub code_sender: Arc<dyn CodeSender>,
    /// Keys and limits of one-time passwords.
    pub otp_config: OtpConfig,
    /// How passwords are hashed.
    pub password_policy: PasswordPolicy,
    /// Limits of tries at passwords.
    pub password_limits: PasswordLimits,
    /// Lifetime and number of sessions.
    pub session_policy: SessionPolicy,
    /// The hash of the key that nodes send.
    pub node_key: TokenHash,
}

impl App {
    /// A state with the default limits of one-time passwords, passwords and sessions.
    pub fn new(pool: Pool, code_sender: impl CodeSender + 'static, otp_keys: OtpKeys, node_key: TokenHash) -> Self {
        metrics::install();
        let (otp_config, session_policy) = (OtpConfig::new(otp_keys), SessionPolicy::default());
        let (password_policy, password_limits) = (PasswordPolicy::default(), PasswordLimits::default());
        Self {
            pool,
            code_sender: Arc::new(code_sender),
            otp_config,
            password_policy,
            password_limits,
            session_policy,
            node_key,
        }
    }

    /// Borrows a connection from the pool; dropping it returns it. Handlers take it for transactions and for what writes, and read
    /// on [`Pool::lane`].
    pub async fn connection(&self) -> Result<Client, ApiError> {
        Ok(self.pool.get().await?)
    }
}
