//! Prints problems for people, as JSON lines, or as SARIF.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::arguments::MessageFormat;
use crate::{
    against::Comparison,
    diagnostic::{Diagnostic, Diagnostics, Level},
    rule_names, settings,
    unused::UnusedReport,
};

/// Where and how problems are printed.
pub(crate) struct Printer {
    format: MessageFormat,
    root: PathBuf,
}

impl Printer {
    pub(crate) fn new(format: MessageFormat, root: &Path) -> Self {
        Self { format, root: root.to_owned() }
    }

    /// What stops nothing, and for people what was done.
    pub(crate) fn success(&self, warnings: &Diagnostics, done: &str) -> io::Result<()> {
        match self.format {
            MessageFormat::Human => {
                for warning in warnings.iter() {
                    eprintln!("{warning}\n");
                }
                writeln!(io::stdout(), "{done}")
            }
            _ => self.document(warnings),
        }
    }

    /// What is wrong; people read `text`.
    pub(crate) fn failure(&self, problems: &Diagnostics, text: &str) -> io::Result<()> {
        match self.format {
            MessageFormat::Human => {
                eprintln!("{text}");
                Ok(())
            }
            _ => self.document(problems),
        }
    }

    /// How two releases fit.
    pub(crate) fn comparison(&self, comparison: &Comparison) -> io::Result<()> {
        match self.format {
            MessageFormat::Human => writeln!(io::stdout(), "{comparison}"),
            MessageFormat::Json => {
                comparison.verdicts().iter().try_for_each(|verdict| writeln!(io::stdout(), "{}", verdict.to_json()))
            }
            MessageFormat::Sarif => self.document(&comparison.diagnostics()),
        }
    }

    /// What nothing uses, as text or JSON.
    pub(crate) fn unused(&self, unused: &UnusedReport) -> String {
        if self.format == MessageFormat::Human { unused.to_string() } else { unused.to_json() }
    }

    /// A new round of `watch`: on a terminal, the problems of the round before disappear.
    pub(crate) fn begin_round(&self) -> io::Result<()> {
        let mut output = io::stdout();
        if self.format == MessageFormat::Human && output.is_terminal() {
            write!(output, "\x1b[2J\x1b[3J\x1b[H")?;
        }
        Ok(())
    }

    /// Tells a program that reads JSON lines that what it has read since the round before is everything.
    pub(crate) fn end_round(&self, succeeded: bool) -> io::Result<()> {
        let mut output = io::stdout();
        if self.format == MessageFormat::Json {
            writeln!(output, "{}", json!({ "finished": true, "success": succeeded }))?;
        }
        output.flush()
    }

    fn document(&self, problems: &Diagnostics) -> io::Result<()> {
        let mut output = io::stdout().lock();
        match self.format {
            MessageFormat::Sarif => writeln!(output, "{}", self.sarif(problems)),
            _ => problems.iter().try_for_each(|problem| writeln!(output, "{}", object(problem))),
        }
    }

    fn sarif(&self, problems: &Diagnostics) -> Value {
        let mut names: Vec<&str> = problems.iter().map(Diagnostic::rule).collect();
        names.sort_unstable();
        names.dedup();
        let prefix = folder_in_repository(&self.root);
        let results: Vec<Value> = problems.iter().map(|problem| self.result(problem, &names, &prefix)).collect();
        let rules: Vec<Value> = names
            .iter()
            .map(|name| json!({ "id": name, "shortDescription": { "text": rule_names::description(name) } }))
            .collect();
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "barqnet-db-codegen",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "informationUri": env!("CARGO_PKG_REPOSITORY"),
                    "rules": rules,
                } },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }],
        })
    }

    fn result(&self, problem: &Diagnostic, names: &[&str], prefix: &str) -> Value {
        // Code scanning shows a problem only if it is in a file: one of the server's is shown in the settings.
        let is_there = self.root.join(problem.file()).is_file();
        let file = if is_there { problem.file() } else { settings::FILE };
        let artifact = json!({ "uri": uri(&format!("{prefix}{file}")) });
        let mut physical = json!({ "artifactLocation": artifact });
        if let Some((start, end)) = problem.places().filter(|_| is_there) {
            physical["region"] = json!({
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            });
        }
        let notes = problem.notes().iter().cloned();
        let helps = problem.helps().iter().map(|help| format!("help: {help}"));
        let text: Vec<String> = std::iter::once(problem.message().to_owned()).chain(notes).chain(helps).collect();
        let mut result = json!({
            "ruleId": problem.rule(),
            "ruleIndex": names.iter().position(|name| *name == problem.rule()),
            "level": problem.level().to_string(),
            "message": { "text": text.join("\n") },
            "locations": [{ "physicalLocation": physical.clone() }],
        });
        if let (Some(suggestion), Some(region)) = (problem.suggestion(), physical.get("region")) {
            result["fixes"] = json!([{
                "description": { "text": format!("write {suggestion}") },
                "artifactChanges": [{
                    "artifactLocation": artifact,
                    "replacements": [{ "deletedRegion": region, "insertedContent": { "text": suggestion } }],
                }],
            }]);
        }
        result
    }
}

/// One problem, with the names that rustc and others use.
fn object(problem: &Diagnostic) -> Value {
    let (start, end) = problem.places().unzip();
    json!({
        "level": if problem.level() == Level::Error { "error" } else { "warning" },
        "rule": problem.rule(),
        "message": problem.message(),
        "file": problem.file(),
        "line": start.map(|it| it.line),
        "column": start.map(|it| it.column),
        "end": end.map(|it| json!({ "line": it.line, "column": it.column })),
        "notes": problem.notes(),
        "help": problem.helps(),
        "suggestion": problem.suggestion(),
    })
}

/// The project's folder relative to its git repository, with a slash at the end: code scanning wants paths from there.
fn folder_in_repository(root: &Path) -> String {
    let Ok(root) = fs::canonicalize(root) else { return String::new() };
    let repository = root.ancestors().find(|folder| folder.join(".git").exists());
    let inside = repository.and_then(|repository| root.strip_prefix(repository).ok());
    inside.map_or_else(String::new, |inside| {
        inside.components().map(|it| format!("{}/", it.as_os_str().display())).collect()
    })
}

/// A path as a relative URI.
fn uri(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
