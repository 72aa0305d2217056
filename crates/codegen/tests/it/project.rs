//! Projects in temporary folders, and the build step run on them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::SystemTime,
};

use barqnet_db_throwaway::{Installation, Options};
use tempfile::TempDir;

/// The example project, relative to this crate.
pub(crate) const BOOKSHOP: &str = "../../examples/bookshop";

/// A project with the files that decide what is generated.
pub(crate) struct Project(TempDir);

impl Project {
    /// A small one of its own.
    pub(crate) fn small() -> Self {
        let project = Self::empty();
        project.write("migrations/V1__things.sql", THINGS);
        project.write("queries/things.sql", QUERIES);
        project
    }

    /// The project at `root`, a folder relative to this crate.
    pub(crate) fn copy_of(root: &str) -> Self {
        let project = Self::empty();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
        for folder in ["migrations", "queries", "src/generated", "schema"] {
            for entry in fs::read_dir(root.join(folder)).unwrap() {
                let name = entry.unwrap().file_name();
                fs::create_dir_all(project.path().join(folder)).unwrap();
                fs::copy(root.join(folder).join(&name), project.path().join(folder).join(&name)).unwrap();
            }
        }
        fs::copy(root.join("codegen.toml"), project.path().join("codegen.toml")).unwrap();
        project
    }

    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn command(&self) -> Command {
        self.command_of(&[])
    }

    /// The program with these arguments, then the project.
    pub(crate) fn command_of(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).arg(self.path());
        command
    }

    pub(crate) fn run(&self) -> Output {
        self.command().output().unwrap()
    }

    /// Runs the build step, which must succeed.
    pub(crate) fn build(&self) {
        let output = self.run();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The text of a file.
    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// On a server of the user's own.
    pub(crate) fn on(&self, url: &str) -> Output {
        self.command().env("BARQNET_CODEGEN_URL", url).output().unwrap()
    }

    /// What the build step printed when it failed.
    pub(crate) fn failure(&self) -> String {
        let output = self.run();
        assert!(!output.status.success(), "it did not fail: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Every generated file with its text and the time at which it was written.
    pub(crate) fn generated(&self) -> BTreeMap<PathBuf, (String, SystemTime)> {
        let mut files = BTreeMap::new();
        for folder in ["src/generated", "schema"] {
            for entry in fs::read_dir(self.path().join(folder)).into_iter().flatten() {
                let path = entry.unwrap().path();
                let modified = fs::metadata(&path).unwrap().modified().unwrap();
                files.insert(path.clone(), (fs::read_to_string(&path).unwrap(), modified));
            }
        }
        files
    }

    /// The names of the generated files.
    pub(crate) fn generated_names(&self) -> Vec<String> {
        let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        self.generated().into_keys().map(name).collect()
    }
}

/// PostgreSQL 14 or newer, if the suite runs on an older one, which the build step refuses.
pub(crate) fn newer_installation() -> Option<Installation> {
    let too_old = matches!(Installation::find_at_least(14), Err(barqnet_db_throwaway::Error::TooOld { .. }));
    too_old.then(|| Installation::installed_at_least(14).unwrap())
}

/// Options of a server that the build step can use.
pub(crate) fn server_options() -> Options {
    let newer = newer_installation();
    newer.map_or_else(Options::default, |newer| Options::default().installation(newer))
}

/// The major version of the server that the suite runs on.
pub(crate) fn suite_major() -> u32 {
    let version = Installation::find().unwrap().version().unwrap();
    version.split(['.', 'b', 'r', 'd']).next().unwrap().parse().unwrap()
}

pub(crate) const THINGS: &str = "\
-- Things, for this test.

CREATE TABLE IF NOT EXISTS things (id SERIAL PRIMARY KEY, label TEXT NOT NULL, note TEXT, made_at TIMESTAMPTZ);

/* rollback
DROP TABLE IF EXISTS things;
*/
";

pub(crate) const QUERIES: &str = "\
-- Things.

--! by_id : (note?)
--- The thing with this id.
SELECT id, label, note
FROM things
WHERE id = :id;
";

pub(crate) fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

/// Compares a text with the file of that name in `snapshots/`; with `UPDATE_SNAPSHOTS=1` the file is written instead.
pub(crate) fn assert_snapshot(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&file, text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&file).unwrap(), "{}", file.display());
}

/// The program, with an environment that says nothing of how it shall build.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_barqnet-db-codegen"));
    command.env_remove("BARQNET_CODEGEN").env_remove("BARQNET_CODEGEN_URL");
    if let Some(newer) = newer_installation() {
        command.env("BARQNET_PG_BIN", newer.folder());
    }
    command
}
