//! Questions on the terminal.

use std::io::{self, IsTerminal as _, Write as _};

use tokio::task;

use crate::{
    error::Error,
    output::{self, Output},
};

/// Refuses to go on where nobody can be asked, or would see what is asked.
pub(crate) fn require_terminal(command: &str, as_json: bool) -> Result<(), Error> {
    if as_json || output::is_quiet() {
        return Err(Error::Usage(format!("{command} asks for confirmation: --json and --quiet need --yes")));
    }
    if io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Error::Usage(format!("{command} asks for confirmation: run it on a terminal, or with --yes")))
}

/// Asks, and fails unless `expected` is typed, which is less likely to be typed by mistake than `y`.
pub(crate) async fn confirm(question: &str, expected: String, output: &mut Output) -> Result<(), Error> {
    output.question(question)?;
    // On a thread of its own, so that a signal is noticed meanwhile.
    let answer = task::spawn_blocking(|| {
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map(|_| answer)
    });
    let answer = answer.await.map_err(io::Error::other)??;
    if !answer.ends_with('\n') {
        // The end of the input leaves the cursor behind the question.
        let _ = writeln!(anstream::stderr());
    }
    if answer.trim() == expected { Ok(()) } else { Err(Error::Declined) }
}
