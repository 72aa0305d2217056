//! `doctor`: checks server, schema and privileges, and suggests fixes. Changes nothing.

use barqnet_db::{
    doctor::{self, Finding, Severity},
    migrate::Migrations,
    pool::Settings,
};
use clap::builder::styling::{AnsiColor, Style};

use crate::{arguments::ReadFlags, error::Error, exit::Exit, json, migrate::migrations, output::Output, units};

/// The longest severity and two spaces.
const INDENT: usize = 9;

/// Shows the findings; a problem makes the exit code 1.
pub(crate) async fn run(
    settings: &Settings,
    built_in: &Migrations,
    flags: &ReadFlags,
    output: &mut Output,
) -> Result<Exit, Error> {
    let findings = doctor::examine(settings, &migrations(&flags.folder, built_in)?).await?;
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let problems = count(Severity::Problem);
    if flags.json.json {
        json::print(&json::Diagnosis::of(&findings), output)?;
    } else {
        for finding in &findings {
            show(finding, output)?;
        }
        let warnings = count(Severity::Warning);
        let (problems, warnings) = (units::count(problems, "problem"), units::count(warnings, "warning"));
        output.line(&format!("{problems} and {warnings} on {}", units::place(settings)))?;
    }
    Ok(if problems == 0 { Exit::Done } else { Exit::Failed })
}

/// Prints the SQL that creates the roles and grants their rights. Needs no database.
pub(crate) fn print_roles(output: &mut Output) -> Result<Exit, Error> {
    for line in doctor::ROLES.lines() {
        output.document(line)?;
    }
    Ok(Exit::Done)
}

fn show(Finding { severity, what, advice }: &Finding, output: &mut Output) -> std::io::Result<()> {
    let style = match severity {
        Severity::Ok => AnsiColor::Green.on_default(),
        Severity::Note => Style::new(),
        Severity::Warning => AnsiColor::Yellow.on_default().bold(),
        Severity::Problem => AnsiColor::Red.on_default().bold(),
    };
    output.line(&format!("{style}{:INDENT$}{style:#}{what}", severity.to_string()))?;
    match advice {
        Some(advice) => output.line(&format!("{:INDENT$}{advice}", "")),
        None => Ok(()),
    }
}
