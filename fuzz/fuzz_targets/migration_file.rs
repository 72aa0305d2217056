//! Any text is accepted as a migration or refused, and its parts are parts of it.
#![no_main]

use barqnet_db_codegen::fuzzing::check_migration_file;
use barqnet_db_sql::{FileName, MigrationFile, normal_form};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    check_migration_file(text);
    check_migration_file(&format!("-- x\n{text}\n/* rollback\n{text}\n*/\n"));
    let normal = normal_form(text);
    let file = MigrationFile::new(&normal);
    for part in file.rollback().into_iter().chain([file.body()]) {
        let offset = file.offset_of(part);
        assert_eq!(&normal[offset..offset + part.len()], part);
    }
    let _ = (file.summary(), file.locks(), file.directives());
    if let Ok(name) = FileName::parse(text) {
        assert_eq!(format!("{name}.sql"), text);
    }
});
