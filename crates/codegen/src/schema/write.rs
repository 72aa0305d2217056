//! From the migrated database to the texts of the files.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use barqnet_db_sql::quote_identifier;
use tokio_postgres::{Client, Error};

use super::{
    catalogue::{self, Catalogue, Constraint, Relation},
    constraints::Written,
    definitions::{Definitions, Kind as Defined},
    domains::{self, Assigned},
    files,
    objects::{Id, Kind, Object, Qualified, class, comment_on},
    overview, tables, verbatim,
};
use crate::{
    bases::BaseObjects,
    diagnostic::{Diagnostic, Diagnostics},
    migrations::File,
    settings::Settings,
};

/// The files of the schema, by their names: what the project's own of `migrations`, which are applied, have made of the
/// database. With warnings.
pub(crate) async fn write(
    migrations: &[File],
    of_bases: &BaseObjects,
    settings: &Settings,
    client: &Client,
) -> Result<(Vec<(PathBuf, String)>, Diagnostics), Diagnostics> {
    let (catalogue, objects) =
        read_objects(migrations, of_bases, client).await.map_err(|error| unreadable(&settings.schema, &error))?;
    let Assigned { files: domains, warnings } = domains::assign(&objects, settings);
    let names = domains::names(settings);
    let files = files::arrange(&objects, &domains, &names).map_err(|circle| {
        Diagnostic::new(&settings.schema, format!("these objects need each other: {}", circle.join(", ")))
    })?;
    let mut files: Vec<(PathBuf, String)> =
        files.into_iter().map(|(domain, text)| (PathBuf::from(format!("{domain}.sql")), text)).collect();
    if !files.is_empty() {
        files.push((PathBuf::from(overview::FILE), overview::page(&catalogue, &objects, &domains, &names)));
    }
    Ok((files, warnings))
}

/// The catalogue and the objects without those of the bases, in a transaction that is rolled back.
pub(super) async fn read_objects(
    migrations: &[File],
    of_bases: &BaseObjects,
    client: &Client,
) -> Result<(Catalogue, Vec<Object>), Error> {
    client.batch_execute("BEGIN; SET LOCAL check_function_bodies = off").await?;
    let mut catalogue = catalogue::read(client).await?;
    catalogue.keep_own(of_bases);
    let definitions = Definitions::read(migrations);
    let written = Written::read(migrations, &definitions, &catalogue.relations, client).await?;
    let words = Words { tables: &definitions, code: &definitions, written: &written };
    let mut objects = objects(&words, &catalogue, client).await?;
    objects.retain(|object| !of_bases.has(object.id.class, object.id.oid));
    client.batch_execute("ROLLBACK").await?;
    Ok((catalogue, objects))
}

/// The schema, whose files are in `folder`, cannot be read.
pub(super) fn unreadable(folder: &str, error: &Error) -> Diagnostic {
    let message = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
    Diagnostic::new(folder, format!("cannot read the schema: {message}"))
}

/// The migrations' words, which show objects instead of the server's.
pub(super) struct Words<'w> {
    /// For types, tables and headings.
    pub(super) tables: &'w Definitions,
    /// For functions, views and triggers; each is tried on the server.
    pub(super) code: &'w Definitions,
    /// For constraints and indexes.
    pub(super) written: &'w Written,
}

pub(super) async fn objects(words: &Words<'_>, catalogue: &Catalogue, client: &Client) -> Result<Vec<Object>, Error> {
    let Words { tables, code: definitions, written } = words;
    let mut objects = schemas(catalogue);
    objects.extend(types(catalogue, tables));
    objects.extend(sequences(catalogue));
    objects.extend(of_tables(catalogue, tables, written));
    let mut code = Vec::new();
    for function in &catalogue.functions {
        let trigger = catalogue.triggers.iter().find(|trigger| trigger.function == function.oid);
        let is_overloaded = catalogue.functions.iter().filter(|it| it.name == function.name).count() > 1;
        code.push(Object {
            id: Id { class: class::FUNCTION, oid: function.oid },
            kind: Kind::Function,
            name: function.name.shown(),
            table: trigger.map(|trigger| trigger.table.shown()),
            sql: verbatim::function(function, is_overloaded, definitions, client).await?,
            needs: BTreeSet::new(),
        });
    }
    for view in catalogue.relations.iter().filter(|relation| ['v', 'm'].contains(&relation.kind)) {
        code.push(Object {
            id: Id { class: class::RELATION, oid: view.oid },
            kind: Kind::View,
            name: view.name.shown(),
            table: None,
            sql: verbatim::view(view, definitions, client).await?,
            needs: BTreeSet::new(),
        });
        code.extend(indexes(view, written));
    }
    // In the order in which they were created.
    code.sort_by_key(|object| object.id.oid);
    for trigger in &catalogue.triggers {
        let object = Object {
            id: Id { class: class::TRIGGER, oid: trigger.oid },
            kind: Kind::Trigger,
            name: trigger.name.clone(),
            table: Some(trigger.table.shown()),
            sql: verbatim::trigger(trigger, definitions, client).await?,
            needs: BTreeSet::new(),
        };
        let function = Id { class: class::FUNCTION, oid: trigger.function };
        let behind = code.iter().rposition(|it| it.id == function || it.needs.contains(&function));
        code.insert(behind.map_or(code.len(), |function| function + 1), object);
    }
    objects.extend(code);
    for object in &mut objects {
        object.needs.extend(catalogue.needs.get(&object.id).into_iter().flatten());
    }
    Ok(objects)
}

fn schemas(catalogue: &Catalogue) -> Vec<Object> {
    let object = |schema: &catalogue::Schema| {
        let name = quote_identifier(&schema.name);
        let comment = comment_on(&format!("SCHEMA {name}"), schema.comment.as_deref());
        Object {
            id: Id { class: class::SCHEMA, oid: schema.oid },
            kind: Kind::Schema,
            name: schema.name.clone(),
            table: None,
            sql: comment.into_iter().fold(format!("CREATE SCHEMA {name};"), |sql, comment| sql + "\n" + &comment),
            needs: BTreeSet::new(),
        }
    };
    catalogue.schemas.iter().map(object).collect()
}

fn types(catalogue: &Catalogue, definitions: &Definitions) -> Vec<Object> {
    let object = |type_: &catalogue::Type| Object {
        id: Id { class: class::TYPE, oid: type_.oid },
        kind: Kind::Type,
        name: type_.name.shown(),
        table: None,
        sql: verbatim::type_(type_, definitions),
        needs: BTreeSet::new(),
    };
    catalogue.types.iter().map(object).collect()
}

/// Those that no `SERIAL` brings.
fn sequences(catalogue: &Catalogue) -> Vec<Object> {
    let serial: Vec<&Qualified> = catalogue.relations.iter().flat_map(tables::serial_sequences).collect();
    let owner = |name: &Qualified| {
        let owns = |table: &&Relation| table.columns.iter().any(|column| column.sequence.as_ref() == Some(name));
        catalogue.relations.iter().find(owns).map(|table| table.name.shown())
    };
    let sequences = catalogue.relations.iter().filter(|it| it.kind == 'S' && !serial.contains(&&it.name));
    let object = |sequence: &Relation| {
        let name = sequence.name.written();
        let sql = format!("CREATE SEQUENCE {name} {};", sequence.definition.as_deref().unwrap_or_default());
        let comment = comment_on(&format!("SEQUENCE {name}"), sequence.comment.as_deref());
        Object {
            id: Id { class: class::RELATION, oid: sequence.oid },
            kind: Kind::Sequence,
            name: sequence.name.shown(),
            table: owner(&sequence.name),
            sql: comment.into_iter().fold(sql, |sql, comment| sql + "\n" + &comment),
            needs: BTreeSet::new(),
        }
    };
    sequences.map(object).collect()
}

/// Tables, each followed by its indexes and by the constraints that can't be in it.
fn of_tables(catalogue: &Catalogue, definitions: &Definitions, written: &Written) -> Vec<Object> {
    let is_table = |relation: &&Relation| ['r', 'p'].contains(&relation.kind);
    // What each table would need if all its foreign keys were in it.
    let mut needs = catalogue.needs.clone();
    for table in catalogue.relations.iter().filter(is_table) {
        for constraint in &table.constraints {
            let needed = constraint_needs(table, constraint, catalogue);
            needs.entry(Id { class: class::RELATION, oid: table.oid }).or_default().extend(needed);
        }
    }
    let mut objects = Vec::new();
    for table in catalogue.relations.iter().filter(is_table) {
        let id = Id { class: class::RELATION, oid: table.oid };
        // CREATE TABLE makes every constraint valid, and can't refer to a later object.
        let (apart, inside): (Vec<&Constraint>, Vec<&Constraint>) = table.constraints.iter().partition(|constraint| {
            let needed = constraint_needs(table, constraint, catalogue);
            let is_in_a_circle = needed.iter().any(|needed| reaches(*needed, id, &needs));
            table.is_of_base
                || !constraint.is_valid
                || is_in_a_circle
                || refers_to_own_index(table, constraint, &needed)
        });
        let shown = table.name.shown();
        let definition = definitions.first(Defined::Table, &shown);
        let heading = definition.map_or_else(String::new, |definition| {
            let created_by = definition.migrations.first().cloned().unwrap_or_default();
            let renamed: String = definition.migrations[1..].iter().map(|it| format!(", renamed by {it}")).collect();
            let comment = definition.comment.iter().map(|comment| format!("{comment}\n")).collect::<String>();
            format!("-- Created by {created_by}{renamed}\n{comment}")
        });
        let oids: Vec<u32> = apart.iter().map(|constraint| constraint.oid).collect();
        objects.push(Object {
            id,
            kind: Kind::Table,
            name: shown.clone(),
            table: None,
            sql: heading + &tables::table(table, written, &oids),
            needs: inside.iter().flat_map(|constraint| constraint_needs(table, constraint, catalogue)).collect(),
        });
        objects.extend(indexes(table, written));
        objects.extend(apart.into_iter().map(|constraint| Object {
            id: Id { class: class::CONSTRAINT, oid: constraint.oid },
            kind: Kind::OfTable,
            name: constraint.name.clone(),
            table: Some(shown.clone()),
            sql: tables::constraint_apart(table, constraint, written),
            needs: BTreeSet::from([id]),
        }));
    }
    objects
}

/// What a foreign key needs besides its table; other constraints need what PostgreSQL records for their table.
fn constraint_needs(table: &Relation, constraint: &Constraint, catalogue: &Catalogue) -> BTreeSet<Id> {
    let key = Id { class: class::CONSTRAINT, oid: constraint.oid };
    let mut needed = catalogue.needs.get(&key).cloned().unwrap_or_default();
    needed.remove(&Id { class: class::RELATION, oid: table.oid });
    needed
}

/// Whether a foreign key refers to a unique index of the same table, which is created after the table.
fn refers_to_own_index(table: &Relation, constraint: &Constraint, needed: &BTreeSet<Id>) -> bool {
    let is_own = |id: &Id| id.class == class::RELATION && table.indexes.iter().any(|index| index.oid == id.oid);
    constraint.target == table.oid && needed.iter().any(is_own)
}

fn indexes(relation: &Relation, written: &Written) -> Vec<Object> {
    let on = Id { class: class::RELATION, oid: relation.oid };
    let object = |index: &catalogue::Index| {
        let (create, above) = written.index(index);
        let above = above.map_or_else(String::new, |comment| format!("{comment}\n"));
        let comment = comment_on(&format!("INDEX {}", index.name.written()), index.comment.as_deref());
        Object {
            id: Id { class: class::RELATION, oid: index.oid },
            kind: Kind::OfTable,
            name: index.name.shown(),
            table: Some(relation.name.shown()),
            sql: comment.into_iter().fold(format!("{above}{create};"), |sql, comment| sql + "\n" + &comment),
            needs: BTreeSet::from([on]),
        }
    };
    relation.indexes.iter().map(object).collect()
}

/// Whether `from` needs `to`, or something that needs it.
fn reaches(from: Id, to: Id, needs: &BTreeMap<Id, BTreeSet<Id>>) -> bool {
    let mut open = vec![from];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            open.extend(needs.get(&id).into_iter().flatten());
        }
    }
    false
}
