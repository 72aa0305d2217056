//! The user that the server runs as, and how its programs are started.

use std::{
    env,
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::MetadataExt, process::CommandExt},
    path::Path,
    process::Command,
};

use super::error::Error;

/// The user that the server runs as.
#[derive(Clone, Copy)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl User {
    /// The owner of the folder. For root, `nobody`, because PostgreSQL refuses to run as root.
    pub(crate) fn for_folder(folder: &Path) -> Result<Self, Error> {
        let owner = fs::metadata(folder).map_err(Error::io(format!("reading {}", folder.display())))?;
        if owner.uid() != 0 {
            return Ok(Self { uid: owner.uid(), gid: owner.gid() });
        }
        let passwd = fs::read("/etc/passwd").map_err(Error::io("reading /etc/passwd"))?;
        String::from_utf8_lossy(&passwd)
            .lines()
            .find_map(|line| {
                let mut fields = line.strip_prefix("nobody:")?.split(':').skip(1);
                Some(Self { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
            })
            .ok_or(Error::NoUnprivilegedUser)
    }

    /// A command that runs as this user, without the variables that PostgreSQL reads.
    ///
    /// `PGPORT` would move the server's socket away from its URL, `PGDATA` point to another server's data,
    /// `PGDATESTYLE` change the format of dates.
    pub(crate) fn command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.uid(self.uid).gid(self.gid).current_dir("/");
        for (name, _) in env::vars_os().filter(|(name, _)| name.as_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        command
    }
}
