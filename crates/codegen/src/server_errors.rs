//! Errors of PostgreSQL in queries: where in the file, and what to write instead.

use barqnet_db_sql::{Kind, Name, Token, tokens};
use tokio_postgres::{
    Client, Error,
    error::{DbError, SqlState},
};

use crate::{
    diagnostic::{Diagnostic, character_position},
    did_you_mean::did_you_mean,
    queries::{Module, Query},
};

/// Functions of other databases, and what PostgreSQL has instead.
const OTHER_DIALECTS: [(&str, &str); 9] = [
    ("charindex", "POSITION(part IN text)"),
    ("datediff", "a - b"),
    ("getdate", "NOW()"),
    ("group_concat", "STRING_AGG(text, ',')"),
    ("ifnull", "COALESCE(value, other)"),
    ("iif", "CASE WHEN condition THEN value ELSE other END"),
    ("isnull", "COALESCE(value, other)"),
    ("len", "LENGTH(text)"),
    ("nvl", "COALESCE(value, other)"),
];

/// What a name that does not exist may have been meant as. Read only where there is such a name.
#[derive(Default)]
pub(crate) struct Names {
    tables: Vec<String>,
    functions: Vec<String>,
}

impl Names {
    /// Those that serve the errors. Without them, an error is shown without a suggestion.
    pub(crate) async fn for_errors(errors: impl Iterator<Item = &Error>, client: &Client) -> Self {
        let missing = [SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_FUNCTION];
        if !errors.filter_map(Error::code).any(|code| missing.contains(code)) {
            return Self::default();
        }
        let tables = "SELECT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname::TEXT ELSE n.nspname || '.' || c.relname END
                      FROM pg_class c
                      JOIN pg_namespace n ON n.oid = c.relnamespace
                      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.oid >= 16384 AND NOT STARTS_WITH(n.nspname, 'pg_')";
        let functions = "SELECT DISTINCT proname::TEXT FROM pg_proc";
        let mut names = [Vec::new(), Vec::new()];
        for (sql, names) in [tables, functions].into_iter().zip(&mut names) {
            let rows = client.query(sql, &[]).await.unwrap_or_default();
            names.extend(rows.iter().map(|row| row.get::<_, String>(0)));
        }
        let [tables, functions] = names;
        Self { tables, functions }
    }
}

/// The diagnostic of a query that the server refuses.
pub(crate) fn refused(module: &Module, query: &Query, error: &Error, names: &Names) -> Diagnostic {
    let Some(database_error) = error.as_db_error() else {
        return Diagnostic::new(&module.path, error.to_string()).at(&module.text, query.sql.start);
    };
    let refusal = Refusal { query, error: database_error, text: &module.text };
    let parameter = refusal.parameter();
    let offset = refusal.offset().or_else(|| parameter.map(|(_, name)| name.offset)).unwrap_or(query.sql.start);
    let mut diagnostic = Diagnostic::from_database(&module.path, database_error)
        .at(&module.text, offset)
        .note(format!("query {}.{}", module.name, query.name.text));
    if let Some((number, name)) = parameter {
        diagnostic = diagnostic.note(format!("${number} is :{}", name.text));
    }
    let other_dialect = || refusal.comparison().or_else(|| refusal.syntax());
    let help = other_dialect()
        .or_else(|| refusal.type_of_parameter())
        .or_else(|| refusal.name(names))
        .or_else(|| refusal.string());
    help.into_iter().fold(diagnostic, Diagnostic::help)
}

struct Refusal<'r> {
    query: &'r Query,
    error: &'r DbError,
    /// That of the file.
    text: &'r str,
}

impl Refusal<'_> {
    /// Where the error is, if the server says so.
    fn offset(&self) -> Option<usize> {
        Some(self.query.flat.original_offset(character_position(self.error)?))
    }

    /// What the server's `$1` is called in the file.
    fn parameter(&self) -> Option<(usize, &Name)> {
        let (_, rest) = self.error.message().split_once('$')?;
        let number: usize = rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        Some((number, self.query.flat.parameters.get(number.checked_sub(1)?)?))
    }

    /// `==` of other languages; an extension may have such an operator.
    fn comparison(&self) -> Option<String> {
        let (_, types) = self.error.message().split_once("operator does not exist: ")?;
        let is_equals = types.split(' ').any(|word| ["==", "==="].contains(&word));
        is_equals.then(|| "PostgreSQL compares with a single `=`".to_owned())
    }

    /// What is meant where the grammar ends: a parameter in a place for a name, or the syntax of another database.
    fn syntax(&self) -> Option<String> {
        if *self.error.code() != SqlState::SYNTAX_ERROR {
            return None;
        }
        let offset = self.offset()?;
        let sql = self.text.get(self.query.sql.clone())?;
        let all: Vec<Token<'_>> = tokens(sql).into_iter().filter(|token| token.kind != Kind::Comment).collect();
        let index = all.iter().position(|token| self.query.sql.start + token.offset == offset)?;
        let before = index.checked_sub(1).map(|before| &all[before]);
        let follows = |words: &[&str]| before.is_some_and(|before| words.iter().any(|word| before.is(word)));
        let text = all[index].text;
        if all[index].kind == Kind::Parameter {
            return Some(if follows(&["INTERVAL", "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ"]) {
                format!("cast it: {text}::{}", before.map_or("TEXT", |type_| type_.text))
            } else if follows(&["IN"]) {
                format!("one parameter can hold all values: = ANY ({text})")
            } else {
                "a parameter is a value: names of tables and columns, types and keywords can't be parameters".to_owned()
            });
        }
        match text {
            ":" => Some("a parameter is a colon and a name that begins with a letter: :name".to_owned()),
            "[" => Some("PostgreSQL quotes names in double quotes, if they need quotes".to_owned()),
            _ if follows(&["TOP"]) => Some("PostgreSQL has LIMIT, at the end of the statement".to_owned()),
            _ => None,
        }
    }

    /// What to do where the server can't tell a parameter's type, or took it from what stands beside it.
    fn type_of_parameter(&self) -> Option<String> {
        let code = self.error.code();
        let is_untyped = [&SqlState::AMBIGUOUS_FUNCTION, &SqlState::INDETERMINATE_DATATYPE].contains(&code);
        let is_operator = *code == SqlState::UNDEFINED_FUNCTION && self.error.message().starts_with("operator");
        if let Some((_, name)) = self.parameter().filter(|_| is_untyped) {
            return Some(format!("say its type: :{}::INTEGER, for example", name.text));
        }
        if !(is_untyped || is_operator) {
            return None;
        }
        let offset = self.offset()?;
        let sql = self.text.get(self.query.sql.clone())?;
        let all: Vec<Token<'_>> = tokens(sql).into_iter().filter(|token| token.kind != Kind::Comment).collect();
        let is_meant = |index: usize| {
            let is_cast = all.get(index + 1).is_some_and(|next| next.is("::"));
            all[index].kind == Kind::Parameter && !is_cast && self.query.sql.start + all[index].offset >= offset
        };
        let parameter = all[(0..all.len()).find(|index| is_meant(*index))?].text;
        let type_ = self.type_beside().unwrap_or_else(|| {
            if self.error.message().contains("unnest") { "TEXT[]".to_owned() } else { "INTEGER".to_owned() }
        });
        Some(format!("say its type: {parameter}::{type_}, for example"))
    }

    /// The type of the other side in `operator does not exist: date = text`; an INTERVAL can be subtracted from a time.
    fn type_beside(&self) -> Option<String> {
        let (_, types) = self.error.message().split_once("operator does not exist: ")?;
        let is_operator = |word: &&str| word.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c));
        let operator = types.split(' ').find(is_operator)?;
        let (left, right) = types.split_once(&format!(" {operator} "))?;
        match (left, right) {
            (_, "interval") => Some("INTERVAL".to_owned()),
            ("text" | "unknown", other) | (other, "text" | "unknown") => Some(other.to_owned()),
            _ => None,
        }
    }

    /// The name that was meant in place of one that does not exist.
    fn name(&self, names: &Names) -> Option<String> {
        let message = self.error.message();
        let meant = |meant: &str| format!("did you mean `{meant}`?");
        if *self.error.code() == SqlState::UNDEFINED_TABLE {
            let table = message.split('"').nth(1)?;
            return did_you_mean(table, names.tables.iter().map(String::as_str)).map(meant);
        }
        let function = message.strip_prefix("function ")?.split('(').next()?;
        let other = OTHER_DIALECTS.iter().find(|(name, _)| *name == function);
        if let Some((_, instead)) = other {
            return Some(format!("PostgreSQL has {instead}"));
        }
        // One of another type is there, and the server's hint is about casts.
        if names.functions.iter().any(|name| name == function) {
            return None;
        }
        did_you_mean(function, names.functions.iter().map(String::as_str)).map(meant)
    }

    /// A string in double quotes is the name of a column.
    fn string(&self) -> Option<String> {
        if *self.error.code() != SqlState::UNDEFINED_COLUMN {
            return None;
        }
        let token = tokens(self.text.get(self.offset()?..)?).into_iter().next()?;
        let quoted = (token.kind == Kind::QuotedIdentifier).then(|| token.identifier()).flatten()?;
        Some(format!("double quotes are for names; if the text is meant: '{}'", quoted.replace('\'', "''")))
    }
}
