//! The demo's output: numbered chapters, each with the time it took.

use std::{
    io, mem,
    time::{Duration, Instant},
};

use clap::builder::styling::{AnsiColor, Style};

use crate::{
    json::{self, Chapter},
    output::Output,
    table::Table,
    units,
};

const HEADING: Style = AnsiColor::Cyan.on_default().bold();
const ASIDE: Style = Style::new().dimmed();
const INDENT: usize = 3;

/// Writes the demo's chapters, or as JSON only their titles and times.
#[derive(Debug)]
pub(super) struct Narration<'o> {
    output: &'o mut Output,
    as_json: bool,
    chapters: Vec<Chapter>,
    chapter_began: Option<Instant>,
    began: Instant,
}

impl<'o> Narration<'o> {
    pub(super) fn new(output: &'o mut Output, as_json: bool) -> Self {
        Self { output, as_json, chapters: Vec::new(), chapter_began: None, began: Instant::now() }
    }

    /// Ends the current chapter and begins the next.
    pub(super) fn chapter(&mut self, title: &str) -> io::Result<()> {
        self.end_chapter()?;
        self.chapters.push(Chapter { title: title.to_owned(), seconds: 0.0 });
        self.line(&format!("{HEADING}{}. {title}{HEADING:#}", self.chapters.len()))?;
        self.chapter_began = Some(Instant::now());
        Ok(())
    }

    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        self.line(&format!("{:INDENT$}{text}", ""))
    }

    pub(super) fn table(&mut self, table: &Table) -> io::Result<()> {
        if self.as_json { Ok(()) } else { self.output.table(table, INDENT) }
    }

    /// Ends the last chapter and writes the summary, with `last` as its last sentence.
    pub(super) fn end(&mut self, last: &str) -> io::Result<()> {
        self.end_chapter()?;
        let took = self.began.elapsed();
        if self.as_json {
            let chapters = mem::take(&mut self.chapters);
            return json::print(&json::Demo { chapters, seconds: took.as_secs_f64() }, self.output);
        }
        self.line(&format!("The demo took {}. {last}", units::elapsed(took)))
    }

    fn end_chapter(&mut self) -> io::Result<()> {
        let Some(began) = self.chapter_began.take() else { return Ok(()) };
        let took = began.elapsed();
        if let Some(chapter) = self.chapters.last_mut() {
            chapter.seconds = took.as_secs_f64();
        }
        self.aside(took)?;
        self.line("")
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        if self.as_json { Ok(()) } else { self.output.line(text) }
    }

    fn aside(&mut self, time: Duration) -> io::Result<()> {
        self.say(&format!("{ASIDE}({}){ASIDE:#}", units::elapsed(time)))
    }
}
