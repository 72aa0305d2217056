//! What help texts say at their end: the sources of the connection, and exit codes.

use clap::{Arg, Command};

const SOURCES: &str = "\
The connection is read from these sources; an earlier one takes precedence:
  1. the flags --host to --sslmode
  2. --database-url, or else DATABASE_URL: postgres://user@host:5432/dbname?sslmode=verify-full
  3. PGSERVICE, a name in ~/.pg_service.conf
  4. PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLMODE and so on, as psql reads them
  5. for the password: ~/.pgpass, or the file that PGPASSFILE names";

const DEFAULTS: &str = "host localhost, port 5432, user postgres, database chameleonvpn, sslmode prefer";

const DEFAULTS_OF_A_SERVICE: &str = "host localhost, port 5432, user and database as the operating system calls you";

const GO_TOOL: &str = "\
Scripts for the Go tool run_migrations work after changing the program's name: flags may have one
dash (-host localhost, -host=localhost); without a command the program migrates, and with -status
it shows the status.";

const LOGGING: &str = "\
Logs go to standard error, warnings by default; -v and -vv show more. RUST_LOG is a level, or a list
such as info,barqnet_db=debug.";

/// The exit codes of every command.
const OF_ALL: [(&str, &str); 5] = [
    ("0", "done"),
    ("1", "the operation failed"),
    ("2", "wrong usage: an argument, variable, URL or folder that can't be used; nothing was attempted"),
    ("3", "no connection to the database; for a command that writes: the server accepts no writes"),
    ("129, 130, 143", "stopped by SIGHUP, SIGINT (Ctrl-C) or SIGTERM; the last line says what that leaves"),
];

/// What the codes mean in all commands together.
const OF_PROGRAM: [(&str, &str); 5] = [
    ("0", "done; for `status` and `plan`: up to date; for `doctor`: no problem"),
    ("1", "the operation failed; for `doctor`: there is a problem; for `maintain`: a task failed"),
    ("4", "`status`, `plan`: migrations are pending"),
    ("5", "`status`, `plan`: the database is ahead: newer migrations are applied than this build has"),
    ("6", "`status`, `plan`: the database has diverged: other migrations are applied than this build's"),
];

/// Further exit codes, or other words for those of all, of some commands.
fn of_command(command: &str) -> &'static [(&'static str, &'static str)] {
    match command {
        "status" => &[
            ("0", "up to date"),
            ("4", "migrations are pending"),
            ("5", "the database is ahead: newer migrations are applied than this build has"),
            ("6", "the database has diverged: other migrations are applied than this build's, or in another order"),
        ],
        "plan" => of_command("status"),
        "doctor" => &[("0", "no problem"), ("1", "there is a problem, or the check failed")],
        "maintain" => &[("1", "a task failed; the others have run")],
        "verify" => &[
            ("0", "each applied migration is the one of this build"),
            ("5", "newer migrations are applied than this build has; those that it has are the same"),
            ("6", "an applied migration is another one than this build's"),
        ],
        "wait" => &[
            ("0", "the database accepts connections"),
            ("3", "no connection within the limit, or none that waiting could bring"),
            ("4", "with --migrated: migrations were still pending"),
            ("6", "with --migrated: the database has diverged"),
        ],
        "repair" => &[
            ("0", "done, or nothing to repair"),
            ("1", "it failed or was not confirmed"),
            ("6", "an applied migration is not in this build, or under another name"),
        ],
        "rollback" => &[("1", "it failed or was not confirmed")],
        _ => &[],
    }
}

/// The command with what its help texts lack. A number after a flag may be negative, so that the error says what is
/// wrong with it.
pub(crate) fn completed(command: Command, is_barqnet_db: bool) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let command = names.iter().fold(command, |command, name| {
        command.mut_subcommand(name, |subcommand| with_numbers(subcommand).after_help(exit_codes(of_command(name))))
    });
    let mut all = String::new();
    for part in [SOURCES, if is_barqnet_db { DEFAULTS } else { DEFAULTS_OF_A_SERVICE }] {
        all += &if part == SOURCES { format!("{part}\n") } else { format!("  6. {part}\n\n") };
    }
    if is_barqnet_db {
        all += &format!("{GO_TOOL}\n\n");
    }
    all += &format!("{LOGGING}\n\n{}", exit_codes(&OF_PROGRAM));
    if is_barqnet_db {
        all += "\n\nWith the flag --status the exit code 4 is 0.";
    }
    command.after_help(all)
}

fn with_numbers(command: Command) -> Command {
    command.mut_args(|argument: Arg| {
        let takes_a_value = argument.get_action().takes_values();
        argument.allow_negative_numbers(takes_a_value)
    })
}

fn exit_codes(own: &[(&str, &str)]) -> String {
    let mut all: Vec<(&str, &str)> = OF_ALL.to_vec();
    for (code, meaning) in own {
        match all.iter_mut().find(|(known, _)| known == code) {
            Some(known) => known.1 = meaning,
            None => all.insert(all.len() - 1, (code, meaning)),
        }
    }
    let lines: Vec<String> = all.iter().map(|(code, meaning)| format!("  {code}  {meaning}")).collect();
    format!("Exit codes:\n{}", lines.join("\n"))
}
