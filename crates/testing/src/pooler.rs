//! pgbouncer in front of a server.

use std::{
    fs::{self, Permissions},
    io::Error,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        net::UnixStream,
        process::CommandExt,
    },
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use barqnet_db_client::pool::{PoolMode, Settings};
use tempfile::TempDir;

/// The number in the name of the pooler's socket.
const PORT: u16 = 6432;

/// Runs it until its owner ends, however that happens: the pipe is closed then.
const SUPERVISOR: &str =
    r#"PATH="$PATH:/usr/sbin"; pgbouncer -q "$1" >/dev/null 2>&1 & read -r _; kill -KILL $!; wait"#;

/// A pgbouncer; it stops when this is dropped.
#[derive(Debug)]
pub struct Pooler {
    folder: TempDir,
    supervisor: Child,
}

impl Pooler {
    /// Starts pgbouncer with at most `sessions` sessions for each database and role on the server of `settings`, which must be
    /// one with a Unix-domain socket. It admits the role `postgres` without a password. `lines` are added to its section `[pgbouncer]`.
    #[must_use]
    pub fn start(settings: &Settings, mode: PoolMode, sessions: usize, lines: &str) -> Self {
        let (host, port) = settings.get_servers().next().expect("a server");
        let folder = tempfile::Builder::new().prefix("barqnet-pooler-").tempdir().expect("a folder");
        // The user of the server, who may open its socket; pgbouncer refuses to run as root.
        let owner = fs::metadata(host).expect("the folder of a socket");
        let path = folder.path().display();
        let configuration = format!(
            "[databases]\n* = host={host} port={port}\n\
             [pgbouncer]\nlisten_addr =\nlisten_port = {PORT}\nunix_socket_dir = {path}\nauth_type = trust\n\
             auth_file = {path}/users\nadmin_users = postgres\nlogfile = {path}/log\npool_mode = {}\n\
             default_pool_size = {sessions}\nmax_client_conn = 500\n{lines}\n",
            mode.name()
        );
        write(&folder.path().join("users"), "\"postgres\" \"\"\n").expect("a file");
        let file = folder.path().join("pgbouncer.ini");
        write(&file, &configuration).expect("a file");
        chown(folder.path(), Some(owner.uid()), Some(owner.gid()))
            .expect("the owner of the socket is this user, or this is root");
        let supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR, "pooler"])
            .arg(&file)
            .uid(owner.uid())
            .gid(owner.gid())
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("a shell");
        let pooler = Self { folder, supervisor };
        pooler.wait_until_ready();
        pooler
    }

    fn wait_until_ready(&self) {
        let socket = self.folder.path().join(format!(".s.PGSQL.{PORT}"));
        for _ in 0..3_000 {
            if UnixStream::connect(&socket).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("pgbouncer does not answer; is Debian's package `pgbouncer` installed? {}", self.log());
    }

    /// The settings, with the pooler in place of the server. They say nothing about its mode.
    pub fn settings(&self, settings: &Settings) -> Settings {
        settings.clone().host(&self.folder.path().display().to_string()).port(PORT)
    }

    /// What pgbouncer has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text)?;
    fs::set_permissions(path, Permissions::from_mode(0o644))
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}
