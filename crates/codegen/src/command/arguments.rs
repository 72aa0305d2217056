//! The command line, with its help texts.

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

const MORE: &str = "\
Environment:
  BARQNET_CODEGEN_URL  a server to use instead of a throwaway one; databases are created there
                       and dropped
  BARQNET_PG_BIN       the folder of PostgreSQL's programs, if they are not found
  BARQNET_CODEGEN      for `build`: `check` fails if something is stale, `force` generates all

Exit codes:
  0  done; for `check`: everything is up to date; with --against: both releases can run
  1  there is a problem; for `check`: something is stale; with --against: a query fails or
     returns something else
  2  wrong usage: an argument or a variable that can't be used; nothing was attempted
  129, 130, 143  stopped by a signal, after removing everything that it made";

/// Checks migrations and queries on a PostgreSQL server, and writes typed Rust and the schema.
#[derive(Debug, Parser)]
#[command(name = "barqnet-db-codegen", version, after_help = MORE, term_width = 100)]
pub(crate) struct Arguments {
    /// The folder with codegen.toml, migrations/ and queries/ [default: the current folder]
    project: Option<PathBuf>,

    /// The same as the command `watch`
    #[arg(long)]
    watch: bool,

    /// How problems are printed
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t = MessageFormat::Human)]
    pub(crate) message_format: MessageFormat,

    #[command(subcommand)]
    command: Option<Command>,
}

/// How problems are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MessageFormat {
    /// For people, with the line and a mark below the place
    Human,
    /// One JSON object per line and problem, on standard output
    Json,
    /// A SARIF 2.1.0 document, on standard output, for code scanning
    Sarif,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring the generated files up to date; this is what is done without a command
    Build {
        #[command(flatten)]
        project: Project,
        /// Generate everything, even if it seems up to date
        #[arg(long)]
        force: bool,
    },
    /// Fail if the generated files are stale; write nothing
    Check {
        #[command(flatten)]
        project: Project,
        /// Check instead that this release and the one at a git ref can run on each other's schema
        #[arg(long, value_name = "GIT REF")]
        against: Option<String>,
    },
    /// Write a page with the schema and every statement: columns, plans, locks, and what uses what
    Report {
        #[command(flatten)]
        project: Project,
        /// The file [default: target/schema.html in the project]
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// List the queries, columns and indexes that nothing uses; not a failure
    Unused {
        #[command(flatten)]
        project: Project,
    },
    /// Build now and after every change of codegen.toml, a migration or a query, until Ctrl-C
    Watch {
        #[command(flatten)]
        project: Project,
    },
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Project {
    /// The folder with codegen.toml, migrations/ and queries/ [default: the current folder]
    #[arg(id = "folder", value_name = "PROJECT")]
    project: Option<PathBuf>,
}

impl Arguments {
    /// The command, and the folder of the project.
    pub(crate) fn command(&self) -> (Command, PathBuf) {
        let named = |project: &Project| project.project.clone().or_else(|| self.project.clone());
        let none = Project { project: None };
        let command = self.command.clone().unwrap_or(if self.watch {
            Command::Watch { project: none }
        } else {
            Command::Build { project: none, force: false }
        });
        let (Command::Build { project, .. }
        | Command::Check { project, .. }
        | Command::Report { project, .. }
        | Command::Unused { project }
        | Command::Watch { project }) = &command;
        let folder = named(project).unwrap_or_else(|| Path::new(".").to_owned());
        (command, folder)
    }
}
