//! Finds the PostgreSQL that is installed on this machine.

use std::{
    env, fs, iter,
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
        match Self::chosen() {
            Some(chosen) => chosen,
            None => Self::installed().next().ok_or(Error::NoInstallation),
        }
    }

    /// Finds PostgreSQL as [`find`](Self::find) does, of this major version or a newer one. Older installations are
    /// passed over, but not the one that `BARQNET_PG_BIN` names: that is an error.
    pub fn find_at_least(major: u32) -> Result<Self, Error> {
        match Self::chosen() {
            Some(chosen) => chosen?.at_least(major),
            None => Self::installed_at_least(major),
        }
    }

    /// [`find_at_least`](Self::find_at_least) without regard to `BARQNET_PG_BIN`.
    pub fn installed_at_least(major: u32) -> Result<Self, Error> {
        let mut first_problem = None;
        for installation in Self::installed() {
            match installation.at_least(major) {
                Ok(installation) => return Ok(installation),
                Err(error) => first_problem = first_problem.or(Some(error)),
            }
        }
        Err(first_problem.unwrap_or(Error::NoInstallation))
    }

    /// The one that `BARQNET_PG_BIN` names.
    fn chosen() -> Option<Result<Self, Error>> {
        let folder = PathBuf::from(env::var_os("BARQNET_PG_BIN").filter(|folder| !folder.is_empty())?);
        Some(Self::at(&folder).ok_or(Error::WrongFolder(folder)))
    }

    fn installed() -> impl Iterator<Item = Self> {
        let on_path: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
        // Asked only if PATH has none.
        let elsewhere = iter::once_with(|| pg_config_folder().into_iter().chain(packaged_folders())).flatten();
        on_path.into_iter().chain(elsewhere).filter_map(|folder| Self::at(&folder))
    }

    fn at_least(self, major: u32) -> Result<Self, Error> {
        let version = self.version()?;
        let found = version.split(|c: char| !c.is_ascii_digit()).next().and_then(|found| found.parse::<u32>().ok());
        match found {
            Some(found) if found < major => Err(Error::TooOld { folder: self.bin, version, needed: major }),
            _ => Ok(self),
        }
    }

    /// The version, such as `15.20`.
    pub fn version(&self) -> Result<String, Error> {
        let program = self.program("postgres");
        let output = Command::new(&program)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(Error::io(format!("running {}", program.display())))?;
        // postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.split_whitespace().nth(2).unwrap_or_default();
        Ok(version.to_owned())
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
