//! Which permissions a file with a secret may have.
//!
//! libpq has a rule for each of the two files and ignores or refuses a file that breaks it; so does this crate:
//!
//! | file | owned by | its group | others | source |
//! |---|---|---|---|---|
//! | password file | anyone | nothing | nothing | `passwordFromFile` in libpq's `fe-connect.c` |
//! | private key | root | may read | nothing | `initialize_SSL` in libpq's `fe-secure-openssl.c` |
//! | private key | anyone else | nothing | nothing | the same |
//!
//! The exception for root is for keys that a group of services shares. Where files have no Unix permissions, nothing is
//! checked.

use std::fs::Metadata;

/// Everything for the group and for others.
#[cfg(unix)]
const GROUP_AND_OTHERS: u32 = 0o077;

/// Everything for others; for the group everything but reading.
#[cfg(all(unix, feature = "tls"))]
const OTHERS_AND_GROUP_BUT_READING: u32 = 0o037;

/// Whether users other than the owner may use the password file.
#[cfg(unix)]
pub(super) fn is_password_file_exposed(file: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.mode() & GROUP_AND_OTHERS != 0
}

#[cfg(not(unix))]
pub(super) fn is_password_file_exposed(_: &Metadata) -> bool {
    false
}

/// Whether users may use the private key who should not.
#[cfg(all(unix, feature = "tls"))]
pub(super) fn is_private_key_exposed(file: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.mode() & forbidden_for_key(file.uid()) != 0
}

#[cfg(all(unix, feature = "tls"))]
fn forbidden_for_key(owner: u32) -> u32 {
    if owner == 0 { OTHERS_AND_GROUP_BUT_READING } else { GROUP_AND_OTHERS }
}

#[cfg(all(not(unix), feature = "tls"))]
pub(super) fn is_private_key_exposed(_: &Metadata) -> bool {
    false
}

#[cfg(all(test, unix, feature = "tls"))]
mod tests {
    use super::forbidden_for_key;

    #[test]
    fn only_a_key_that_root_owns_may_be_read_by_its_group() {
        for (owner, mode, is_exposed) in
            [(0, 0o640, false), (0, 0o660, true), (0, 0o644, true), (1000, 0o600, false), (1000, 0o640, true)]
        {
            assert_eq!(mode & forbidden_for_key(owner) != 0, is_exposed, "{owner} {mode:o}");
        }
    }
}
