//! The files of a release: of this tree, or of a git ref.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    migrations,
    queries::{self, Module},
    settings::{self, Settings},
};

pub(super) struct Release {
    pub(super) migrations: Vec<migrations::File>,
    pub(super) modules: Vec<Module>,
    /// What of its queries this version of the build step does not read.
    pub(super) unreadable: Diagnostics,
    /// `None` for this tree.
    reference: Option<String>,
}

impl Release {
    /// This tree.
    pub(super) fn now(root: &Path) -> Result<Self, Diagnostics> {
        let settings = Settings::read(root)?;
        let mut found = Diagnostics::default();
        let migrations = migrations::read(root, &settings, &mut found);
        let modules = queries::read(root, &settings.queries, &mut found);
        found.into_result()?;
        Ok(Self {
            migrations: migrations.unwrap_or_default(),
            modules,
            unreadable: Diagnostics::default(),
            reference: None,
        })
    }

    /// What was committed at a git ref.
    pub(super) fn at(root: &Path, reference: &str) -> Result<Self, Diagnostics> {
        let repository = Repository::of(root)?;
        let commit = repository.commit(reference)?;
        let copy = tempfile::tempdir().map_err(|error| failure(reference, &error.to_string()))?;
        let settings_file = PathBuf::from(settings::FILE);
        repository
            .copy(&commit, &[settings_file], copy.path())
            .map_err(|error| failure(reference, &error.to_string()))?;
        let label = |problems: Diagnostics| problems.in_files_of(reference);
        // Of the bases only what this tree depends on is here.
        let settings = Settings::read_of(copy.path(), root).map_err(label)?;
        let folders = [&settings.migrations, &settings.queries].map(PathBuf::from);
        repository.copy(&commit, &folders, copy.path()).map_err(|error| failure(reference, &error.to_string()))?;
        for folder in [&settings.migrations, &settings.queries] {
            if !copy.path().join(folder).is_dir() {
                return Err(Diagnostic::new(reference, format!("the folder {folder}/ is not there at this ref"))
                    .note(format!("the project is {} in its repository", repository.described_folder()))
                    .help("name a ref at which the project already had its migrations and queries")
                    .into());
            }
        }
        // A released file cannot be corrected: that newer rules refuse it is no reason to stop.
        let mut found = Diagnostics::default();
        let migrations = migrations::read(copy.path(), &settings, &mut found);
        let Some(migrations) = migrations else { return Err(label(found)) };
        let mut unreadable = Diagnostics::default();
        let modules = queries::read(copy.path(), &settings.queries, &mut unreadable);
        Ok(Self { migrations, modules, unreadable: label(unreadable), reference: Some(reference.to_owned()) })
    }

    /// Names the files as git does: `v1.2:migrations/V1__add_users.sql`.
    pub(super) fn label(&self, problems: Diagnostics) -> Diagnostics {
        match &self.reference {
            Some(reference) => problems.in_files_of(reference),
            None => problems,
        }
    }
}

/// A git repository, and where in it the project is.
struct Repository {
    root: PathBuf,
    /// Empty, or with a slash at the end.
    prefix: String,
}

impl Repository {
    fn of(root: &Path) -> Result<Self, Diagnostics> {
        let output = git(root, &["rev-parse", "--show-prefix"]).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Diagnostic::error("git", "git", "the program git was not found")
                .help("install it, or add its folder to PATH"),
            _ => Diagnostic::error("git", "git", format!("cannot run git: {error}")),
        })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Diagnostic::error(
                "git",
                &root.display().to_string(),
                "the project is not in a git repository",
            )
            .note(format!("git says: {said}"))
            .into());
        }
        let prefix = String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned();
        Ok(Self { root: root.to_owned(), prefix })
    }

    fn described_folder(&self) -> String {
        if self.prefix.is_empty() { "the top level".to_owned() } else { format!("the folder {}", self.prefix) }
    }

    fn commit(&self, reference: &str) -> Result<String, Diagnostics> {
        let wanted = format!("{reference}^{{commit}}");
        let output = git(&self.root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])
            .map_err(|error| failure(reference, &error.to_string()))?;
        if !output.status.success() {
            return Err(Diagnostic::error("git", reference, "git knows no commit of this name")
                .help("a shallow clone, as in CI, has few of them: fetch it with `git fetch --depth 1 origin <ref>`")
                .into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Writes the files of the commit that are these paths, or in these folders, below `target`.
    fn copy(&self, commit: &str, paths: &[PathBuf], target: &Path) -> io::Result<()> {
        let mut arguments = vec!["ls-tree", "-r", "-z", "--name-only", commit, "--"];
        let wanted: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        arguments.extend(wanted.iter().map(String::as_str));
        let output = git(&self.root, &arguments)?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        let names: Vec<String> = output
            .stdout
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        let wanted: String = names.iter().map(|name| format!("{commit}:{}{name}\n", self.prefix)).collect();
        let contents = self.contents(wanted)?;
        let mut rest = contents.as_slice();
        for name in names {
            let text = next_object(&mut rest).ok_or_else(|| io::Error::other(format!("git does not show {name}")))?;
            let path = target.join(&name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, text)?;
        }
        Ok(())
    }

    /// The output of `git cat-file --batch`.
    fn contents(&self, wanted: String) -> io::Result<Vec<u8>> {
        let mut child = command(&self.root)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        // In a thread of its own, because git writes while it reads.
        let pipe = child.stdin.take();
        let writer = std::thread::spawn(move || pipe.map_or(Ok(()), |mut pipe| pipe.write_all(wanted.as_bytes())));
        let mut contents = Vec::new();
        if let Some(mut output) = child.stdout.take() {
            output.read_to_end(&mut contents)?;
        }
        writer.join().map_err(|_| io::Error::other("cannot write to git"))??;
        child.wait()?;
        Ok(contents)
    }
}

/// `<name> blob <size>`, a line feed, the bytes, a line feed.
fn next_object<'c>(rest: &mut &'c [u8]) -> Option<&'c [u8]> {
    let line_end = rest.iter().position(|byte| *byte == b'\n')?;
    let head = std::str::from_utf8(&rest[..line_end]).ok()?;
    let size: usize = head.split_once(" blob ")?.1.parse().ok()?;
    let text = rest.get(line_end + 1..line_end + 1 + size)?;
    *rest = rest.get(line_end + size + 2..)?;
    Some(text)
}

fn git(root: &Path, arguments: &[&str]) -> io::Result<Output> {
    command(root).args(arguments).stdin(Stdio::null()).output()
}

/// Messages are in English, whatever the user's language.
fn command(root: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).env("LC_ALL", "C");
    command
}

fn failure(reference: &str, message: &str) -> Diagnostics {
    Diagnostic::error("git", reference, format!("cannot read the files of this ref: {message}")).into()
}
