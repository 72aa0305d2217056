//! Usage of random sessions, as the reports should show it.

use std::{collections::BTreeMap, fs};

use barqnet_db::queries::usage;
use chrono::NaiveDate;

/// Sessions, bytes in, bytes out, seconds.
pub(super) type Totals = (i64, i64, i64, i64);

pub(super) fn by_day(rows: Vec<usage::DailyUsage>) -> BTreeMap<NaiveDate, Totals> {
    assert!(rows.is_sorted_by(|one, next| one.day < next.day));
    rows.into_iter().map(|row| (row.day, (row.sessions, row.bytes_in, row.bytes_out, row.duration_seconds))).collect()
}

/// A folder with the migrations before a version.
pub(super) fn before(version: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // README.md has none.
        let Some((number, _)) = name[1..].split_once("__") else { continue };
        let number: u32 = number.parse().unwrap();
        if number < version {
            fs::copy(&path, folder.path().join(name)).unwrap();
        }
    }
    folder
}
