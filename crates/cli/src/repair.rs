//! `repair`: records the checksums of migrations that were edited after they were applied.

use std::path::Path;

use barqnet_db::{
    migrate::{self, Conflict, Edited, Migrations},
    pool::Settings,
};
use barqnet_db_sql::{Kind, MigrationFile, tokens};
use clap::builder::styling::AnsiColor;

use crate::{
    arguments::RepairFlags,
    difference::{self, Line},
    earlier_text::{self, Earlier},
    error::Error,
    exit::Exit,
    json,
    migrate::migrations,
    new,
    output::Output,
    prompt, sources, units,
};

/// What confirms.
const WORD: &str = "repair";

/// Shows how each edited migration differs from what was applied, as far as that is known, and records the new texts.
pub(crate) async fn run(
    settings: &Settings,
    built_in: &Migrations,
    flags: &RepairFlags,
    output: &mut Output,
) -> Result<Exit, Error> {
    if !flags.yes && !flags.dry_run {
        prompt::require_terminal("repair", flags.json.json)?;
    }
    let migrations = migrations(&flags.folder, built_in)?;
    let plan = migrate::plan(settings, &migrations).await?;
    refuse_others(&plan.conflicts)?;
    let edited = migrate::edited(settings, &migrations).await?;
    let first = flags.folder.folder.as_deref().unwrap_or(Path::new(new::FOLDER));
    let earlier = |edited: &Edited| {
        let folder = sources::folder_of(edited.migration.source.as_deref(), &flags.folder.sources).unwrap_or(first);
        earlier_text::find(edited, flags.earlier.as_deref(), folder)
    };
    let found: Vec<(&Edited, Option<Earlier>)> = edited.iter().map(|it| (it, earlier(it))).collect();
    let place = units::place(settings);
    let as_json = flags.json.json;
    if !as_json {
        for (edited, earlier) in &found {
            show(edited, earlier.as_ref(), output)?;
        }
    }
    let repairs = !edited.is_empty() && !flags.dry_run;
    if repairs {
        if !flags.yes {
            let what = units::count(edited.len(), "checksum");
            let question = format!("The schema of {place} stays as it is. Type {WORD} to record {what}:");
            prompt::confirm(&question, WORD.to_owned(), output).await?;
        }
        migrate::accept_edits(settings, &edited, &flags.limits.options()).await?;
    }
    if as_json {
        json::print(
            &json::Repaired::of(repairs, found.iter().map(|(edited, earlier)| text(edited, earlier.as_ref()))),
            output,
        )?;
    } else {
        let what = units::count(edited.len(), "checksum");
        output.line(&match (edited.len(), repairs) {
            (0, _) => format!("nothing to repair: each applied migration of {place} has the text of this build"),
            (_, true) => format!("{what} recorded on {place}"),
            (_, false) => format!("{what} would be recorded on {place}; nothing was changed"),
        })?;
    }
    Ok(Exit::Done)
}

/// A migration that this build lacks, or has under another name, is no edit of one: no checksum makes them the same.
fn refuse_others(conflicts: &[Conflict]) -> Result<(), Error> {
    let is_other = |conflict: &&Conflict| match conflict {
        Conflict::Unknown { .. } => true,
        Conflict::Changed { migration, applied_as, .. } => migration != applied_as,
        _ => false,
    };
    let others: Vec<String> = conflicts.iter().filter(is_other).map(ToString::to_string).collect();
    if others.is_empty() { Ok(()) } else { Err(Error::Irreparable(others.join("; "))) }
}

/// What an edit changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// Comments or white space outside the rollback block.
    Comments,
    /// The rollback block, and perhaps comments.
    Rollback,
    /// Statements.
    Statements,
    /// The earlier text is not known.
    Unknown,
}

impl Change {
    fn of(edited: &Edited, earlier: Option<&Earlier>) -> Self {
        let Some(earlier) = earlier else { return Self::Unknown };
        let (old, new) = (MigrationFile::new(&earlier.text), MigrationFile::new(&edited.sql));
        if code(old.body()) != code(new.body()) || old.directives() != new.directives() {
            Self::Statements
        } else if old.rollback().map(code) != new.rollback().map(code) {
            Self::Rollback
        } else {
            Self::Comments
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Comments => "comments",
            Self::Rollback => "rollback",
            Self::Statements => "statements",
            Self::Unknown => "unknown",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Comments => "only comments or white space differ",
            Self::Rollback => "the rollback block differs, the statements are the same",
            Self::Statements => "statements differ: this database has what the earlier ones made",
            Self::Unknown => {
                "the earlier text is not known, because the database has only its checksum; --earlier names a folder that has it"
            }
        }
    }
}

/// The SQL without comments and white space.
fn code(sql: &str) -> Vec<&str> {
    tokens(sql).into_iter().filter(|token| token.kind != Kind::Comment).map(|token| token.text).collect()
}

fn show(edited: &Edited, earlier: Option<&Earlier>, output: &mut Output) -> Result<(), Error> {
    let at = edited.migration.applied_at.map(units::time).unwrap_or_default();
    let migration = &edited.migration;
    output.line(&format!("{migration}, applied at {at}: {}", Change::of(edited, earlier).meaning()))?;
    let Some(earlier) = earlier else { return Ok(()) };
    output.line(&format!("   applied was the text of {}:", earlier.source))?;
    let (red, green) = (AnsiColor::Red.on_default(), AnsiColor::Green.on_default());
    for line in difference::lines(&earlier.text, &edited.sql) {
        output.line(&match line {
            Line::Removed(text) => format!("   {red}-{text}{red:#}"),
            Line::Added(text) => format!("   {green}+{text}{green:#}"),
        })?;
    }
    Ok(())
}

fn text(edited: &Edited, earlier: Option<&Earlier>) -> json::EditedText {
    let lines = earlier.map(|earlier| difference::lines(&earlier.text, &edited.sql));
    let line = |line: Line<'_>| match line {
        Line::Removed(text) => format!("-{text}"),
        Line::Added(text) => format!("+{text}"),
    };
    json::EditedText {
        version: edited.migration.version,
        name: edited.migration.name.clone(),
        change: Change::of(edited, earlier).kind(),
        earlier_text_of: earlier.map(|earlier| earlier.source.clone()),
        difference: lines.map(|lines| lines.into_iter().map(line).collect()),
    }
}
