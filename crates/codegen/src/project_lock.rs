//! One build of a project at a time: an editor's and a shell's must not write into each other's files.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

/// Held while a build reads and writes the project. The operating system releases it however the process ends.
pub(crate) struct ProjectLock(#[expect(dead_code, reason = "closing it releases the lock")] Option<File>);

impl ProjectLock {
    /// `None` while another build of the project holds it. The lock is on the project's folder, so that no file is needed. A
    /// file system without locks leaves the builds to replacing each file as a whole.
    pub(crate) fn take(root: &Path) -> Option<Self> {
        let Ok(folder) = File::open(root) else { return Some(Self(None)) };
        match folder.try_lock() {
            Ok(()) => Some(Self(Some(folder))),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(_)) => Some(Self(None)),
        }
    }

    /// Waits for the other builds of the project.
    pub(crate) fn wait(root: &Path) -> Self {
        Self::take(root).unwrap_or_else(|| {
            eprintln!("waiting for another build of {}", root.display());
            Self(File::open(root).ok().filter(|folder| folder.lock().is_ok()))
        })
    }
}
