//! Constraints, indexes and defaults in the words of the migrations.
//!
//! A migration says `status IN ('a', 'b')`. The catalogue says the same in a longer way, which may change with the server's
//! version. A migration's text is shown if the server, given this text, makes exactly the object that is there.

use std::collections::{BTreeMap, BTreeSet};

use barqnet_db_sql::{Kind as TokenKind, MigrationFile, Token, quote_identifier, tokens};
use tokio_postgres::{Client, Error};

use super::{
    catalogue::{Constraint, Index, Relation},
    definitions::{Definition, Definitions, Kind},
    verbatim::attempt,
};
use crate::migrations::File;

/// The name of an object that is created for comparison only.
const TRIAL: &str = "schema_migration_trial";

/// The texts that the server confirmed, by the number of the constraint or index.
#[derive(Debug, Default)]
pub(super) struct Written {
    constraints: BTreeMap<u32, String>,
    indexes: BTreeMap<u32, (String, Definition)>,
}

impl Written {
    /// Tries the texts of the migrations, in the transaction that is open.
    pub(super) async fn read(
        files: &[File],
        definitions: &Definitions,
        relations: &[Relation],
        client: &Client,
    ) -> Result<Self, Error> {
        let mut checks = Checks::default();
        for file in files {
            checks.read(MigrationFile::new(&file.sql).body());
        }
        let mut written = Self::default();
        for table in relations {
            for constraint in table.constraints.iter().filter(|constraint| constraint.kind == 'c') {
                for text in checks.like(&constraint.definition) {
                    if is_check(table, constraint, text, client).await? {
                        written.constraints.insert(constraint.oid, text.to_owned());
                        break;
                    }
                }
            }
            for index in &table.indexes {
                for definition in definitions.of(Kind::Index, &index.name.name) {
                    let Some(from_table) = from_table(&definition.text) else { continue };
                    if is_index(index, from_table, client).await? {
                        written.indexes.insert(index.oid, (from_table.to_owned(), definition.clone()));
                        break;
                    }
                }
            }
        }
        Ok(written)
    }

    /// The same texts for the constraints and indexes of another database, where it has the same under the same names.
    pub(super) fn of_others(&self, relations: &[Relation], others: &[Relation]) -> Self {
        let mut found = Self::default();
        for other in others {
            let Some(relation) = relations.iter().find(|relation| relation.name == other.name) else { continue };
            let definition = |constraint: &Constraint| constraint.definition.trim_end_matches(" NOT VALID").to_owned();
            for constraint in &other.constraints {
                let is_same = |it: &&Constraint| it.name == constraint.name && definition(it) == definition(constraint);
                let same = relation.constraints.iter().find(is_same);
                if let Some(text) = same.and_then(|same| self.constraints.get(&same.oid)) {
                    found.constraints.insert(constraint.oid, text.clone());
                }
            }
            for index in &other.indexes {
                let is_same = |it: &&Index| it.name == index.name && it.definition == index.definition;
                let same = relation.indexes.iter().find(is_same);
                if let Some(written) = same.and_then(|same| self.indexes.get(&same.oid)) {
                    found.indexes.insert(index.oid, written.clone());
                }
            }
        }
        found
    }

    /// What follows the constraint's name.
    pub(super) fn constraint(&self, constraint: &Constraint) -> String {
        let Some(text) = self.constraints.get(&constraint.oid) else {
            return in_house_style(&constraint.definition);
        };
        if constraint.is_valid { text.clone() } else { format!("{text} NOT VALID") }
    }

    /// The statement that creates an index, without its semicolon, and the comment above it in its migration.
    pub(super) fn index<'w>(&'w self, index: &'w Index) -> (String, Option<&'w str>) {
        let Some((from_table, definition)) = self.indexes.get(&index.oid) else {
            return (index.definition.replace(" USING btree (", " ("), None);
        };
        let unique = if index.definition.starts_with("CREATE UNIQUE") { "UNIQUE " } else { "" };
        let sql = format!("CREATE {unique}INDEX {} {from_table}", quote_identifier(&index.name.name));
        (sql, definition.comment.as_deref())
    }
}

/// `REFERENCES users (id)` for the catalogue's `REFERENCES users(id)`.
fn in_house_style(definition: &str) -> String {
    let Some((before, target)) = definition.split_once(" REFERENCES ") else { return definition.to_owned() };
    format!("{before} REFERENCES {}", target.replacen('(', " (", 1))
}

/// A column's default, without the cast that the column implies.
pub(super) fn default_value(type_name: &str, expression: &str) -> String {
    const BUILT_IN: [&str; 5] = ["true", "false", "now()", "clock_timestamp()", "gen_random_uuid()"];
    let is_string = |literal: &str| matches!(tokens(literal)[..], [token] if token.kind == TokenKind::String);
    match expression.rsplit_once("::") {
        Some((literal, cast)) if is_string(literal) && type_name.starts_with(cast) => literal.to_owned(),
        _ if BUILT_IN.contains(&expression) => expression.to_uppercase(),
        _ => expression.to_owned(),
    }
}

/// Every `CHECK (…)` of the migrations, by the names in it.
#[derive(Debug, Default)]
struct Checks(BTreeMap<BTreeSet<String>, Vec<String>>);

impl Checks {
    fn read(&mut self, sql: &str) {
        let all = tokens(sql);
        for (at, token) in all.iter().enumerate() {
            if token.is("CHECK") {
                if let Some(text) = in_one_line(sql, &all[at..]) {
                    self.0.entry(names(&text)).or_default().push(text);
                }
            } else if let Some((body, _)) = token.dollar_body() {
                self.read(body);
            } else if token.kind == TokenKind::String {
                self.read(&token.text.trim_matches('\'').replace("''", "'"));
            }
        }
    }

    /// Those that may say what `definition` says, newest first.
    fn like(&self, definition: &str) -> impl Iterator<Item = &str> {
        self.0.get(&names(definition)).into_iter().flatten().rev().map(String::as_str)
    }
}

/// The names in an expression, without the keywords and types that PostgreSQL adds and changes.
fn names(expression: &str) -> BTreeSet<String> {
    const NOISE: [&str; 17] = [
        "check",
        "and",
        "or",
        "not",
        "in",
        "any",
        "array",
        "all",
        "is",
        "between",
        "character",
        "varying",
        "text",
        "numeric",
        "double",
        "precision",
        "interval",
    ];
    let all = tokens(expression);
    let is_name = |token: &&Token<'_>| !NOISE.iter().any(|word| token.is(word));
    all.iter().filter(is_name).filter_map(Token::identifier).collect()
}

/// `CHECK (…)` up to its closing bracket, without line breaks.
fn in_one_line(sql: &str, all: &[Token<'_>]) -> Option<String> {
    let mut depth = 0_usize;
    let mut text = String::new();
    let mut end = all.first()?.offset;
    for token in all.iter().filter(|token| token.kind != TokenKind::Comment) {
        let gap = &sql[end..token.offset];
        let is_inner_edge = text.ends_with('(') || token.is(")");
        if gap.contains('\n') {
            text.push_str(if is_inner_edge { "" } else { " " });
        } else {
            text.push_str(gap);
        }
        text.push_str(token.text);
        end = token.end();
        depth = if token.is("(") { depth + 1 } else { depth - usize::from(token.is(")") && depth > 0) };
        if depth == 0 && token.is(")") {
            return Some(text);
        }
        if depth == 0 && !token.is("CHECK") {
            return None;
        }
    }
    None
}

async fn is_check(table: &Relation, constraint: &Constraint, text: &str, client: &Client) -> Result<bool, Error> {
    let add = format!("ALTER TABLE {} ADD CONSTRAINT {TRIAL} {text}", table.name.written());
    let compare = format!("SELECT PG_GET_CONSTRAINTDEF(oid, TRUE) FROM pg_constraint WHERE conname = '{TRIAL}'");
    let wanted = constraint.definition.trim_end_matches(" NOT VALID");
    Ok(attempt(client, &add, &compare).await?.is_some_and(|made| made == wanted))
}

async fn is_index(index: &Index, from_table: &str, client: &Client) -> Result<bool, Error> {
    // Most indexes are written as PostgreSQL writes them: these need no trial.
    if says_the_same(&index.definition, from_table) {
        return Ok(true);
    }
    let unique = if index.definition.starts_with("CREATE UNIQUE") { "UNIQUE " } else { "" };
    let create = format!("CREATE {unique}INDEX {TRIAL} {from_table}");
    let compare = format!("SELECT PG_GET_INDEXDEF(oid, 0, TRUE) FROM pg_class WHERE relname = '{TRIAL}'");
    let name = quote_identifier(&index.name.name);
    let wanted = index.definition.replacen(&format!(" {name} ON "), &format!(" {TRIAL} ON "), 1);
    Ok(attempt(client, &create, &compare).await?.is_some_and(|made| without_casts(&made) == without_casts(&wanted)))
}

/// Whether PostgreSQL's text of an index has the words of a migration's, besides the method that it adds.
fn says_the_same(definition: &str, from_table: &str) -> bool {
    let Some(definition) = self::from_table(definition) else { return false };
    let definition = definition.replacen(" USING btree (", " (", 1);
    let [definition, migration] = [definition.as_str(), from_table].map(tokens);
    definition.iter().map(|token| token.text).eq(migration.iter().map(|token| token.text))
}

/// The condition of a partial index without casts and brackets: PostgreSQL writes it in another way when it has rebuilt the
/// index for a column of another type.
fn without_casts(index: &str) -> String {
    let Some((columns, condition)) = index.split_once(" WHERE ") else { return index.to_owned() };
    let condition =
        condition.replace("::character varying", "").replace("::text", "").replace(['(', ')', '[', ']'], "");
    format!("{columns} WHERE {condition}")
}

/// What follows the name in `CREATE INDEX name ON …`.
fn from_table(text: &str) -> Option<&str> {
    tokens(text).iter().find(|token| token.is("ON")).map(|on| &text[on.offset..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_found_wherever_a_migration_has_them() {
        let mut checks = Checks::default();
        checks.read(
            "CREATE TABLE a (b TEXT CHECK (b IN ('x', 'y')), CONSTRAINT c CHECK (\n    d > 0\n    AND (d < 5)\n));\n\
             DO $$ BEGIN EXECUTE 'ALTER TABLE a ADD CHECK (e = ''f'')'; END $$;",
        );
        let like = |definition| checks.like(definition).collect::<Vec<_>>();
        assert_eq!(
            like("CHECK (b::text = ANY (ARRAY['x'::character varying, 'y'::character varying]::text[]))"),
            ["CHECK (b IN ('x', 'y'))"]
        );
        assert_eq!(like("CHECK (d > 0 AND d < 5)"), ["CHECK (d > 0 AND (d < 5))"]);
        assert_eq!(like("CHECK (e = 'f'::text)"), ["CHECK (e = 'f')"]);
        assert!(like("CHECK (g = 'f'::text)").is_empty());
    }

    #[test]
    fn an_index_in_the_words_of_postgresql_needs_no_trial() {
        let same = |text| says_the_same("CREATE INDEX i ON t USING btree (a, lower(b)) WHERE a > 0", text);
        assert!(same("ON t (a,\n    lower(b))\nWHERE a > 0"));
        assert!(
            !same("ON t (a, LOWER(b)) WHERE a > 0") && !same("ON t (a, lower(b))") && !same("ON t (a) WHERE a > 0")
        );
        assert!(!says_the_same("CREATE INDEX i ON t USING gin (a)", "ON t (a)"));
    }

    #[test]
    fn a_default_loses_the_cast_that_its_column_implies() {
        assert_eq!(default_value("character varying(20)", "'it''s'::character varying"), "'it''s'");
        assert_eq!(default_value("date", "'x'::text"), "'x'::text");
        assert_eq!(default_value("boolean", "true"), "TRUE");
        assert_eq!(default_value("timestamp with time zone", "now()"), "NOW()");
        assert_eq!(default_value("integer", "mine(1)"), "mine(1)");
    }
}
