//! Password hashes with bcrypt, computed on tokio's blocking threads.
//!
//! bcrypt takes about a quarter of a second by design; on an async thread it would delay all other tasks. It reads only the
//! first 72 bytes of a password, so a longer one is refused instead of being truncated.
//!
//! At most as many hashes are computed at once as the machine has processors, in the whole process; other calls wait in
//! the order in which they came. A call that is dropped while it waits costs nothing. [`PasswordLimits::max_waiting`] bounds how many
//! sign-ins wait; limit the time of other calls with `tokio::time::timeout`, so that under a flood those that can't be served in time
//! are refused, and the rest of the service keeps its threads.
//!
//! [`users::sign_in_with_password`](crate::users::sign_in_with_password) limits tries and states the odds of guessing. [`verify`] alone
//! limits nothing.

use std::{fmt, sync::LazyLock, thread};

use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{metrics, text_enum::text_parameter};

mod limits;
mod turn;

pub use limits::PasswordLimits;
pub(crate) use turn::turn;

/// The valid costs of a [`PasswordPolicy`]: 2¹⁰ to 2¹⁶ rounds.
const COSTS: std::ops::RangeInclusive<u32> = 10..=16;

/// One permit per processor.
static PROCESSORS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(processors()));

/// How many processors the machine has.
fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// How passwords are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// The binary logarithm of the number of rounds, 10 to 16. Default: 12, about a quarter of a second.
    pub cost: u32,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { cost: 12 }
    }
}

/// The bcrypt hash of a password, as `users.password_hash` stores it. `Debug` does not show it, and there is no `Display`.
#[derive(Clone)]
pub struct PasswordHash(String);

/// The password could not be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPassword {
    /// It is longer than 72 bytes: bcrypt would ignore the rest.
    #[error("the password has {bytes} bytes: the maximum is 72")]
    Long {
        /// Its length.
        bytes: usize,
    },
    /// It contains a NUL character, at which other implementations of bcrypt would truncate it.
    #[error("the password contains a NUL character")]
    Nul,
    /// It is empty.
    #[error("the password is empty")]
    Empty,
    /// The cost of the policy is out of range.
    #[error("the cost of password hashes is {cost}: it must be from 10 to 16")]
    Cost {
        /// The policy's cost.
        cost: u32,
    },
    /// The operating system provides no random numbers, or the runtime is shutting down.
    #[error("the password could not be hashed")]
    Failed,
}

impl PasswordHash {
    /// A stored bcrypt hash, from this database or another; [`verify`] reads `$2a$`, `$2b$`, `$2x$` and `$2y$`.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Whether the hash has another cost than the policy. Check it after a successful [`verify`], when the password is
    /// available, and [`hash`] it again if so.
    #[must_use]
    pub fn needs_rehash(&self, policy: PasswordPolicy) -> bool {
        self.cost() != Some(policy.cost)
    }

    /// The cost that a hash such as `$2b$12$…` names.
    fn cost(&self) -> Option<u32> {
        self.0.strip_prefix("$2")?.split('$').nth(1)?.parse().ok()
    }

    /// The text of the hash, to be stored in the database only.
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

/// Hashes a password with a new random salt. Refuses a password that is empty, longer than 72 bytes, or contains NUL.
pub async fn hash(password: String, policy: PasswordPolicy) -> Result<PasswordHash, InvalidPassword> {
    check(&password, policy)?;
    let hashed = compute(move || bcrypt::hash(password, policy.cost)).await;
    metrics::password_computed(1 << policy.cost);
    hashed.and_then(Result::ok).map(PasswordHash).ok_or(InvalidPassword::Failed)
}

/// Whether the password matches the stored hash.
///
/// The answer takes the time of the policy's cost in every case, so that timing discloses nothing: also without a hash (no
/// such user, or no password), for a password that [`hash`] would refuse, and for a hash of a lower cost. A hash of a higher
/// cost takes longer; replace it when [`PasswordHash::needs_rehash`] says so.
pub async fn verify(password: String, stored: Option<PasswordHash>, policy: PasswordPolicy) -> bool {
    let acceptable = check(&password, PasswordPolicy::default()).is_ok();
    let cost = if COSTS.contains(&policy.cost) { policy.cost } else { PasswordPolicy::default().cost };
    let verified = compute(move || {
        let check = |stored: PasswordHash| Some((bcrypt::verify(&password, &stored.0).ok()?, stored.cost()?));
        // An invalid hash would be rejected instantly, and the timing would reveal it.
        let Some((verified, stored_cost)) = stored.filter(|_| acceptable).and_then(check) else {
            return (false, spend_time(cost));
        };
        // The rounds that a cheaper hash of cost a saves against cost c: 2ᵃ + … + 2ᶜ⁻¹ = 2ᶜ − 2ᵃ.
        (verified, (1 << stored_cost) + (stored_cost..cost).map(spend_time).sum::<u64>())
    });
    let (verified, rounds) = verified.await.unwrap_or_default();
    metrics::password_computed(rounds);
    verified
}

/// Runs work on a blocking thread as soon as a processor is free for it. The work keeps its processor if the caller no longer
/// waits for it. `None` if the runtime is shutting down.
async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let processor = PROCESSORS.acquire().await.ok()?;
    let done = spawn_blocking(move || {
        let _processor = processor;
        work()
    });
    done.await.ok()
}

/// Takes as long as verifying a hash of this cost. Returns the number of rounds.
fn spend_time(cost: u32) -> u64 {
    let _ = bcrypt::hash("no account's password", cost);
    1 << cost
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
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use super::*;

    const QUICK: PasswordPolicy = PasswordPolicy { cost: 10 };

    #[tokio::test]
    async fn a_hash_matches_its_password_and_no_other() {
        let stored = hash("correct horse".to_owned(), QUICK).await.expect("a password");
        assert!(stored.expose().starts_with("$2b$10$"), "{}", stored.expose());
        assert_ne!(hash("correct horse".to_owned(), QUICK).await.expect("a password").expose(), stored.expose());
        assert!(verify("correct horse".to_owned(), Some(stored.clone()), QUICK).await);
        assert!(!verify("correct mule".to_owned(), Some(stored.clone()), QUICK).await);
        assert!(!verify(String::new(), Some(stored), QUICK).await);
    }

    #[tokio::test]
    async fn no_more_hashes_are_computed_at_once_than_there_are_processors() {
        let all = thread::available_parallelism().map_or(1, |processors| u32::try_from(processors.get()).unwrap());
        let busy = PROCESSORS.acquire_many(all).await.unwrap();
        let has_begun = Arc::new(AtomicBool::new(false));
        let begin = Arc::clone(&has_begun);
        let waiting = tokio::spawn(compute(move || begin.store(true, Ordering::SeqCst)));
        // Each of them comes back from a blocking thread, so that the waiting one would have had its turn.
        for _ in 0..100 {
            spawn_blocking(|| ()).await.unwrap();
        }
        assert!(!has_begun.load(Ordering::SeqCst), "every processor is in use");
        drop(busy);
        assert_eq!(waiting.await.unwrap(), Some(()));
        assert!(has_begun.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn without_a_hash_or_with_a_broken_one_the_answer_is_no() {
        assert!(!verify("no account's password".to_owned(), None, QUICK).await);
        for broken in ["", "correct horse", "$2b$10$", "$1$abc$def", "$2b$99$aaaaaaaaaaaaaaaaaaaaaa"] {
            let stored = PasswordHash::from_stored(broken.to_owned());
            assert!(!verify("correct horse".to_owned(), Some(stored), QUICK).await, "{broken}");
        }
    }

    #[tokio::test]
    async fn hashes_of_other_implementations_are_verified() {
        // A test vector of crypt_blowfish.
        let stored = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        for prefix in ["$2a$", "$2b$", "$2y$"] {
            let stored = PasswordHash::from_stored(stored.replace("$2a$", prefix));
            assert!(verify("U*U".to_owned(), Some(stored.clone()), QUICK).await, "{prefix}");
            assert!(!verify("U*V".to_owned(), Some(stored), QUICK).await, "{prefix}");
        }
    }

    #[tokio::test]
    async fn a_password_that_bcrypt_would_truncate_is_refused() {
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
