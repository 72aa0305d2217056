//! The statements of the migrations that define functions, views, triggers, types, tables and indexes.
//!
//! They are looked for in the body of each migration, also inside `DO` blocks and in strings that a block executes, and
//! never in a rollback block.

use barqnet_db_sql::{Kind as TokenKind, MigrationFile, Statement, Token, statements, tokens};

use crate::migrations::File;

/// The schema in which migrations create what they name without one.
const DEFAULT_SCHEMA: &str = "public";

/// What a definition defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Function,
    View,
    Trigger,
    Type,
    Table,
    Index,
}

/// One `CREATE` statement.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(super) kind: Kind,
    /// The name, as the catalogue has it, with its schema unless that is [`DEFAULT_SCHEMA`].
    pub(super) name: String,
    /// The table of a trigger.
    pub(super) table: Option<String>,
    /// The statement without its semicolon.
    pub(super) text: String,
    /// The comments directly above it.
    pub(crate) comment: Option<String>,
    /// The migration, `V8__guard_one_time_passwords`, and the one that gave the object its present name, if another did.
    pub(super) migrations: Vec<String>,
    /// The file, by its position among those that were read.
    pub(crate) file: usize,
    /// The byte offset of the statement in the file; `None` in a string that a block executes.
    pub(crate) offset: Option<usize>,
}

/// Every definition, oldest first, under the present name of what it defines.
#[derive(Debug, Default)]
pub(crate) struct Definitions(Vec<Definition>);

/// The file that is read.
#[derive(Clone, Copy)]
struct Source<'f> {
    file: usize,
    /// Its name without `.sql`.
    name: &'f str,
    /// The byte offset of the text, if the file holds it letter by letter.
    offset: Option<usize>,
}

impl Source<'_> {
    fn behind(self, offset: usize) -> Self {
        Self { offset: self.offset.map(|begin| begin + offset), ..self }
    }
}

impl Definitions {
    pub(crate) fn read(files: &[File]) -> Self {
        let mut definitions = Self::default();
        for (number, file) in files.iter().enumerate() {
            let migration = MigrationFile::new(&file.sql);
            let body = migration.body();
            let offset = Some(migration.offset_of(body));
            definitions.read_text(body, Source { file: number, name: &file.name.to_string(), offset });
        }
        definitions
    }

    /// Those of one object, newest first.
    pub(crate) fn of<'d>(&'d self, kind: Kind, name: &str) -> impl Iterator<Item = &'d Definition> {
        self.0.iter().rev().filter(move |it| it.kind == kind && it.name == name)
    }

    /// The one that made the object; what came after changed it.
    pub(super) fn first<'d>(&'d self, kind: Kind, name: &'d str) -> Option<&'d Definition> {
        self.of(kind, name).last()
    }

    fn read_text(&mut self, sql: &str, source: Source<'_>) {
        let mut comment_of_drop = None;
        for statement in statements(sql) {
            let comment = statement.comment.or(comment_of_drop.take());
            if let Some(found) = definition(&statement.tokens, sql, source) {
                self.0.push(Definition { comment: comment.map(dedented), ..found });
            } else if let Some(rename) = rename(&statement.tokens) {
                self.rename(&rename, source.name);
            } else if statement.begins_with(&["DROP"]) {
                // `DROP TRIGGER IF EXISTS …` is between the trigger and its comment.
                comment_of_drop = statement.comment.filter(|_| is_directly_above_next(sql, &statement));
            } else {
                self.read_nested(&statement.tokens, source);
            }
        }
    }

    /// Looks into blocks and strings: in a `DO` block, statements follow others after BEGIN or THEN.
    fn read_nested(&mut self, code: &[Token<'_>], source: Source<'_>) {
        for token in code {
            let Some(text) = inner_text(token) else { continue };
            let text = text.as_str();
            let inner = match token.dollar_body() {
                Some((_, offset)) => source.behind(offset),
                None => Source { offset: None, ..source },
            };
            let all = tokens(text);
            let mut end = 0;
            for token in all.iter().filter(|token| token.is("CREATE") || token.is("ALTER")) {
                if token.offset < end {
                    continue;
                }
                let rest = &text[token.offset..];
                let Some(statement) = statements(rest).into_iter().next() else { continue };
                if let Some(found) = definition(&statement.tokens, rest, inner.behind(token.offset)) {
                    end = token.offset + statement.text.len();
                    let comment = comment_above(text, token.offset, &all).map(dedented);
                    self.0.push(Definition { comment, text: dedented(&found.text), ..found });
                } else if let Some(rename) = rename(&statement.tokens) {
                    self.rename(&rename, source.name);
                }
            }
            self.read_nested(&all, inner);
        }
    }

    fn rename(&mut self, rename: &Rename, migration: &str) {
        for definition in &mut self.0 {
            if definition.table.as_ref() == Some(&rename.old) && rename.kind == Kind::Table {
                definition.table = Some(rename.new.clone());
                definition.text = replaced(&definition.text, |before, token, _| {
                    (before.is("ON") && is_name(token, rename.old_name())).then_some(&rename.written)
                });
            }
            if rename.kind == Kind::Function && matches!(definition.kind, Kind::Trigger | Kind::View) {
                definition.text = replaced(&definition.text, |_, token, after| {
                    (is_name(token, rename.old_name()) && after.is("(")).then_some(&rename.written)
                });
            }
            if definition.kind == rename.kind && definition.name == rename.old {
                definition.text = renamed(&definition.text, rename.old_name(), &rename.written);
                definition.name.clone_from(&rename.new);
                definition.migrations.truncate(1);
                definition.migrations.push(migration.to_owned());
            }
        }
    }
}

/// `ALTER … old RENAME TO new`
struct Rename {
    kind: Kind,
    old: String,
    new: String,
    /// The new name as written, without a schema.
    written: String,
}

impl Rename {
    /// The old name without its schema.
    fn old_name(&self) -> &str {
        self.old.rsplit('.').next().unwrap_or_default()
    }
}

fn rename(code: &[Token<'_>]) -> Option<Rename> {
    let mut words = Words { code, at: 0 };
    words.skip("ALTER").then_some(())?;
    words.skip("MATERIALIZED");
    let kind = words.kind()?;
    if words.skip("IF") {
        words.skip("EXISTS");
    }
    words.skip("ONLY");
    let old = words.name()?;
    let [.., rename, to, new] = code else { return None };
    if !(rename.is("RENAME") && to.is("TO")) {
        return None;
    }
    let schema = old.rsplit_once('.').map_or_else(String::new, |(schema, _)| format!("{schema}."));
    let new_name = new.identifier()?;
    Some(Rename { kind, new: schema + &new_name, old, written: new.text.to_owned() })
}

/// What the tokens define, if they are a `CREATE` statement of a kind that is looked for.
fn definition(code: &[Token<'_>], sql: &str, source: Source<'_>) -> Option<Definition> {
    let mut words = Words { code, at: 0 };
    words.skip("CREATE").then_some(())?;
    if words.skip("OR") {
        words.skip("REPLACE");
    }
    for word in ["CONSTRAINT", "MATERIALIZED", "RECURSIVE", "UNIQUE", "UNLOGGED"] {
        words.skip(word);
    }
    let kind = words.kind()?;
    words.skip("CONCURRENTLY");
    if words.skip("IF") {
        words.skip("NOT");
        words.skip("EXISTS");
    }
    let name = words.name()?;
    let table = if kind == Kind::Trigger {
        let on = code.iter().position(|token| token.is("ON"))?;
        Some(Words { code, at: on + 1 }.name()?)
    } else {
        None
    };
    let begin = code.first()?.offset;
    let text = sql[begin..code.last()?.end()].to_owned();
    let migrations = vec![source.name.to_owned()];
    Some(Definition {
        kind,
        name,
        table,
        text,
        comment: None,
        migrations,
        file: source.file,
        offset: source.behind(begin).offset,
    })
}

/// A cursor over the tokens of a statement.
struct Words<'c, 's> {
    code: &'c [Token<'s>],
    at: usize,
}

impl Words<'_, '_> {
    fn skip(&mut self, word: &str) -> bool {
        let found = self.code.get(self.at).is_some_and(|token| token.is(word));
        self.at += usize::from(found);
        found
    }

    fn kind(&mut self) -> Option<Kind> {
        let kinds = [
            ("FUNCTION", Kind::Function),
            ("PROCEDURE", Kind::Function),
            ("AGGREGATE", Kind::Function),
            ("VIEW", Kind::View),
            ("TRIGGER", Kind::Trigger),
            ("TYPE", Kind::Type),
            ("DOMAIN", Kind::Type),
            ("TABLE", Kind::Table),
            ("INDEX", Kind::Index),
        ];
        kinds.into_iter().find(|(word, _)| self.skip(word)).map(|(_, kind)| kind)
    }

    /// A name, with its schema unless that is the default one.
    fn name(&mut self) -> Option<String> {
        let mut schema = String::new();
        loop {
            let name = self.code.get(self.at)?.identifier()?;
            self.at += 1;
            if !self.skip(".") {
                return Some(schema + &name);
            }
            if name != DEFAULT_SCHEMA {
                schema = format!("{name}.");
            }
        }
    }
}

fn is_name(token: &Token<'_>, name: &str) -> bool {
    token.identifier().as_deref() == Some(name)
}

/// The text with other tokens in place of those for which `other` has one; it sees the tokens before and after, too.
fn replaced<'o>(text: &str, other: impl Fn(&Token<'_>, &Token<'_>, &Token<'_>) -> Option<&'o String>) -> String {
    let mut changed = String::new();
    let mut end = 0;
    for three in tokens(text).windows(3) {
        if let Some(other) = other(&three[0], &three[1], &three[2]) {
            changed.push_str(&text[end..three[1].offset]);
            changed.push_str(other);
            end = three[1].end();
        }
    }
    changed + &text[end..]
}

/// The text of a definition under its object's new name.
fn renamed(text: &str, old: &str, written: &str) -> String {
    let name = tokens(text).into_iter().find(|token| is_name(token, old));
    name.map_or_else(|| text.to_owned(), |name| format!("{}{written}{}", &text[..name.offset], &text[name.end()..]))
}

/// The content of a block or a string that can contain statements.
fn inner_text(token: &Token<'_>) -> Option<String> {
    match token.dollar_body() {
        Some((body, _)) => Some(body.to_owned()),
        None if token.kind == TokenKind::String => {
            Some(token.text.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
        }
        None => None,
    }
}

fn is_directly_above_next(sql: &str, statement: &Statement<'_>) -> bool {
    let rest = sql[statement.range().end..].trim_start_matches([';', ' ']);
    rest.strip_prefix('\n').is_some_and(|rest| rest.trim_start_matches(' ').starts_with("CREATE"))
}

/// The comments directly above an offset in the middle of a block.
fn comment_above<'s>(text: &'s str, offset: usize, all: &[Token<'s>]) -> Option<&'s str> {
    let before = all.iter().rev().skip_while(|token| token.offset >= offset);
    let mut begin = offset;
    let mut end = None;
    for comment in before.take_while(|token| token.kind == TokenKind::Comment) {
        let line = text[..comment.offset].rfind('\n').map_or(0, |newline| newline + 1);
        let is_alone = text[line..comment.offset].trim().is_empty();
        if !is_alone || text[comment.end()..begin].matches('\n').count() != 1 {
            break;
        }
        begin = comment.offset;
        end = end.or(Some(comment.end()));
    }
    end.map(|end| &text[begin..end])
}

/// A text that began somewhere in its line, with the same indentation taken from all its other lines.
fn dedented(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let others = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    // The last line of a statement in a block is as deep as its first one.
    let depth = others.map(indentation).min().unwrap_or(0);
    let mut lines = text.lines().enumerate().map(|(number, line)| match number {
        0 => line,
        _ => line.get(depth..).unwrap_or_default(),
    });
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| text + "\n" + line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(migrations: &[&str]) -> Definitions {
        let mut definitions = Definitions::default();
        for (number, sql) in migrations.iter().enumerate() {
            let name = format!("V{}__x", number + 1);
            definitions.read_text(sql, Source { file: number, name: &name, offset: Some(0) });
        }
        definitions
    }

    fn newest<'d>(definitions: &'d Definitions, kind: Kind, name: &'d str) -> &'d Definition {
        definitions.of(kind, name).next().expect(name)
    }

    #[test]
    fn the_newest_definition_comes_with_its_comment_and_migration() {
        let definitions = read(&[
            "-- Old.\nCREATE FUNCTION f() RETURNS INT LANGUAGE SQL AS $$ SELECT 1 $$;",
            "-- New.\nCREATE OR REPLACE FUNCTION public.f() RETURNS INT LANGUAGE SQL AS $$ SELECT 2 $$;",
        ]);
        let found = newest(&definitions, Kind::Function, "f");
        assert_eq!((found.comment.as_deref(), &found.migrations[..]), (Some("-- New."), &["V2__x".to_owned()][..]));
        assert!(found.text.ends_with("AS $$ SELECT 2 $$"), "{}", found.text);
    }

    #[test]
    fn definitions_in_blocks_and_in_executed_strings_are_found() {
        let definitions = read(&[
            "DO $$\nBEGIN\n    IF TRUE THEN\n        -- One.\n        CREATE TABLE a (\n            b INT\n        );\n\
             END IF;\n    EXECUTE 'CREATE VIEW c AS SELECT ''d'' AS d';\nEND $$;",
        ]);
        let table = newest(&definitions, Kind::Table, "a");
        assert_eq!(
            (table.comment.as_deref(), table.text.as_str()),
            (Some("-- One."), "CREATE TABLE a (\n    b INT\n)")
        );
        assert_eq!(newest(&definitions, Kind::View, "c").text, "CREATE VIEW c AS SELECT 'd' AS d");
    }

    #[test]
    fn a_trigger_has_the_comment_above_the_drop_before_it() {
        let definitions = read(&[
            "-- Why.\nDROP TRIGGER IF EXISTS t ON a;\nCREATE TRIGGER t BEFORE UPDATE OF b ON a\n\
             EXECUTE FUNCTION f();\n\n-- Not this.\nDROP TRIGGER IF EXISTS u ON a;\n\nCREATE TRIGGER u AFTER INSERT ON a EXECUTE FUNCTION f();",
        ]);
        let trigger = newest(&definitions, Kind::Trigger, "t");
        assert_eq!((trigger.comment.as_deref(), trigger.table.as_deref()), (Some("-- Why."), Some("a")));
        assert_eq!(newest(&definitions, Kind::Trigger, "u").comment, None);
    }

    #[test]
    fn a_renamed_object_is_found_under_its_new_name() {
        let definitions = read(&[
            "CREATE VIEW old AS SELECT 1 AS old; CREATE TABLE t (a INT); CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f();",
            "ALTER VIEW old RENAME TO \"New\"; ALTER TABLE IF EXISTS t RENAME TO u; ALTER TABLE u RENAME a TO b; ALTER FUNCTION f() RENAME TO h;",
        ]);
        let view = newest(&definitions, Kind::View, "New");
        assert_eq!(view.text, "CREATE VIEW \"New\" AS SELECT 1 AS old");
        assert_eq!(view.migrations, ["V1__x", "V2__x"]);
        let trigger = newest(&definitions, Kind::Trigger, "g");
        assert_eq!(trigger.table.as_deref(), Some("u"));
        assert_eq!(trigger.text, "CREATE TRIGGER g AFTER INSERT ON u EXECUTE FUNCTION h()");
        assert_eq!(definitions.of(Kind::View, "old").count(), 0);
    }
}
