//! Runs the build step: `barqnet-db-codegen [PROJECT]`; the project is the current folder by default.
//! `barqnet-db-codegen report [PROJECT] [--output FILE]` writes a page about it, `unused [PROJECT] [--json]` lists what nothing
//! uses.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match arguments.first().and_then(|first| first.to_str()) {
        Some("report") => return report(&arguments[1..]),
        Some("unused") => return unused(&arguments[1..]),
        _ => {}
    }
    let root = env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    match barqnet_db_codegen::bring_up_to_date(&root) {
        Ok(done) => {
            println!("{}", done.as_deref().unwrap_or("everything is up to date"));
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn report(arguments: &[OsString]) -> ExitCode {
    let option = arguments.iter().position(|argument| argument == "--output");
    let is_project = |(at, _): &(usize, &OsString)| option.is_none_or(|option| *at != option && *at != option + 1);
    let root = arguments.iter().enumerate().find(is_project).map_or_else(|| PathBuf::from("."), |(_, it)| it.into());
    let named = option.and_then(|option| arguments.get(option + 1)).map(PathBuf::from);
    let output = named.unwrap_or_else(|| root.join(barqnet_db_codegen::DEFAULT_REPORT));
    match barqnet_db_codegen::report(&root, &output) {
        Ok(bytes) => {
            println!("{}: {} kB", output.display(), bytes.div_ceil(1000));
            ExitCode::SUCCESS
        }
        Err(failures) => {
            eprintln!("{failures}");
            ExitCode::FAILURE
        }
    }
}

fn unused(arguments: &[OsString]) -> ExitCode {
    let is_json = arguments.iter().any(|argument| argument == "--json");
    let root = arguments.iter().find(|argument| *argument != "--json").map_or_else(|| Path::new("."), Path::new);
    match barqnet_db_codegen::unused(root) {
        Ok(found) => {
            println!("{}", if is_json { found.to_json() } else { found.to_string() });
            ExitCode::SUCCESS
        }
        Err(failures) => {
            eprintln!("{failures}");
            ExitCode::FAILURE
        }
    }
}
