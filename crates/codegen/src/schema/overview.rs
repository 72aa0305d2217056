//! `schema/README.md`: which file holds what, and a drawing of the tables and their foreign keys.
//!
//! The drawing is a Mermaid entity-relationship diagram, which code hosts and editors show as a picture.

use std::collections::BTreeSet;

use super::{
    catalogue::{Catalogue, Constraint, Relation},
    files::MARK,
    objects::{Kind, Object},
};

/// The name of the page in the folder of the schema.
pub(super) const FILE: &str = "README.md";

/// The page; `domains` has the file of each object, `names` the order of the files.
pub(super) fn page(catalogue: &Catalogue, objects: &[Object], domains: &[String], names: &[&str]) -> String {
    let mut page = format!(
        "<!-- {MARK} -->\n\n# The schema after the last migration\n\n\
         The files make a database in this order: the first part of each, then the second parts, and so on, with\n\
         `check_function_bodies = off`.\n\n\
         | File | Tables | Views | Functions |\n|---|---|---|---|\n"
    );
    for name in names {
        let of_kind = |kind: Kind| {
            let here = objects.iter().zip(domains).filter(|(object, domain)| object.kind == kind && domain == name);
            // Functions of one name and other arguments are one entry.
            let found: BTreeSet<String> = here.map(|(object, _)| format!("`{}`", object.name)).collect();
            found.into_iter().collect::<Vec<_>>().join(", ")
        };
        let [tables, views, functions] = [Kind::Table, Kind::View, Kind::Function].map(of_kind);
        if !(tables.is_empty() && views.is_empty() && functions.is_empty()) {
            page += &format!("| [{name}.sql]({name}.sql) | {tables} | {views} | {functions} |\n");
        }
    }
    page += "\nA line is a foreign key: `||` exactly one, `|o` none or one, `o{` any number. Partitions are left out.\n\n\
             ```mermaid\nerDiagram\n";
    for line in drawing(catalogue) {
        page += &format!("    {line}\n");
    }
    page + "```\n"
}

/// One line per foreign key, and one per table without any.
fn drawing(catalogue: &Catalogue) -> Vec<String> {
    let is_drawn = |relation: &&Relation| matches!(relation.kind, 'r' | 'p') && relation.partition_of.is_none();
    let mut tables: Vec<&Relation> = catalogue.relations.iter().filter(is_drawn).collect();
    tables.sort_by_key(|table| table.name.shown());
    let mut lines = Vec::new();
    let mut connected = BTreeSet::new();
    for table in &tables {
        for key in table.constraints.iter().filter(|constraint| constraint.kind == 'f') {
            let Some(target) = tables.iter().find(|other| other.oid == key.target) else { continue };
            connected.extend([table.oid, target.oid]);
            let columns = columns(key);
            let is_optional =
                table.columns.iter().any(|column| columns.contains(&column.name.as_str()) && !column.not_null);
            let one = if is_optional { "|o" } else { "||" };
            let many = if is_unique(table, &columns) { "o|" } else { "o{" };
            let [target, table] = [target, table].map(|table| quoted(&table.name.shown()));
            lines.push(format!("{target} {one}--{many} {table} : \"{}\"", columns.join(", ")));
        }
    }
    lines
        .extend(tables.iter().filter(|table| !connected.contains(&table.oid)).map(|table| quoted(&table.name.shown())));
    lines
}

/// The columns of a key, as its definition has them in the first parentheses.
fn columns(key: &Constraint) -> Vec<&str> {
    let list = key.definition.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(list, _)| list);
    list.split(", ").map(|name| name.trim_matches('"')).collect()
}

/// Whether no two rows of the table can have the same values in the columns.
fn is_unique(table: &Relation, of: &[&str]) -> bool {
    let of: BTreeSet<&str> = of.iter().copied().collect();
    let keys = table.constraints.iter().filter(|constraint| matches!(constraint.kind, 'p' | 'u'));
    keys.map(|key| columns(key).into_iter().collect::<BTreeSet<_>>()).any(|key| key.is_subset(&of))
}

/// Mermaid takes any name in quotes.
fn quoted(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "'")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_a_key_stand_in_its_first_parentheses() {
        let key = |definition: &str| Constraint {
            oid: 1,
            name: "k".to_owned(),
            kind: 'f',
            definition: definition.to_owned(),
            is_valid: true,
            target: 2,
            comment: None,
        };
        assert_eq!(columns(&key("FOREIGN KEY (a, \"B c\") REFERENCES t(x, y)")), ["a", "B c"]);
        assert_eq!(columns(&key("PRIMARY KEY (id)")), ["id"]);
    }

    #[test]
    fn names_that_mermaid_could_misread_are_quoted() {
        assert_eq!(quoted("users"), "users");
        assert_eq!(quoted("a \"b\""), "\"a 'b'\"");
    }
}
