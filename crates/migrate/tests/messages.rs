//! The texts of errors and conflicts, as users read them. With `UPDATE_SNAPSHOTS=1` they are written to `messages.txt`.

use std::{env, fs, path::PathBuf, time::Duration};

use barqnet_db_migrate::{CheckFailure, Conflict, Error};

#[test]
fn the_texts_of_errors_and_conflicts_are_reviewed() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/messages.txt");
    let text: String = errors().iter().map(|error| format!("{error}\n")).collect();
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(file, &text).unwrap();
    }
    let reviewed = fs::read_to_string(file).unwrap_or_default();
    assert!(reviewed == text, "the text differs from {file}: review it, then run with UPDATE_SNAPSHOTS=1\n{text}");
}

fn errors() -> Vec<Error> {
    let app = || Some("app".to_owned());
    let two = || "V2__two".to_owned();
    vec![
        Error::Conflict(vec![Conflict::Ahead { source: None, newest_known: 1, newer: vec![two()] }]),
        Error::Conflict(vec![Conflict::Ahead {
            source: None,
            newest_known: 1,
            newer: vec![two(), "V3__three".to_owned()],
        }]),
        Error::Conflict(vec![Conflict::ProgramTooOld { source: None, newest_known: 1, min_version: 2 }]),
        Error::Conflict(vec![Conflict::Unknown { migration: two() }]),
        Error::Conflict(vec![Conflict::Late { source: None, migration: two(), newest_applied: 3 }]),
        Error::Conflict(vec![Conflict::Changed { migration: two(), applied_as: two() }]),
        Error::Conflict(vec![
            Conflict::Ahead { source: app(), newest_known: 1, newer: vec!["app/V2__two".to_owned()] },
            Conflict::ProgramTooOld { source: app(), newest_known: 1, min_version: 2 },
            Conflict::Late { source: app(), migration: "app/V2__two".to_owned(), newest_applied: 3 },
        ]),
        Error::Conflict(vec![Conflict::Squashed {
            migration: "V4__baseline".to_owned(),
            replaces: "V1 to V4".to_owned(),
            missing: vec![3, 4],
        }]),
        Error::Check(Box::new(CheckFailure {
            file: "V3__three.sql".to_owned(),
            line: 2,
            sql: "SELECT COUNT(*) = 0\n   FROM two".to_owned(),
            returned: "false".to_owned(),
            applied: vec![two()],
            not_tried: vec!["V4__four".to_owned()],
        })),
        Error::Conflict(vec![
            Conflict::Unknown { migration: "V1__one".to_owned() },
            Conflict::Changed { migration: two(), applied_as: "V2__zwei".to_owned() },
        ]),
        Error::Folder { folder: PathBuf::from("migrations"), problem: "it is empty".to_owned() },
        Error::Unusable("V2__two.sql:1:1: COMMIT would end the transaction".to_owned()),
        Error::ForeignHistory { table: "schema_migrations".to_owned() },
        Error::Refused { reason: "this database is not a shop's".into(), advice: "use another one".to_owned() },
        Error::OtherSchema { table: "one".to_owned(), schema: "public".to_owned(), current: "shop".to_owned() },
        Error::Encoding { database: "shop".to_owned(), encoding: "SQL_ASCII".to_owned() },
        Error::Locked { limit: Duration::from_mins(10), lock_holder: "process 7 of the server (shop)".to_owned() },
        Error::Irreversible { migration: two(), reason: "it has no rollback block; write a new migration".to_owned() },
        Error::Database { what: "cannot read the table schema_migrations", cause: "permission denied".to_owned() },
    ]
}
