//! What the program says of itself.

use crate::program::{assert_snapshot, program, run};

#[test]
fn version_prints_the_build_and_its_date() {
    for flag in ["--version", "-V", "-version"] {
        let finished = run(&mut program([flag])).ended_with(0);
        let built = finished.stdout.trim().strip_prefix("barqnet-db 0.1.0 (built ").unwrap();
        assert!(built.starts_with("20") && built.ends_with("Z)") && built.len() == "2026-11-23T18:00:00Z)".len());
    }
}

#[test]
fn help_documents_every_exit_code_and_how_to_keep_the_password_off_the_command_line() {
    let finished = run(&mut program(["-help"])).ended_with(0);
    for text in [
        "\n  0  ",
        "\n  1  ",
        "\n  2  ",
        "\n  3  ",
        "\n  4  ",
        "\n  5  ",
        "\n  6  ",
        "PGPASSWORD",
        "~/.pgpass",
        "DATABASE_URL",
    ] {
        assert!(finished.stdout.contains(text), "{text}: {}", finished.stdout);
    }
}

#[test]
fn without_arguments_it_prints_help_and_uses_no_database() {
    let finished = run(&mut program([])).ended_with(2);
    assert!(finished.stderr.contains("Usage: barqnet-db"), "{finished:?}");
}

#[test]
fn the_help_of_the_program_and_of_the_commands_for_migrations_is_reviewed() {
    let mut texts = String::new();
    for arguments in [&["--help"][..], &["migrate", "--help"], &["rollback", "--help"], &["doctor", "--help"]] {
        let finished = run(program(arguments.iter().copied()).env("COLUMNS", "100")).ended_with(0);
        texts += &format!("$ barqnet-db {}\n{}\n", arguments.join(" "), finished.stdout);
    }
    assert_snapshot("help", &texts);
}

/// The commands that the help lists, without `help`.
pub(crate) fn commands() -> Vec<String> {
    let help = run(&mut program(["--help"])).ended_with(0).stdout;
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands: Vec<String> =
        names.filter(|name| !name.is_empty() && *name != "help").map(ToOwned::to_owned).collect();
    assert!(commands.len() >= 18, "{commands:?}");
    commands
}

#[test]
fn every_command_has_its_exit_codes_in_its_help() {
    for command in commands() {
        let command = command.as_str();
        let help = run(&mut program([command, "--help"])).ended_with(0).stdout;
        let (_, codes) = help.split_once("\nExit codes:\n").unwrap_or_else(|| panic!("{command}: {help}"));
        assert!(codes.lines().any(|line| line.starts_with("  0  ")), "{command}: {codes}");
        let differs = ["status", "plan", "verify", "wait"].contains(&command);
        assert!(!differs || codes.contains("\n  6  "), "{command}: {codes}");
    }
}
