//! Runs the program with an environment that holds nothing of the machine's.

use std::{
    env, fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio, id},
};

use barqnet_db::{embedded, migrate, tokio_postgres::Client};
use barqnet_db_testing::TestDatabase;

/// A database with the whole schema.
pub(crate) async fn migrated_database() -> TestDatabase {
    TestDatabase::migrated(&embedded::migrations()).await
}

/// How many migrations are applied.
pub(crate) async fn applied(database: &TestDatabase) -> usize {
    let all = migrate::status(&database.settings(), &embedded::migrations()).await.unwrap();
    all.iter().filter(|migration| migration.applied_at.is_some()).count()
}

/// The one number that a query returns.
pub(crate) async fn scalar(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

/// The program with these arguments.
pub(crate) fn program<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_barqnet-db"));
    for (name, _) in env::vars() {
        if name.starts_with("PG") {
            command.env_remove(name);
        }
    }
    command.env_remove("DATABASE_URL").env_remove("RUST_LOG").env_remove("CLICOLOR_FORCE").env("HOME", "/nonexistent");
    command.args(arguments).stdin(Stdio::null());
    command
}

/// The program with these arguments, on this database.
pub(crate) fn on<'a>(database: &TestDatabase, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = program(arguments);
    command.env("DATABASE_URL", database.url());
    command
}

/// The folder of the socket behind a URL of a test server.
pub(crate) fn socket(database: &TestDatabase) -> String {
    let settings = database.settings();
    settings.get_servers().next().expect("a server").0.to_owned()
}

/// What a finished program left.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// It ended with this exit code; nothing it wrote, to a pipe as here, has escape codes in it.
    #[track_caller]
    pub(crate) fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(!self.stdout.contains('\x1b') && !self.stderr.contains('\x1b'), "{self:?}");
        self
    }

    /// It failed with this exit code, nothing on the standard output and one clear line on the other.
    #[track_caller]
    pub(crate) fn failed_with(self, code: i32, message: &str) -> Self {
        let this = self.ended_with(code);
        assert!(this.stdout.is_empty(), "{this:?}");
        assert!(this.stderr.starts_with("error: ") && this.stderr.contains(message), "{message}: {this:?}");
        assert!(!this.stderr.contains("panicked"), "{this:?}");
        this
    }
}

/// The text is the one in `snapshots/`. With `UPDATE_SNAPSHOTS=1` it is written there instead.
#[track_caller]
pub(crate) fn assert_snapshot(name: &str, text: &str) {
    let file = format!("{}/tests/command/snapshots/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&file, text).expect("the folder of snapshots");
    }
    let reviewed = fs::read_to_string(&file).unwrap_or_default();
    assert!(reviewed == text, "the text differs from {file}: review it, then run with UPDATE_SNAPSHOTS=1\n{text}");
}

pub(crate) fn run(command: &mut Command) -> Finished {
    Finished::of(command.output().expect("the program starts"))
}

/// The cells of a table that was written to a pipe, without its header.
pub(crate) fn rows(table: &str) -> Vec<Vec<&str>> {
    table
        .lines()
        .skip(1)
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect()
}

/// A folder of migrations, deleted with the value.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// With these files, each of which makes a table.
    pub(crate) fn with(name: &str, files: &[&str]) -> Self {
        let files: Vec<_> = files.iter().map(|file| (*file, "CREATE TABLE made_by_a_file (id INTEGER)")).collect();
        Self::of(name, &files)
    }

    /// With these files of this text.
    pub(crate) fn of(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = env::temp_dir().join(format!("barqnet-db-cli-{}-{name}", id()));
        fs::create_dir(&folder).expect("a new folder");
        let folder = Self(folder);
        for (file, text) in files {
            folder.write(file, text);
        }
        folder
    }

    /// A new folder in this one, to be dropped first.
    pub(crate) fn folder(&self, name: &str) -> Self {
        let folder = self.0.join(name);
        fs::create_dir(&folder).expect("a new folder");
        Self(folder)
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.0.join(file), text).expect("a new file");
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("the temporary folder's name is UTF-8")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("the test's own folder");
    }
}

/// What a program shows on a terminal with typed input, and its exit code; `None` without `script` (of util-linux),
/// which makes the terminal.
pub(crate) fn on_a_terminal(command: &Command, typed: &str) -> Option<Finished> {
    on_a_terminal_of(120, command, typed)
}

/// The same on a terminal with this number of columns.
pub(crate) fn on_a_terminal_of(columns: u16, command: &Command, typed: &str) -> Option<Finished> {
    let words: Vec<_> = [command.get_program()].into_iter().chain(command.get_args()).collect();
    let words: Vec<_> = words.iter().map(|word| format!("'{}'", word.to_str().expect("UTF-8"))).collect();
    let mut script = Command::new("script");
    script.args(["-qec", &format!("stty columns {columns}; {}", words.join(" ")), "/dev/null"]).env("TERM", "xterm");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()?;
    child.stdin.take().expect("a pipe").write_all(typed.as_bytes()).expect("it reads");
    Some(Finished::of(child.wait_with_output().expect("it ends")))
}
