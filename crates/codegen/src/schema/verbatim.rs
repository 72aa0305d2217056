//! Functions, views, triggers and types in the text of the migration that defined them last.
//!
//! The server confirms each text: created once more from it, in a transaction that is rolled back, the object is what it
//! was. Where no migration has such a text (it was changed by an `ALTER`, or created by a text put together at run time),
//! the catalogue's is shown.

use barqnet_db_sql::quote_identifier;
use tokio_postgres::{Client, Error};

use super::{
    catalogue::{Function, Relation, Trigger, Type},
    definitions::{Definition, Definitions, Kind},
    objects::{comment_on, literal},
};

/// Runs `change` and reads one text by `query`, then undoes the change. `None` if either fails or finds nothing.
pub(super) async fn attempt(client: &Client, change: &str, query: &str) -> Result<Option<String>, Error> {
    client.batch_execute("SAVEPOINT trial").await?;
    let made = match client.batch_execute(change).await {
        Ok(()) => client.query(query, &[]).await.ok().and_then(|rows| rows.first()?.get(0)),
        Err(error) if error.as_db_error().is_some() => None,
        Err(error) => return Err(error),
    };
    client.batch_execute("ROLLBACK TO trial; RELEASE trial").await?;
    Ok(made)
}

/// A heading, the comment, the statement and what follows it.
fn with_heading(definition: &Definition, more: impl IntoIterator<Item = String>) -> String {
    let [first, renamed @ ..] = &definition.migrations[..] else { return definition.text.clone() };
    let renamed: String = renamed.iter().map(|migration| format!(", renamed by {migration}")).collect();
    let comment = definition.comment.iter().map(|comment| format!("{comment}\n")).collect::<String>();
    let sql = format!("-- {first}{renamed}\n{comment}{};", definition.text);
    more.into_iter().fold(sql, |sql, line| sql + "\n" + &line)
}

fn without_heading(sql: &str, more: impl IntoIterator<Item = String>) -> String {
    let sql = format!("-- No migration has this text: the server wrote it.\n{};", sql.trim_end().trim_end_matches(';'));
    more.into_iter().fold(sql, |sql, line| sql + "\n" + &line)
}

/// The statement with `OR REPLACE`.
fn replacing(text: &str) -> String {
    let rest = text.get(6..).unwrap_or_default();
    let has_it = rest.trim_start().get(..3).is_some_and(|word| word.eq_ignore_ascii_case("OR "));
    if has_it { text.to_owned() } else { format!("CREATE OR REPLACE{rest}") }
}

/// The clauses `SET … TO …` of a function, which the server writes one to a line, before the body.
fn settings(definition: &str) -> impl Iterator<Item = &str> {
    let header = definition.lines().take_while(|line| !line.starts_with("AS $") && !line.starts_with("AS '"));
    header.map(str::trim).filter(|line| line.starts_with("SET "))
}

/// `is_overloaded`: another function has the name, too.
pub(super) async fn function(
    function: &Function,
    is_overloaded: bool,
    definitions: &Definitions,
    client: &Client,
) -> Result<String, Error> {
    let word = match function.kind {
        'p' => "PROCEDURE",
        'a' => "AGGREGATE",
        _ => "FUNCTION",
    };
    let arguments = if function.kind == 'a' && function.arguments.is_empty() { "*" } else { &function.arguments };
    let on = format!("{word} {}({arguments})", function.name.written());
    let short = if is_overloaded { on.clone() } else { format!("{word} {}", function.name.written()) };
    let comment = comment_on(&on, function.comment.as_deref());
    // A replaced function keeps its number; its row is another one.
    let query = format!(
        "SELECT xmin::TEXT || ' ' || COALESCE(CASE WHEN prokind <> 'a' THEN PG_GET_FUNCTIONDEF(oid) END, '')
         FROM pg_proc WHERE oid = {}",
        function.oid
    );
    let before: String = client.query_one(&query, &[]).await?.get(0);
    let cut = |text: &str| text.split_once(' ').map(|(row, text)| (row.to_owned(), text.to_owned()));
    let Some((before_row, before)) = cut(&before) else { return Ok(String::new()) };
    for definition in definitions.of(Kind::Function, &function.name.shown()) {
        let text = replacing(&definition.text);
        let Some((row, made)) = attempt(client, &text, &query).await?.and_then(|made| cut(&made)) else { continue };
        if row == before_row {
            continue;
        }
        if made == before {
            return Ok(with_heading(definition, comment));
        }
        // Perhaps a later migration gave it settings.
        let given: Vec<String> = settings(&before)
            .filter(|setting| !settings(&made).any(|it| it == *setting))
            .map(|setting| format!("ALTER {short} {setting};"))
            .collect();
        let altered = format!("{text}; {}", given.join(" "));
        let is_same = attempt(client, &altered, &query).await?.and_then(|made| cut(&made));
        if is_same.is_some_and(|(_, made)| made == before) {
            return Ok(with_heading(definition, given.into_iter().chain(comment)));
        }
    }
    let from_catalogue = function.definition.clone().unwrap_or_default();
    let head = from_catalogue.find('(').map_or("", |bracket| &from_catalogue[..bracket]);
    // Names have no schema where migrations create by default.
    let name = if function.name.schema.is_none() { head } else { "" };
    let unqualified = match name.rsplit_once('.') {
        Some((before, _)) => {
            let schema = before.rsplit_once(' ').map_or(before, |(_, schema)| schema);
            from_catalogue.replacen(&format!(" {schema}."), " ", 1)
        }
        None => from_catalogue.clone(),
    };
    Ok(without_heading(&unqualified, comment))
}

pub(super) async fn view(view: &Relation, definitions: &Definitions, client: &Client) -> Result<String, Error> {
    let name = view.name.written();
    let is_materialized = view.kind == 'm';
    let word = if is_materialized { "MATERIALIZED VIEW" } else { "VIEW" };
    let more: Vec<String> = comment_on(&format!("{word} {name}"), view.comment.as_deref()).into_iter().collect();
    let query =
        format!("SELECT PG_GET_VIEWDEF(oid) || COALESCE(reloptions::TEXT, '') FROM pg_class WHERE oid = {}", view.oid);
    let before: String = client.query_one(&query, &[]).await?.get(0);
    for definition in definitions.of(Kind::View, &view.name.shown()) {
        // A materialized view can't be replaced: its newest text is used unchecked.
        if is_materialized || attempt(client, &replacing(&definition.text), &query).await?.as_ref() == Some(&before) {
            return Ok(with_heading(definition, more));
        }
    }
    let options = if view.options.is_empty() { String::new() } else { format!(" WITH ({})", view.options.join(", ")) };
    let select = view.definition.as_deref().unwrap_or_default();
    Ok(without_heading(&format!("CREATE {word} {name}{options} AS\n{select}"), more))
}

pub(super) async fn trigger(trigger: &Trigger, definitions: &Definitions, client: &Client) -> Result<String, Error> {
    let (name, table) = (quote_identifier(&trigger.name), trigger.table.written());
    let disabled = trigger.is_disabled.then(|| format!("ALTER TABLE {table} DISABLE TRIGGER {name};"));
    let comment = comment_on(&format!("TRIGGER {name} ON {table}"), trigger.comment.as_deref());
    let more: Vec<String> = disabled.into_iter().chain(comment).collect();
    let query = format!(
        "SELECT PG_GET_TRIGGERDEF(oid, TRUE) FROM pg_trigger WHERE tgname = {} AND tgrelid = {}::REGCLASS",
        literal(&trigger.name),
        literal(&table)
    );
    for definition in definitions.of(Kind::Trigger, &trigger.name) {
        if definition.table.as_ref() == Some(&trigger.table.shown()) {
            let again = format!("DROP TRIGGER {name} ON {table}; {}", definition.text);
            if attempt(client, &again, &query).await?.as_ref() == Some(&trigger.definition) {
                return Ok(with_heading(definition, more));
            }
        }
    }
    Ok(without_heading(&trigger.definition, more))
}

/// An enum from the catalogue, a domain or a composite type from its migration.
pub(super) fn type_(type_: &Type, definitions: &Definitions) -> String {
    let (name, shown) = (type_.name.written(), type_.name.shown());
    let comment = comment_on(&format!("TYPE {name}"), type_.comment.as_deref());
    let definition = definitions.first(Kind::Type, &shown);
    match (&type_.labels, definition) {
        (Some(labels), _) => {
            let labels: Vec<_> = labels.iter().map(|label| literal(label)).collect();
            let text = format!("CREATE TYPE {name} AS ENUM ({})", labels.join(", "));
            match definition {
                Some(definition) => with_heading(&Definition { text, ..definition.clone() }, comment),
                None => without_heading(&text, comment),
            }
        }
        (None, Some(first)) => with_heading(definitions.of(Kind::Type, &shown).next().unwrap_or(first), comment),
        (None, None) => without_heading(&format!("CREATE {}", type_.definition), comment),
    }
}
