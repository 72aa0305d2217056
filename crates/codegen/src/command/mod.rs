//! The program `barqnet-db-codegen`.

mod arguments;
mod message_format;
mod watch;

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use clap::Parser;

use self::{
    arguments::{Arguments, Command},
    message_format::Printer,
};
use crate::{
    against,
    build_script::{Failure, Mode, Outcome, build},
    diagnostic::{Diagnostic, Diagnostics},
    interrupt::Interrupts,
    report, unused,
};

/// How the program ends; `--help` lists the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Done,
    Problem,
    Usage,
}

/// The program `barqnet-db-codegen`, with the arguments of this process.
#[must_use]
pub fn run_command() -> ExitCode {
    let arguments = Arguments::parse();
    let (command, root) = arguments.command();
    let printer = Printer::new(arguments.message_format, &root);
    let interrupts = match Interrupts::install() {
        Ok(interrupts) => interrupts,
        Err(error) => {
            eprintln!("cannot handle signals: {error}");
            return ExitCode::FAILURE;
        }
    };
    let exit = run(&command, &root, &printer).unwrap_or_else(|error| {
        // The reader of the output, such as `head`, may end first.
        if error.kind() != io::ErrorKind::BrokenPipe {
            eprintln!("cannot print: {error}");
        }
        Exit::Problem
    });
    drop(interrupts);
    ExitCode::from(match exit {
        Exit::Done => 0,
        Exit::Problem => 1,
        Exit::Usage => 2,
    })
}

fn run(command: &Command, root: &Path, printer: &Printer) -> io::Result<Exit> {
    match command {
        Command::Build { force: false, .. } => match Mode::from_env() {
            Ok(mode) => finish(build(root, mode, None), printer),
            Err(failure) => finish(Err(failure), printer),
        },
        Command::Build { force: true, .. } => finish(build(root, Mode::Force, None), printer),
        Command::Check { against: None, .. } => finish(build(root, Mode::Check, None), printer),
        Command::Check { against: Some(reference), .. } => check_against(root, reference, printer),
        Command::Report { output, .. } => {
            let output = output.clone().unwrap_or_else(|| root.join(report::DEFAULT_REPORT));
            let written = report::report(root, &output);
            tell(written.map(|bytes| format!("{}: {} kB", output.display(), bytes.div_ceil(1000))), printer)
        }
        Command::Unused { .. } => tell(unused::unused(root).map(|found| printer.unused(&found)), printer),
        Command::Watch { database, .. } => watch::watch(root, database.as_deref(), printer),
    }
}

/// Prints what a run did, and returns how to end.
fn finish(outcome: Result<Outcome, Failure>, printer: &Printer) -> io::Result<Exit> {
    match outcome {
        Ok(Outcome::Stale { generated, schema, stale }) => {
            let problems = stale_diagnostics(&stale, &generated, &schema);
            let text = Outcome::Stale { generated, schema, stale }.to_string();
            printer.failure(&problems, &text)?;
            Ok(Exit::Problem)
        }
        Ok(outcome) => {
            let warnings = match &outcome {
                Outcome::Generated(generated) => generated.report.warnings.clone(),
                _ => Diagnostics::default(),
            };
            printer.success(&warnings, &outcome.to_string())?;
            Ok(Exit::Done)
        }
        Err(failure) => {
            let text = failure.to_string();
            match failure {
                Failure::Usage(_) => {
                    eprintln!("{text}");
                    Ok(Exit::Usage)
                }
                Failure::Project(problems) | Failure::Problems { problems, .. } => {
                    printer.failure(&problems, &text)?;
                    Ok(Exit::Problem)
                }
            }
        }
    }
}

fn tell(done: Result<String, Diagnostics>, printer: &Printer) -> io::Result<Exit> {
    match done {
        Ok(text) => {
            writeln!(io::stdout(), "{text}")?;
            Ok(Exit::Done)
        }
        Err(problems) => {
            printer.failure(&problems, &problems.to_string())?;
            Ok(Exit::Problem)
        }
    }
}

fn check_against(root: &Path, reference: &str, printer: &Printer) -> io::Result<Exit> {
    match against::check(root, reference) {
        Ok(comparison) => {
            printer.comparison(&comparison)?;
            Ok(if comparison.is_compatible() { Exit::Done } else { Exit::Problem })
        }
        Err(problems) => {
            printer.failure(&problems, &problems.to_string())?;
            Ok(Exit::Problem)
        }
    }
}

/// One diagnostic per stale file.
fn stale_diagnostics(stale: &[String], generated: &str, schema: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for what in stale {
        let file = what.split(' ').next().unwrap_or_default();
        diagnostics.push(
            Diagnostic::error("stale", file, format!("the generated files are stale: {what}"))
                .help(format!("run `cargo build` and commit {generated} and {schema}")),
        );
    }
    diagnostics
}
