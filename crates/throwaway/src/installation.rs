//! Finds the PostgreSQL that is installed on this machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::error::Error;

/// The folder with the programs of a PostgreSQL server.
#[derive(Clone, Debug)]
pub struct Installation {
    bin: PathBuf,
}

impl Installation {
    /// Finds PostgreSQL: in the folder `BARQNET_PG_BIN` if that is set, else in `PATH`, then where `pg_config` says,
    /// then where Debian, Red Hat and Homebrew install it, newest version first.
    pub fn find() -> Result<Self, Error> {
        if let Some(folder) = env::var_os("BARQNET_PG_BIN").filter(|folder| !folder.is_empty()) {
            let folder = PathBuf::from(folder);
            return Self::at(&folder).ok_or(Error::WrongFolder(folder));
        }
        let on_path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&on_path)
            .chain(pg_config_folder())
            .chain(packaged_folders())
            .find_map(|folder| Self::at(&folder))
            .ok_or(Error::NoInstallation)
    }

    fn at(bin: &Path) -> Option<Self> {
        let complete = ["initdb", "postgres"].iter().all(|program| bin.join(program).is_file());
        complete.then(|| Self { bin: bin.to_owned() })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.bin
    }

    /// The path of a program, such as `psql`. It may not exist: only `initdb` and `postgres` are certain.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

fn pg_config_folder() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(folder.trim()))
}

fn packaged_folders() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = [
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql@"),
        ("/usr/local/opt", "postgresql@"),
    ]
    .into_iter()
    .flat_map(|(parent, prefix)| versions_in(parent, prefix))
    .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, folder)| folder.join("bin")).collect()
}

fn versions_in(parent: &str, prefix: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path()))
        })
        .collect()
}
