//! The commands as a library.

use std::{ffi::OsString, thread};

use barqnet_db::{embedded, migrate::Migrations};
use clap::{CommandFactory as _, FromArgMatches as _};
use tokio::runtime::Handle;

use crate::{
    arguments::{OwnCli, OwnCommand, ServiceCli},
    dispatch::{self, Request},
    error::Error,
    exit::Exit,
    go_flags, help, program,
};

/// The commands `migrate`, `status`, `plan`, `rollback`, `doctor`, `maintain` and so on, for the migrations of a program.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use barqnet_db::embedded;
/// use barqnet_db_cli::Commands;
///
/// fn main() -> ExitCode {
///     // Or migrate::Migrations::from_runner of the service's own.
///     let commands = Commands::new("myservice", embedded::migrations()).version("1.4.0");
///     match commands.run_if_named(std::env::args_os()) {
///         Some(exit) => exit.into(),
///         None => serve(),
///     }
/// }
///
/// fn serve() -> ExitCode {
///     ExitCode::SUCCESS
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Commands {
    program: &'static str,
    version: Option<&'static str>,
    migrations: Migrations,
    is_barqnet_db: bool,
}

impl Commands {
    /// The commands of a program. `program` is what the user types before a command: it is in help texts and messages.
    #[must_use]
    pub fn new(program: &'static str, migrations: Migrations) -> Self {
        Self { program, version: None, migrations, is_barqnet_db: false }
    }

    /// Those of `barqnet-db` itself, with the flags of the Go tool that it replaces.
    #[doc(hidden)]
    #[must_use]
    pub fn of_barqnet_db() -> Self {
        Self { is_barqnet_db: true, ..Self::new("barqnet-db", embedded::migrations()) }
    }

    /// The version of the program, for `--version`.
    #[must_use]
    pub fn version(self, version: &'static str) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Runs the command that the first argument after the program's name names, and returns how it ended. `None` if it
    /// names none of them, or there is no argument: then nothing was done.
    pub fn run_if_named(&self, arguments: impl IntoIterator<Item = OsString>) -> Option<Exit> {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let first = arguments.get(1)?.to_str()?;
        self.clap().get_subcommands().any(|command| command.get_name() == first).then(|| self.run(arguments))
    }

    /// Runs the command, and returns how it ended. The first argument is the program's name and is not read; without a
    /// further one the help is printed.
    ///
    /// A program with a parser of its own can put the commands behind a word, such as `myservice db migrate`: it gives
    /// `Commands` the name `myservice db` and passes the arguments from `db` on.
    ///
    /// Results are on the standard output, everything else on standard error. A signal (SIGINT, SIGTERM, SIGHUP) ends the
    /// command with a last line, so that no handler of the program's own is needed. Unless the program has installed a
    /// subscriber of `tracing`, one is installed as `-q`, `-v` and `RUST_LOG` say.
    ///
    /// It can be called in an async function, too: it then runs on a thread of its own, and blocks the calling one.
    pub fn run(&self, arguments: impl IntoIterator<Item = OsString>) -> Exit {
        program::set_name(self.program);
        let request = match self.parse(arguments.into_iter().collect()) {
            Ok(request) => request,
            Err(exit) => return exit,
        };
        if Handle::try_current().is_err() {
            return dispatch::run(&self.migrations, &self.clap(), request);
        }
        // A runtime can't be started inside another one.
        thread::scope(|scope| {
            let command = scope.spawn(|| dispatch::run(&self.migrations, &self.clap(), request));
            command.join().unwrap_or(Exit::Failed)
        })
    }

    /// The command line as clap sees it, for completions, man pages, or a look at the help texts.
    pub(crate) fn clap(&self) -> clap::Command {
        if self.is_barqnet_db {
            return help::completed(OwnCli::command(), true);
        }
        let command = ServiceCli::command().name(self.program).bin_name(self.program);
        let command = match self.version {
            Some(version) => command.version(version),
            None => command.disable_version_flag(true),
        };
        help::completed(command, false)
    }

    fn parse(&self, arguments: Vec<OsString>) -> Result<Request, Exit> {
        let arguments = if self.is_barqnet_db { go_flags::translated(arguments) } else { arguments };
        self.clap().try_get_matches_from(arguments).and_then(|matches| self.request(&matches)).map_err(|answer| {
            // Help and version are "errors" for clap, too. If they can't be printed, there is nowhere to report it.
            let _ = answer.print();
            if answer.exit_code() == 0 { Exit::Done } else { Exit::Usage }
        })
    }

    fn request(&self, matches: &clap::ArgMatches) -> Result<Request, clap::Error> {
        if !self.is_barqnet_db {
            let ServiceCli { loudness, command, connection } = ServiceCli::from_arg_matches(matches)?;
            let command = OwnCommand::Shared(command);
            return Ok(Request { command, connection, loudness, exit_by_state: true, is_barqnet_db: false });
        }
        let cli = OwnCli::from_arg_matches(matches)?;
        // The flag --status of the Go tool tells the state by its output only.
        let exit_by_state = cli.command.is_some();
        let (connection, loudness) = (cli.connection.clone(), cli.loudness);
        let command = cli.own_command().map_err(|problem| {
            let text = format!("{}\n", Error::Usage(problem.to_owned()));
            clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, text)
        })?;
        Ok(Request { command, connection, loudness, exit_by_state, is_barqnet_db: true })
    }
}
