//! Builds after every change.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use super::{Exit, Printer, finish};
use crate::{
    build_script::{Mode, build},
    diagnostic::Diagnostics,
    generate::runtime,
    migrations,
    scratch::Host,
    settings::{self, Settings},
};

/// How often the files are looked at. A change is built when the next look finds no other: an editor may write a file in
/// several steps.
const INTERVAL: Duration = Duration::from_millis(200);

/// Builds now and after every change of an input, until a signal ends the process. The server keeps running.
pub(super) fn watch(root: &Path, database: Option<&str>, printer: &Printer) -> io::Result<Exit> {
    let mut server = None;
    let mut kept = database.map(|name| KeptDatabase { name, hash: None });
    loop {
        let before = state(root);
        printer.begin_round()?;
        // What keeps the server from starting may be corrected until the next round.
        let outcome = match server.take().map_or_else(Host::start, Ok) {
            Ok(host) => {
                let host = server.insert(host);
                let exit = finish(build(root, Mode::Build, Some(host)), printer)?;
                match kept.as_mut().map_or(Ok(None), |kept| kept.bring_up_to_date(root, host)) {
                    Ok(None) => exit,
                    Ok(Some(url)) => {
                        eprintln!("{url}");
                        exit
                    }
                    Err(problems) => {
                        printer.failure(&problems, &problems.to_string())?;
                        Exit::Problem
                    }
                }
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

/// The database of `--database`.
struct KeptDatabase<'n> {
    name: &'n str,
    /// Of the migrations that it has.
    hash: Option<u64>,
}

impl KeptDatabase<'_> {
    /// Where the database is, if it was made again because the migrations are others. While a migration fails, it stays
    /// as it is: the build has said why.
    fn bring_up_to_date(&mut self, root: &Path, host: &Host) -> Result<Option<String>, Diagnostics> {
        let Ok(settings) = Settings::read(root) else { return Ok(None) };
        let Some(migrations) = migrations::read(root, &settings, &mut Diagnostics::default()) else {
            return Ok(None);
        };
        let mut hasher = DefaultHasher::new();
        for file in &migrations {
            file.sql.hash(&mut hasher);
        }
        let hash = Some(hasher.finish());
        if self.hash == hash {
            return Ok(None);
        }
        let url = runtime()?.block_on(host.keep(self.name, &migrations))?;
        self.hash = hash;
        Ok(Some(url))
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
    for input in settings.inputs(root).into_iter().map(|input| root.join(input)).filter(|input| input.is_dir()) {
        add(&input, &mut entries);
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
