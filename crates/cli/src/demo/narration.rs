//! The demo's output: numbered chapters, each with the time it took.

use std::{
    io,
    time::{Duration, Instant},
};

use clap::builder::styling::{AnsiColor, Style};

use crate::{
    output::{Output, Table},
    units,
};

const HEADING: Style = AnsiColor::Cyan.on_default().bold();
const ASIDE: Style = Style::new().dimmed();
const INDENT: usize = 3;

/// Writes the demo's chapters.
#[derive(Debug)]
pub(super) struct Narration {
    output: Output,
    chapters: usize,
    chapter_began: Option<Instant>,
    began: Instant,
}

impl Narration {
    pub(super) fn new(output: Output) -> Self {
        Self { output, chapters: 0, chapter_began: None, began: Instant::now() }
    }

    /// Ends the current chapter and begins the next.
    pub(super) fn chapter(&mut self, title: &str) -> io::Result<()> {
        self.end_chapter()?;
        self.chapters += 1;
        self.output.line(&format!("{HEADING}{}. {title}{HEADING:#}", self.chapters))?;
        self.chapter_began = Some(Instant::now());
        Ok(())
    }

    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        self.output.line(&format!("{:INDENT$}{text}", ""))
    }

    pub(super) fn table(&mut self, table: &Table) -> io::Result<()> {
        self.output.table(table, INDENT)
    }

    /// Ends the last chapter and writes the summary, with `last` as its last sentence.
    pub(super) fn end(&mut self, last: &str) -> io::Result<()> {
        self.end_chapter()?;
        let time = units::elapsed(self.began.elapsed());
        self.output.line(&format!("The demo took {time}. {last}"))
    }

    fn end_chapter(&mut self) -> io::Result<()> {
        let Some(began) = self.chapter_began.take() else { return Ok(()) };
        self.aside(began.elapsed())?;
        self.output.line("")
    }

    fn aside(&mut self, time: Duration) -> io::Result<()> {
        self.say(&format!("{ASIDE}({}){ASIDE:#}", units::elapsed(time)))
    }
}
