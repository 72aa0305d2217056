//! Starts a server, stops it and deletes its data.

use std::{
    env, fs,
    io::Write,
    os::unix::{
        fs::{DirBuilderExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Stdio, id},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use super::{error::Error, installation::Installation, user::User};

/// Creates the data, starts the server at each line with the variable in it, and outlives its owner just long enough
/// to clean up: `read` fails when the other end of the pipe is closed, which the operating system does however the
/// owner ends.
const SUPERVISOR: &str = r#"
programs=$1 folder=$2 primary=$3
stop() {
    # The server may not have written its process number yet.
    until [ -e "$folder/exited" ]; do
        [ -s "$folder/data/postmaster.pid" ] && kill "$1" "$(head -n 1 "$folder/data/postmaster.pid")"
        sleep 0.02
    done
    wait
}
if [ -n "$primary" ]; then
    cp -Rp "$primary/data" "$folder/data" && rm "$folder/data/postmaster.pid"
else
    "$programs/initdb" --pgdata "$folder/data" --no-sync --auth=trust --username=postgres --encoding=UTF8 --locale=C
fi >/dev/null 2>"$folder/initdb-errors" </dev/null
echo $? >"$folder/initialized.part" && mv "$folder/initialized.part" "$folder/initialized"
: >"$folder/exited"
while read -r variable; do
    stop -INT
    rm "$folder/exited"
    : >"$folder/started"
    (
        [ -n "$variable" ] && export "$variable"
        "$programs/postgres" -D "$folder/data" -k "$folder" >>"$folder/log" 2>&1 </dev/null
        echo $? >"$folder/exited"
    ) &
done
stop -QUIT
rm -rf "$folder"
"#;

/// The port, which on a Unix-domain socket is part of the file's name.
const DEFAULT_PORT: &str = "5432";

/// How long a server may take to accept connections; it usually takes half a second.
const START_LIMIT: Duration = Duration::from_mins(1);

/// Settings of a server that differ from the defaults.
#[derive(Clone, Debug, Default)]
pub struct Options {
    settings: Vec<(String, String)>,
    environment: Vec<(String, String)>,
    authentication: Option<String>,
    installation: Option<Installation>,
    /// The folder and the URL of the primary.
    primary: Option<(PathBuf, String)>,
}

impl Options {
    /// The defaults with a time zone 12 h 45 min ahead of UTC, so that code that depends on the server's zone by
    /// accident fails in tests.
    #[must_use]
    pub fn for_tests() -> Self {
        Self::default().setting("TimeZone", "Pacific/Chatham")
    }

    /// Sets a parameter of `postgresql.conf`. Of a parameter set twice the last value counts.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets an environment variable of the server, such as `LD_PRELOAD`.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replaces `pg_hba.conf`. By default, everyone who can open the socket is trusted.
    #[must_use]
    pub fn authentication(mut self, pg_hba: &str) -> Self {
        self.authentication = Some(pg_hba.to_owned());
        self
    }

    /// Uses this PostgreSQL. By default, it is the one that [`Installation::find`] finds.
    #[must_use]
    pub fn installation(mut self, installation: Installation) -> Self {
        self.installation = Some(installation);
        self
    }

    /// Makes the server a standby of another one: it copies the files and follows what is written then. Both need the
    /// settings `wal_level = replica` and the same `max_wal_senders`, the primary a `CHECKPOINT` before, and no writes while it is copied.
    /// `SELECT pg_promote()` on the standby makes it a server of its own.
    #[must_use]
    pub fn standby_of(mut self, primary: &Server) -> Self {
        self.primary = Some((primary.folder.clone(), primary.url("postgres")));
        self
    }

    /// Starts a server with these settings, and waits until it accepts connections.
    pub fn start(&self) -> Result<Server, Error> {
        Server::start_with(self)
    }

    fn port(&self) -> &str {
        let chosen = self.settings.iter().rfind(|(name, _)| name.eq_ignore_ascii_case("port"));
        chosen.map_or(DEFAULT_PORT, |(_, port)| port)
    }
}

/// A running PostgreSQL server. Dropping it stops the server and deletes its data.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    port: String,
    supervisor: Child,
}

impl Server {
    /// Starts a server with the defaults: superuser `postgres`, no password, Unix-domain socket only.
    pub fn start() -> Result<Self, Error> {
        Options::default().start()
    }

    fn start_with(options: &Options) -> Result<Self, Error> {
        let installation = options.installation.clone().map_or_else(Installation::find, Ok)?;
        let folder = create_folder()?;
        match supervise(&installation, &folder, options) {
            Ok(supervisor) => {
                let mut server = Self { folder, port: options.port().to_owned(), supervisor };
                server.wait_until_initialized()?;
                server.configure(options)?;
                server.wait_until_ready()?;
                Ok(server)
            }
            Err(error) => {
                // Nothing runs in the folder yet. If it can't be deleted it does no harm.
                let _ = fs::remove_dir_all(&folder);
                Err(error)
            }
        }
    }

    /// The connection URL of one of the server's databases. `postgres` exists from the start.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        // With the port, because clients would otherwise take it from PGPORT.
        format!("postgresql:///{database}?host={}&port={}&user=postgres", self.folder.display(), self.port)
    }

    /// The folder with the server's socket, data and log.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the server has logged so far.
    pub fn log(&self) -> Result<String, Error> {
        let path = self.folder.join("log");
        fs::read_to_string(&path).map_err(Error::io(format!("reading {}", path.display())))
    }

    fn wait_until_initialized(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + START_LIMIT;
        let failed = |output| Err(Error::Failed { program: "initdb", output });
        while Instant::now() < deadline {
            if let Ok(code) = fs::read_to_string(self.folder.join("initialized")) {
                let errors = fs::read_to_string(self.folder.join("initdb-errors")).unwrap_or_default();
                return if code.trim() == "0" { Ok(()) } else { failed(last_lines(&errors)) };
            }
            if self.supervisor.try_wait().is_ok_and(|status| status.is_some()) {
                return failed("the shell that runs it ended".to_owned());
            }
            thread::sleep(Duration::from_millis(5));
        }
        failed(format!("it did not end within {} s", START_LIMIT.as_secs()))
    }

    /// Stops the server, whose connections end, and starts it with this environment variable; the one of an earlier
    /// restart is forgotten.
    pub fn restart_with(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.let_start(&format!("{name}={value}"))?;
        self.wait_until_ready()
    }

    /// Writes the settings, then lets the supervisor start the server.
    fn configure(&mut self, options: &Options) -> Result<(), Error> {
        let write = |name: &str, text: &str| {
            let path = self.folder.join("data").join(name);
            fs::write(&path, text).map_err(Error::io(format!("writing {}", path.display())))
        };
        write("postgresql.auto.conf", &configuration(options))?;
        if options.primary.is_some() {
            write("standby.signal", "")?;
        }
        if let Some(pg_hba) = &options.authentication {
            write("pg_hba.conf", pg_hba)?;
        }
        self.let_start("")
    }

    fn let_start(&mut self, variable: &str) -> Result<(), Error> {
        // Else the old server's pid file could be taken for the new one's.
        let _ = fs::remove_file(self.folder.join("started"));
        let go = self.supervisor.stdin.as_mut().map_or(Ok(()), |pipe| writeln!(pipe, "{variable}"));
        go.map_err(Error::io("starting postgres"))
    }

    fn wait_until_ready(&self) -> Result<(), Error> {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            // The server writes its state into line 8 of its pid file; pg_ctl waits for the same words.
            if self.folder.join("started").exists() {
                let pid_file = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap_or_default();
                if pid_file.lines().nth(7).is_some_and(|state| ["ready", "standby"].contains(&state.trim())) {
                    return Ok(());
                }
                if self.folder.join("exited").exists() {
                    break;
                }
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err(Error::Failed { program: "postgres", output: last_lines(&self.log().unwrap_or_default()) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        // Errors are ignored: the supervisor cleans up by itself. Only the folder may remain, if `nobody` may not
        // delete it from its parent.
        let _ = self.supervisor.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn create_folder() -> Result<PathBuf, Error> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    let name = format!("barqnet-pg-{}-{}-{nanos}", id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let folder = env::temp_dir().join(name);
    fs::DirBuilder::new().mode(0o700).create(&folder).map_err(Error::io(format!("creating {}", folder.display())))?;
    Ok(folder)
}

fn configuration(options: &Options) -> String {
    // Data that is deleted with the server needs no durability.
    let defaults = [
        ("port", DEFAULT_PORT),
        ("listen_addresses", ""),
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
        ("wal_level", "minimal"),
        ("max_wal_senders", "0"),
        ("max_connections", "800"),
        // The default from PostgreSQL 14 on.
        ("password_encryption", "scram-sha-256"),
    ];
    let standby = options.primary.iter().map(|(_, url)| ("primary_conninfo", url.as_str()));
    let chosen = options.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut text = String::new();
    // PostgreSQL takes the last of two lines for one parameter.
    for (name, value) in defaults.into_iter().chain(standby).chain(chosen) {
        text += &format!("{name} = '{}'\n", value.replace('\'', "''"));
    }
    text
}

fn supervise(installation: &Installation, folder: &Path, options: &Options) -> Result<Child, Error> {
    let primary = options.primary.as_ref().map_or(Path::new(""), |(folder, _)| folder);
    let user = User::for_folder(folder)?;
    chown(folder, Some(user.uid), Some(user.gid)).map_err(Error::io(format!("chown {}", folder.display())))?;
    user.command("sh")
        .args(["-c", SUPERVISOR, "barqnet-pg"])
        .arg(installation.folder())
        .arg(folder)
        .arg(primary)
        .envs(options.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A process group of its own, so that Ctrl-C in the terminal reaches only the owner.
        .process_group(0)
        .spawn()
        .map_err(Error::io("starting the server's supervisor"))
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}
