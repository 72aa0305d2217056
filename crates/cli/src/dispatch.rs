//! From the parsed arguments to a command, and from its result to the exit code.

use barqnet_db::{Coordinates, migrate::Migrations};

use crate::{
    arguments::{Command, ConnectionFlags, LoudnessFlags, OwnCommand},
    completions,
    connection::Defaults,
    create, distribute, doctor, drop,
    error::Error,
    exit::Exit,
    json, logging, maintain, migrate, nearest, new,
    output::{self, Output},
    plan, release_number, repair, rollback,
    runtime::block_on,
    status, unlock, verify, wait,
};

/// Why a command refuses `--replica`.
const ONLY_READS: &str =
    "--replica is for commands that change nothing: status, plan, verify, doctor, nearest, dump and wait";

/// What the arguments ask for.
pub(crate) struct Request {
    pub(crate) command: OwnCommand,
    pub(crate) connection: ConnectionFlags,
    pub(crate) loudness: LoudnessFlags,
    /// Whether the exit code of `status` depends on the state.
    pub(crate) exit_by_state: bool,
    /// Whether the program is `barqnet-db`, whose database and role have default names.
    pub(crate) is_barqnet_db: bool,
}

/// Runs a command. An error is reported, with `--json` also as the document.
pub(crate) fn run(built_in: &Migrations, clap: &clap::Command, request: Request) -> Exit {
    if request.loudness.quiet {
        output::be_quiet();
    }
    let as_json = request.command.json();
    let mut output = Output::new();
    execute(built_in, clap, request, &mut output).unwrap_or_else(|error| {
        if as_json && !output.has_document() {
            // If it can't be printed, the error is still on standard error.
            let _ = json::print(&json::Failure::of(&error), &mut output);
        }
        error.report();
        error.exit()
    })
}

fn execute(built_in: &Migrations, clap: &clap::Command, request: Request, output: &mut Output) -> Result<Exit, Error> {
    logging::start(request.loudness)?;
    let defaults = if request.is_barqnet_db { Defaults::BARQNET } else { Defaults::NONE };
    if request.connection.replica.is_some() && !request.command.only_reads() {
        return Err(Error::Usage(ONLY_READS.to_owned()));
    }
    let connection = || request.connection.settings(&defaults);
    let command = match request.command {
        OwnCommand::Shared(command) => command,
        #[cfg(feature = "demo")]
        OwnCommand::Demo(flags) => return crate::demo::run(request.connection.chosen_server()?, flags.json, output),
    };
    match command {
        Command::Migrate(flags) => block_on(migrate::run(&connection()?, built_in, &flags, output)),
        Command::Status(flags) => {
            block_on(status::run(&connection()?, built_in, &flags, request.exit_by_state, output))
        }
        Command::Plan(flags) => block_on(plan::run(&connection()?, built_in, &flags, output)),
        Command::Rollback(flags) => block_on(rollback::run(&connection()?, built_in, &flags, output)),
        Command::Doctor(flags) if flags.sql => doctor::print_roles(output),
        Command::Doctor(flags) => block_on(doctor::run(&connection()?, built_in, &flags.read, output)),
        Command::Maintain(flags) if flags.list => maintain::list(&flags, output),
        Command::Maintain(flags) => {
            let tasks = maintain::chosen(&flags.tasks, &flags.skip)?;
            let settings = connection()?.statement_timeout(maintain::STATEMENT_TIMEOUT);
            block_on(maintain::run(settings, built_in, &tasks, &flags, output))
        }
        Command::New(flags) => new::run(&flags, output),
        Command::Verify(flags) => block_on(verify::run(&connection()?, built_in, &flags, output)),
        Command::Repair(flags) => block_on(repair::run(&connection()?, built_in, &flags, output)),
        #[cfg(feature = "dump")]
        Command::Dump(flags) => block_on(crate::dump::run(&connection()?, built_in, &flags, output)),
        Command::Wait(flags) => block_on(wait::run(&connection()?, built_in, &flags, output)),
        Command::Distribute(flags) => block_on(distribute::run(&connection()?, built_in, &flags, output)),
        Command::Create(flags) => block_on(create::run(&connection()?, &flags, output)),
        Command::Drop(flags) => block_on(drop::run(&connection()?, &flags, output)),
        Command::Completions(flags) => completions::completions(clap, flags, output),
        Command::Man(flags) => completions::man(clap, &flags, output),
        Command::Unlock(flags) => block_on(unlock::run(connection()?, &flags, output)),
        Command::ReleaseNumber(flags) => block_on(release_number::run(connection()?, &flags, output)),
        Command::Nearest(flags) => {
            let point = Coordinates::new(flags.latitude, flags.longitude);
            let point = point.map_err(|error| Error::Usage(error.to_string()))?;
            block_on(nearest::run(connection()?, point, &flags, output))
        }
    }
}
