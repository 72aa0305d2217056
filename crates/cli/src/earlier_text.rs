//! The earlier text of an edited migration. The database has its checksum only, so a text is searched that has it: in a
//! folder, and in the history of git.

use std::{fs, path::Path, process::Command};

use barqnet_db::migrate::Edited;

/// How many commits of a file are looked at.
const MAX_COMMITS: usize = 500;

/// A text that was applied.
pub(crate) struct Earlier {
    pub(crate) text: String,
    /// Where it was found.
    pub(crate) source: String,
}

/// Searches in `earlier`, then in the history of `folder`, then for the same text with other line ends.
pub(crate) fn find(edited: &Edited, earlier: Option<&Path>, folder: &Path) -> Option<Earlier> {
    let file = edited.file_name();
    earlier
        .and_then(|earlier| in_folder(edited, earlier, &file))
        .or_else(|| in_git(edited, folder, &file))
        .or_else(|| with_other_line_ends(edited))
}

fn in_folder(edited: &Edited, folder: &Path, file: &str) -> Option<Earlier> {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).ok().filter(|text| edited.was_applied_as(text))?;
    Some(Earlier { text, source: path.display().to_string() })
}

fn in_git(edited: &Edited, folder: &Path, file: &str) -> Option<Earlier> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let limit = format!("--max-count={MAX_COMMITS}");
    // Also of other branches: the database may have been migrated from one.
    let commits = git(&["log", "--all", "--format=%h", &limit, "--", file])?;
    commits.lines().find_map(|commit| {
        let text = git(&["show", &format!("{commit}:./{file}")]).filter(|text| edited.was_applied_as(text))?;
        Some(Earlier { text, source: format!("commit {commit}") })
    })
}

/// refinery's own runner, and other tools, record a text as it is in the file.
fn with_other_line_ends(edited: &Edited) -> Option<Earlier> {
    let sql = &edited.sql;
    let trimmed = sql.trim_end();
    let candidates = [sql.replace('\n', "\r\n"), format!("\u{feff}{sql}"), trimmed.to_owned(), format!("{trimmed}\n")];
    let text = candidates.into_iter().find(|text| edited.was_applied_as(text))?;
    Some(Earlier { text, source: "this text with other line ends".to_owned() })
}
