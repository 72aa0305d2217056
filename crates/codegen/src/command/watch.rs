//! Builds after every change.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use super::{Exit, Printer, finish};
use crate::{
    build_script::{Mode, build},
    scratch::Host,
    settings::{self, Settings},
};

/// How often the files are looked at. A change is built when the next look finds no other: an editor may write a file in
/// several steps.
const INTERVAL: Duration = Duration::from_millis(200);

/// Builds now and after every change of an input, until a signal ends the process. The server keeps running.
pub(super) fn watch(root: &Path, printer: &Printer) -> io::Result<Exit> {
    let mut server = None;
    loop {
        let before = state(root);
        printer.begin_round()?;
        // What keeps the server from starting may be corrected until the next round.
        let outcome = match server.take().map_or_else(Host::start, Ok) {
            Ok(host) => {
                let outcome = build(root, Mode::Build, Some(server.insert(host)));
                finish(outcome, printer)?
            }
            Err(problems) => {
                printer.failure(&problems, &problems.to_string())?;
                Exit::Problem
            }
        };
        printer.end_round(outcome == Exit::Done)?;
        wait_for_change(root, &before);
    }
}

fn wait_for_change(root: &Path, before: &[Entry]) {
    let mut last = state(root);
    loop {
        thread::sleep(INTERVAL);
        let now = state(root);
        if now == last && now != before {
            return;
        }
        last = now;
    }
}

/// A file, with what changes when it is written.
type Entry = (PathBuf, Option<SystemTime>, u64);

/// The inputs. Hidden files are none: an editor's swap file, for example.
fn state(root: &Path) -> Vec<Entry> {
    let mut entries = vec![entry(root.join(settings::FILE))];
    // While the settings are wrong, only they can make a difference.
    let Ok(settings) = Settings::read(root) else { return entries };
    for folder in [&settings.migrations, &settings.queries] {
        add(&root.join(folder), &mut entries);
    }
    entries.sort();
    entries
}

fn add(folder: &Path, entries: &mut Vec<Entry>) {
    for found in fs::read_dir(folder).into_iter().flatten().flatten() {
        if found.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if found.file_type().is_ok_and(|it| it.is_dir()) {
            add(&found.path(), entries);
        }
        entries.push(entry(found.path()));
    }
}

fn entry(path: PathBuf) -> Entry {
    let metadata = fs::metadata(&path).ok();
    let modified = metadata.as_ref().and_then(|it| it.modified().ok());
    (path, modified, metadata.map_or(0, |it| it.len()))
}
