//! `completions` and `man`: what shells and `man` know of the program.

use std::{fs, io};

use clap::Command;

use crate::{
    arguments::{CompletionsFlags, ManFlags},
    error::Error,
    exit::Exit,
    output::Output,
};

/// Prints the completions of the program for a shell.
pub(crate) fn completions(command: &Command, flags: CompletionsFlags, output: &mut Output) -> Result<Exit, Error> {
    let mut command = nested(command);
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(flags.shell, &mut command, name, &mut script);
    output.document(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Done)
}

/// Prints the man page of the program, or writes one per command into a folder.
pub(crate) fn man(command: &Command, flags: &ManFlags, output: &mut Output) -> Result<Exit, Error> {
    let command = nested(command);
    let Some(folder) = &flags.folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        output.document(String::from_utf8_lossy(&page).trim_end())?;
        return Ok(Exit::Done);
    };
    let in_folder = |error: io::Error| Error::Usage(format!("{}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(in_folder)?;
    clap_mangen::generate_to(command, folder).map_err(in_folder)?;
    output.line(&format!("the pages are in {}", folder.display()))?;
    Ok(Exit::Done)
}

/// A program of several words, such as `myservice db`, as a command in a command.
fn nested(command: &Command) -> Command {
    let words: Vec<String> = command.get_name().split_whitespace().map(ToOwned::to_owned).collect();
    let Some((last, outer)) = words.split_last() else { return command.clone() };
    let command =
        if outer.is_empty() { command.clone() } else { command.clone().name(last.clone()).bin_name(last.clone()) };
    outer.iter().rev().fold(command, |inner, word| Command::new(word.clone()).subcommand(inner))
}
