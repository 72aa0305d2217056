//! One build of a project at a time: an editor's and a shell's must not write into each other's files.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

/// Held while a build reads and writes the project. The operating system releases it however the process ends.
pub(crate) struct ProjectLock(#[expect(dead_code, reason = "closing it releases the lock")] Option<File>);

impl ProjectLock {
    /// Waits for the other builds of the project. The lock is on its folder, so that no file is needed. A file system
    /// without locks leaves the builds to replacing each file as a whole.
    pub(crate) fn wait(root: &Path) -> Self {
        let Ok(folder) = File::open(root) else { return Self(None) };
        match folder.try_lock() {
            Ok(()) => Self(Some(folder)),
            Err(TryLockError::WouldBlock) => {
                eprintln!("waiting for another build of {}", root.display());
                Self(folder.lock().is_ok().then_some(folder))
            }
            Err(TryLockError::Error(_)) => Self(None),
        }
    }
}
