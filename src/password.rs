//! Password hashes with bcrypt, made and checked off the threads that serve requests.
//!
//! bcrypt takes a quarter of a second on purpose; on an async thread it would stop everybody else for as long. It reads 72
//! bytes and no more, so a longer password is refused instead of being cut.

use std::fmt;

use tokio::task::spawn_blocking;

use crate::text_enum::text_parameter;

/// What a cost of [`PasswordPolicy`] may be: 2¹⁰ to 2¹⁶ rounds.
const COSTS: std::ops::RangeInclusive<u32> = 10..=16;

/// How passwords are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// The logarithm of the number of rounds, 10 to 16; 12, a quarter of a second or so.
    pub cost: u32,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { cost: 12 }
    }
}

/// The bcrypt hash of a password, as `users.password_hash` holds it. `Debug` shows nothing of it and there is
/// no `Display`.
#[derive(Clone)]
pub struct PasswordHash(String);

/// The password can't be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPassword {
    /// bcrypt would cut it.
    #[error("the password has {bytes} bytes: it may have 72 at most")]
    Long {
        /// How many it has.
        bytes: usize,
    },
    /// Other implementations of bcrypt would cut it there.
    #[error("the password contains a NUL character")]
    Nul,
    /// There is none.
    #[error("the password is empty")]
    Empty,
    /// The policy asks for a cost outside its range.
    #[error("the cost of password hashes is {cost}: it must be from 10 to 16")]
    Cost {
        /// What it asks for.
        cost: u32,
    },
    /// The operating system has no random numbers, or the runtime is shutting down.
    #[error("the password could not be hashed")]
    Failed,
}

impl PasswordHash {
    /// A hash from the database, or from elsewhere: any bcrypt hash ([`verify`] knows `$2a$`, `$2b$`, `$2x$` and `$2y$`).
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Whether the hash was made at another cost than the policy's. After a successful [`verify`], when the password is at
    /// hand, is the time to [`hash`] it anew.
    #[must_use]
    pub fn needs_rehash(&self, policy: PasswordPolicy) -> bool {
        self.cost() != Some(policy.cost)
    }

    /// The cost in a hash such as `$2b$12$…`.
    fn cost(&self) -> Option<u32> {
        self.0.strip_prefix("$2")?.split('$').nth(1)?.parse().ok()
    }

    /// The hash's text, for the database and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

text_parameter!(PasswordHash, |hash| hash.expose());

/// Hashes a password with a salt of its own.
pub async fn hash(password: String, policy: PasswordPolicy) -> Result<PasswordHash, InvalidPassword> {
    check(&password, policy)?;
    let hashed = spawn_blocking(move || bcrypt::hash(password, policy.cost)).await;
    match hashed {
        Ok(Ok(text)) => Ok(PasswordHash(text)),
        Ok(Err(_)) | Err(_) => Err(InvalidPassword::Failed),
    }
}

/// Whether this is the password of that hash. Without a hash, because there is no such user or the account has no
/// password, it takes as long and says no; so it does for a password that [`hash`] would refuse, and for a hash of a lower
/// cost than the policy's. One of a higher cost takes longer: [`PasswordHash::needs_rehash`] says when to replace it.
pub async fn verify(password: String, stored: Option<PasswordHash>, policy: PasswordPolicy) -> bool {
    let acceptable = check(&password, PasswordPolicy::default()).is_ok();
    let cost = if COSTS.contains(&policy.cost) { policy.cost } else { PasswordPolicy::default().cost };
    let verified = spawn_blocking(move || {
        let check = |stored: PasswordHash| Some((bcrypt::verify(&password, &stored.0).ok()?, stored.cost()?));
        // What is no hash is told at once, which would tell.
        let Some((verified, rounds)) = stored.filter(|_| acceptable).and_then(check) else {
            spend_time(cost);
            return false;
        };
        // What a hash of fewer rounds is short of: 2ᵃ + … + 2ᶜ⁻¹ = 2ᶜ − 2ᵃ.
        (rounds..cost).for_each(spend_time);
        verified
    });
    verified.await.unwrap_or(false)
}

/// Takes as long as verifying does.
fn spend_time(cost: u32) {
    let _ = bcrypt::hash("nobody's password", cost);
}

fn check(password: &str, policy: PasswordPolicy) -> Result<(), InvalidPassword> {
    if !COSTS.contains(&policy.cost) {
        Err(InvalidPassword::Cost { cost: policy.cost })
    } else if password.is_empty() {
        Err(InvalidPassword::Empty)
    } else if password.len() > 72 {
        Err(InvalidPassword::Long { bytes: password.len() })
    } else if password.contains('\0') {
        Err(InvalidPassword::Nul)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: PasswordPolicy = PasswordPolicy { cost: 10 };

    #[tokio::test]
    async fn a_hash_knows_its_password_and_no_other() {
        let stored = hash("correct horse".to_owned(), QUICK).await.expect("a password");
        assert!(stored.expose().starts_with("$2b$10$"), "{}", stored.expose());
        assert_ne!(hash("correct horse".to_owned(), QUICK).await.expect("a password").expose(), stored.expose());
        assert!(verify("correct horse".to_owned(), Some(stored.clone()), QUICK).await);
        assert!(!verify("correct mule".to_owned(), Some(stored.clone()), QUICK).await);
        assert!(!verify(String::new(), Some(stored), QUICK).await);
    }

    #[tokio::test]
    async fn without_a_hash_or_with_a_broken_one_the_answer_is_no() {
        assert!(!verify("nobody's password".to_owned(), None, QUICK).await);
        for broken in ["", "correct horse", "$2b$10$", "$1$abc$def", "$2b$99$aaaaaaaaaaaaaaaaaaaaaa"] {
            let stored = PasswordHash::from_stored(broken.to_owned());
            assert!(!verify("correct horse".to_owned(), Some(stored), QUICK).await, "{broken}");
        }
    }

    #[tokio::test]
    async fn hashes_of_other_implementations_are_known() {
        // A test vector of crypt_blowfish.
        let stored = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        for prefix in ["$2a$", "$2b$", "$2y$"] {
            let stored = PasswordHash::from_stored(stored.replace("$2a$", prefix));
            assert!(verify("U*U".to_owned(), Some(stored.clone()), QUICK).await, "{prefix}");
            assert!(!verify("U*V".to_owned(), Some(stored), QUICK).await, "{prefix}");
        }
    }

    #[tokio::test]
    async fn a_password_that_would_be_cut_is_refused() {
        let refused = async |password: &str| hash(password.to_owned(), QUICK).await.err();
        assert_eq!(refused(&"a".repeat(72)).await, None);
        assert_eq!(refused(&"a".repeat(73)).await, Some(InvalidPassword::Long { bytes: 73 }));
        assert_eq!(refused(&"é".repeat(37)).await, Some(InvalidPassword::Long { bytes: 74 }));
        assert_eq!(refused("a\0b").await, Some(InvalidPassword::Nul));
        assert_eq!(refused("").await, Some(InvalidPassword::Empty));
        let cost = hash("a".to_owned(), PasswordPolicy { cost: 31 }).await.err();
        assert_eq!(cost, Some(InvalidPassword::Cost { cost: 31 }));
    }
}
