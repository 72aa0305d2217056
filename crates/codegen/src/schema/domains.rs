//! Decides which file contains an object.
//!
//! `[domains]` of codegen.toml lists names for each file: exact ones, or beginnings such as `otp_*`. An exact name wins, then
//! the longest beginning. What is not listed follows what it belongs to: an index its table, a function or view the first
//! table that its text names, a trigger function the table of its trigger, any other function what uses it. A table that is
//! not listed, and what belongs to nothing, is in `other.sql`, with a warning. What is not in the default schema is listed
//! with its schema: `shop.*`. Without `[domains]` there is one file, `schema.sql`.

use std::collections::BTreeMap;

use barqnet_db_sql::{Kind as TokenKind, Token, tokens};

use super::objects::{Kind, Object};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    settings::{self, Domain, Settings},
};

/// The file of a schema without domains.
const ONLY_FILE: &str = "schema";

/// The file of what is in no list, after the others.
const OTHER_FILE: &str = "other";

/// The file of each object.
pub(super) struct Assigned {
    /// The files' names without their end, for each object in order.
    pub(super) files: Vec<String>,
    /// What is in no list and belongs to nothing that is.
    pub(super) warnings: Diagnostics,
}

/// The names of the files without their end, in their order. Not every file has objects.
pub(super) fn names(settings: &Settings) -> Vec<&str> {
    if settings.domains.is_empty() {
        return vec![ONLY_FILE];
    }
    let mut names: Vec<&str> = settings.domains.iter().map(|domain| domain.name.as_str()).collect();
    if !names.contains(&OTHER_FILE) {
        names.push(OTHER_FILE);
    }
    names
}

/// Finds the file of each object.
pub(super) fn assign(objects: &[Object], settings: &Settings) -> Assigned {
    let domains = &settings.domains;
    let mut warnings = Diagnostics::default();
    if domains.is_empty() {
        return Assigned { files: vec![ONLY_FILE.to_owned(); objects.len()], warnings };
    }
    let mut warn = |object: &Object| {
        let message = format!(
            "the {} `{}` is in no list of [domains]: it is written to {}/{OTHER_FILE}.sql",
            object.kind.word(),
            object.name,
            settings.schema,
        );
        let help = "add its name to one of the lists under [domains]";
        warnings.push(Diagnostic::warning("schema-file", settings::FILE, message).help(help));
    };
    let listed: Vec<Option<&str>> = objects.iter().map(|object| listed(&object.name, domains)).collect();
    let of_kind = |kind: Kind| objects.iter().zip(&listed).filter(move |(object, _)| object.kind == kind);
    let tables: BTreeMap<&str, &str> =
        of_kind(Kind::Table).map(|(object, domain)| (object.name.as_str(), domain.unwrap_or(OTHER_FILE))).collect();
    let mut found: Vec<Option<&str>> = Vec::new();
    for (object, listed) in objects.iter().zip(&listed) {
        let of_table = object.table.as_deref().and_then(|table| tables.get(table)).copied();
        found.push(match object.kind {
            Kind::Table => {
                if listed.is_none() {
                    warn(object);
                }
                listed.or(Some(OTHER_FILE))
            }
            // An index on a table of a base may be listed.
            Kind::OfTable | Kind::Trigger => of_table.or(*listed),
            _ => listed.or_else(|| named_table(&object.sql, &tables)).or(of_table),
        });
    }
    // An object is in the file of the object that uses it, which may itself be found this way.
    let is_open = |at: &usize, found: &[Option<&str>]| {
        let kinds = [Kind::Schema, Kind::Type, Kind::Sequence, Kind::Function, Kind::View];
        found[*at].is_none() && kinds.contains(&objects[*at].kind)
    };
    while let Some((at, domain)) = (0..objects.len())
        .filter(|at| is_open(at, &found))
        .find_map(|at| user(at, objects, &found).map(|domain| (at, domain)))
    {
        found[at] = Some(domain);
    }
    for (object, file) in objects.iter().zip(&mut found).filter(|(_, file)| file.is_none()) {
        match object.kind {
            // The index of a materialized view, and a trigger on a view.
            Kind::OfTable | Kind::Trigger => {}
            // A schema that nothing uses.
            Kind::Schema => *file = domains.first().map(|domain| domain.name.as_str()),
            _ => {
                warn(object);
                *file = Some(OTHER_FILE);
            }
        }
    }
    for at in (0..objects.len()).filter(|at| matches!(objects[*at].kind, Kind::OfTable | Kind::Trigger)) {
        let on = |object: &Object| Some(&object.name) == objects[at].table.as_ref() && object.kind == Kind::View;
        found[at] = found[at].or_else(|| objects.iter().position(on).and_then(|view| found[view]));
    }
    Assigned { files: found.into_iter().map(|domain| domain.unwrap_or(OTHER_FILE).to_owned()).collect(), warnings }
}

fn listed<'d>(name: &str, domains: &'d [Domain]) -> Option<&'d str> {
    let weight = |entry: &str| match entry.strip_suffix('*') {
        Some(begin) => name.starts_with(begin).then_some(begin.len()),
        None => (name == entry).then_some(usize::MAX),
    };
    let all = domains.iter().flat_map(|domain| domain.objects.iter().map(move |entry| (&domain.name, entry)));
    let weighed = all.filter_map(|(domain, entry)| Some((weight(entry)?, domain)));
    weighed.max_by_key(|(weight, _)| *weight).map(|(_, domain)| domain.as_str())
}

/// The domain of the first table that the code names, or else a string in it; comments do not count.
fn named_table<'d>(sql: &str, tables: &BTreeMap<&str, &'d str>) -> Option<&'d str> {
    let all = tokens(sql);
    let in_code = all.iter().enumerate().find_map(|(at, token)| match token.dollar_body() {
        Some((body, _)) => named_table(body, tables),
        None => names_at(&all[at..]).find_map(|name| tables.get(name.as_str()).copied()),
    });
    let strings = || all.iter().filter(|token| token.kind == TokenKind::String);
    in_code.or_else(|| strings().find_map(|string| named_table(string.text.trim_matches('\''), tables)))
}

/// What the first tokens can name: `schema.name`, then the first word.
fn names_at(all: &[Token<'_>]) -> impl Iterator<Item = String> {
    let first = all.first().and_then(Token::identifier);
    let qualified = match all {
        [schema, point, name, ..] if point.is(".") => schema.identifier().zip(name.identifier()),
        _ => None,
    };
    qualified.map(|(schema, name)| format!("{schema}.{name}")).into_iter().chain(first)
}

/// The domain of the first object that needs this one or names it.
fn user<'d>(at: usize, objects: &[Object], found: &[Option<&'d str>]) -> Option<&'d str> {
    let Object { id, name, .. } = &objects[at];
    let is_user = |object: &Object| object.id != *id && (object.needs.contains(id) || is_named(&object.sql, name));
    objects.iter().zip(found).filter(|(object, _)| is_user(object)).find_map(|(_, domain)| *domain)
}

fn is_named(sql: &str, name: &str) -> bool {
    let all = tokens(sql);
    (0..all.len()).any(|at| match all[at].dollar_body() {
        Some((body, _)) => is_named(body, name),
        None => names_at(&all[at..]).any(|found| found == name),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::schema::objects::{Id, class};

    fn object(oid: u32, kind: Kind, name: &str, table: Option<&str>, sql: &str) -> Object {
        Object {
            id: Id { class: class::RELATION, oid },
            kind,
            name: name.to_owned(),
            table: table.map(str::to_owned),
            sql: sql.to_owned(),
            needs: BTreeSet::new(),
        }
    }

    fn settings(lists: &[(&str, &[&str])]) -> Settings {
        let owned = |names: &[&str]| names.iter().copied().map(str::to_owned).collect();
        let domains =
            lists.iter().map(|(name, objects)| Domain { name: (*name).to_owned(), objects: owned(objects) }).collect();
        Settings { domains, ..Settings::default() }
    }

    #[test]
    fn an_object_goes_where_it_is_listed_or_else_where_it_belongs() {
        let objects = [
            object(1, Kind::Table, "orders", None, ""),
            object(2, Kind::Table, "otp_codes", None, ""),
            object(3, Kind::OfTable, "i", Some("otp_codes"), ""),
            object(4, Kind::Function, "f", None, "-- orders\nAS $$ SELECT FROM otp_codes, orders $$"),
            object(5, Kind::Function, "t", Some("orders"), "AS $$ helper() $$"),
            object(6, Kind::Function, "helper", None, "AS $$ deep() $$"),
            object(7, Kind::Function, "deep", None, "AS $$ SELECT 1 $$"),
            object(8, Kind::View, "otp_special", None, "SELECT FROM otp_codes"),
            object(9, Kind::Schema, "archive", None, "CREATE SCHEMA archive;"),
            object(10, Kind::Table, "archive.orders", None, "CREATE TABLE archive.orders ();"),
            object(11, Kind::Function, "count", None, "AS $$ SELECT FROM archive.orders, otp_codes $$"),
        ];
        let found = assign(
            &objects,
            &settings(&[("otp", &["otp_*"]), ("shop", &["orders", "otp_special"]), ("old", &["archive.*"])]),
        );
        let expected =
            ["shop", "otp", "otp", "otp", "shop", "shop", "shop", "shop", "old", "old", "old"].map(str::to_owned);
        assert_eq!(found.files, expected);
        assert_eq!(found.warnings.iter().count(), 0, "{}", found.warnings);
    }

    #[test]
    fn without_domains_there_is_one_file() {
        let objects = [object(1, Kind::Table, "orders", None, "")];
        assert_eq!(assign(&objects, &settings(&[])).files, ["schema"]);
    }

    #[test]
    fn what_is_in_no_list_is_in_a_file_of_its_own_with_a_warning() {
        let objects = [
            object(1, Kind::Table, "orders", None, ""),
            object(2, Kind::OfTable, "orders_i", Some("orders"), ""),
            object(3, Kind::View, "late", None, "SELECT FROM orders"),
            object(4, Kind::Function, "one", None, "AS $$ SELECT 1 $$"),
            object(5, Kind::View, "constant", None, "SELECT 1"),
            object(6, Kind::Trigger, "keep", Some("constant"), ""),
        ];
        let settings = settings(&[("otp", &["otp_*"])]);
        let found = assign(&objects, &settings);
        assert_eq!(found.files, ["other"; 6]);
        let messages: Vec<&str> = found.warnings.iter().map(Diagnostic::message).collect();
        let warned =
            |object: &str| format!("the {object} is in no list of [domains]: it is written to schema/other.sql");
        assert_eq!(messages, ["table `orders`", "function `one`", "view `constant`"].map(warned));
        assert_eq!(names(&settings), ["otp", "other"]);
    }

    #[test]
    fn a_domain_of_that_name_takes_what_is_in_no_list() {
        let settings = settings(&[("other", &["x"]), ("otp", &["otp_*"])]);
        assert_eq!(names(&settings), ["other", "otp"]);
        assert_eq!(assign(&[object(1, Kind::Table, "orders", None, "")], &settings).files, ["other"]);
    }
}
