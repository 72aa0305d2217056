//! Standard output: styled on a terminal, plain text elsewhere.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use anstream::AutoStream;

use crate::table::Table;

/// Whether only errors and documents are written.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// From now on only errors and documents are written.
pub(crate) fn be_quiet() {
    IS_QUIET.store(true, Ordering::Relaxed);
}

pub(crate) fn is_quiet() -> bool {
    IS_QUIET.load(Ordering::Relaxed)
}

/// Where results are written.
///
/// Removes escape codes without a terminal or with `NO_COLOR`. A closed pipe, as after `| head`, is not an error: the rest
/// is discarded.
#[derive(Debug)]
pub(crate) struct Output {
    stream: AutoStream<io::Stdout>,
    is_closed: bool,
    has_document: bool,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self { stream: anstream::stdout(), is_closed: false, has_document: false }
    }

    /// Writes one line, unless only errors are asked for.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        if is_quiet() { Ok(()) } else { self.always(text) }
    }

    /// Writes what the command is for, such as a JSON document.
    pub(crate) fn document(&mut self, text: &str) -> io::Result<()> {
        self.has_document = true;
        self.always(text)
    }

    /// Whether a document is written.
    pub(crate) fn has_document(&self) -> bool {
        self.has_document
    }

    /// Writes a question.
    pub(crate) fn question(&mut self, text: &str) -> io::Result<()> {
        self.always(text)
    }

    fn always(&mut self, text: &str) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        match writeln!(self.stream, "{text}").and_then(|()| self.stream.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(())
            }
            written => written,
        }
    }

    /// Writes a table, each line after `indent` spaces.
    pub(crate) fn table(&mut self, table: &Table, indent: usize) -> io::Result<()> {
        for line in table.lines() {
            self.line(&format!("{:indent$}{}", "", line))?;
        }
        Ok(())
    }
}

/// Writes a note to standard error. Ignores that standard error may be closed.
pub(crate) fn note(text: &str) {
    if !is_quiet() {
        let _ = writeln!(anstream::stderr(), "note: {text}");
    }
}
