//! Columns that are rows, or arrays of rows, of a row type of their own: `--: Order(lines: OrderLine)`.

use std::collections::{BTreeMap, BTreeSet};

use barqnet_db_client::error_text::in_full;
use barqnet_db_sql::Name;
use tokio_postgres::{
    Client, Column,
    types::{Kind, Oid, Type},
};

use crate::{
    analysis::{Analysed, fields},
    diagnostic::{Diagnostic, Diagnostics},
    queries::{Module, Query, names::fault_of_column},
};

/// A field of an embedded row.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) nullable: bool,
    pub(crate) elements_nullable: bool,
}

/// The row that a column is, or of which it is an array.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) type_name: Name,
    pub(crate) is_array: bool,
    /// In the order of the SQL.
    pub(crate) fields: Vec<Field>,
}

/// The embedded rows of all queries.
#[derive(Debug, Default)]
pub(crate) struct Embedded(BTreeMap<(String, usize, String), Row>);

const RULE: &str = "embedded-row";

/// A form that shows the names and types of the fields.
const FORM: &str = "select it from a subquery, whose columns are its fields: ARRAY(SELECT line FROM (SELECT … ORDER BY …) AS line) AS \
                    lines for many rows, JOIN LATERAL (SELECT …) AS line ON TRUE for one";

impl Embedded {
    /// Finds the fields of the columns that the annotations call rows. What is wrong with them is added to `found`.
    pub(crate) async fn find(
        analysed: &[Analysed<'_, '_>],
        client: &Client,
        found: &mut Diagnostics,
    ) -> Result<Self, Diagnostics> {
        let mut unresolved = Vec::new();
        for it in analysed {
            let (module, query) = (it.prepared.module, it.prepared.query);
            for (name, row_type) in &query.embedded_columns {
                // A column that does not exist is reported with the others.
                let columns = it.prepared.statement.columns();
                let Some(number) = columns.iter().position(|column| column.name() == name.text) else { continue };
                match known(it, number, &columns[number]) {
                    Ok(fields) => unresolved.push((it, number, row_type, fields)),
                    Err((message, help)) => found
                        .push(Diagnostic::error(RULE, &module.path, message).at(&module.text, name.offset).help(help)),
                }
            }
        }
        let oids: BTreeSet<Oid> = unresolved.iter().flat_map(|(.., fields)| fields).map(|(_, oid)| *oid).collect();
        let types = types(&oids, client).await.map_err(|error| {
            Diagnostic::new("queries", format!("cannot look up the types of rows: {}", in_full(&error)))
        })?;
        let mut rows = Self::default();
        for (it, number, row_type, fields) in unresolved {
            let (module, query) = (it.prepared.module, it.prepared.query);
            let column = &it.columns[number];
            let mut resolved = Vec::new();
            for (index, (name, oid)) in fields.into_iter().enumerate() {
                let ty = types.get(&oid).cloned();
                if let Some((message, help)) = field_problem(&name, index, ty.as_ref()) {
                    found.push(
                        Diagnostic::error(RULE, &module.path, format!("of the row `{}`: {message}", column.name))
                            .at(&module.text, row_type.offset)
                            .help(help),
                    );
                    continue;
                }
                let (nullable, elements_nullable) = column.fields.get(index).copied().unwrap_or((true, true));
                let is_array = ty.as_ref().is_some_and(|ty| matches!(ty.kind(), Kind::Array(_)));
                let elements_nullable = elements_nullable && is_array;
                resolved.extend(ty.map(|ty| Field { name, ty, nullable, elements_nullable }));
            }
            let is_array = *it.prepared.statement.columns()[number].type_() == Type::RECORD_ARRAY;
            let row = Row { type_name: row_type.clone(), is_array, fields: resolved };
            rows.0.insert(key(module, query, &column.name), row);
        }
        Ok(rows)
    }

    pub(crate) fn of_column(&self, module: &Module, query: &Query, column: &str) -> Option<&Row> {
        self.0.get(&key(module, query, column))
    }

    /// Those of a module, without those of batch forms, in the order of the file.
    pub(crate) fn of_module(&self, module: &Module) -> impl Iterator<Item = (&str, &Row)> {
        self.0
            .iter()
            .filter(move |((path, ..), _)| *path == module.path)
            .map(|((.., column), row)| (column.as_str(), row))
    }

    /// The types of all fields.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Type> {
        self.0.values().flat_map(|row| &row.fields).map(|field| &field.ty)
    }
}

fn key(module: &Module, query: &Query, column: &str) -> (String, usize, String) {
    (module.path.clone(), query.name.offset, column.to_owned())
}

type Problem = (String, String);

/// The names and types of the column's fields.
fn known(it: &Analysed<'_, '_>, number: usize, column: &Column) -> Result<Vec<(String, Oid)>, Problem> {
    let name = column.name();
    if ![Type::RECORD, Type::RECORD_ARRAY].contains(column.type_()) {
        let message = format!("the column `{name}` has a row type in the annotation, but it is {}", column.type_());
        return Err((message, format!("remove the row type, or {FORM}")));
    }
    let fields = it.tree.as_ref().and_then(|tree| fields(tree, number));
    fields.ok_or_else(|| (format!("the fields of the row `{name}` can't be seen"), FORM.to_owned()))
}

/// Why a field can't be read.
fn field_problem(name: &str, index: usize, ty: Option<&Type>) -> Option<Problem> {
    if let Some(fault) = fault_of_column(name, index + 1) {
        return Some(fault);
    }
    let Some(ty) = ty else {
        let message = format!("the type of the field `{name}` can't be seen");
        return Some((message, format!("cast it: (…)::TEXT AS {name}, for example")));
    };
    if [Type::RECORD, Type::RECORD_ARRAY].contains(ty) {
        let message = format!("the field `{name}` is a row, too");
        return Some((message, "select its columns, or read it with a statement of its own".to_owned()));
    }
    let is_built_in = |ty: &Type| ty.oid() < FIRST_OF_USERS;
    (!is_built_in(ty) && !matches!(ty.kind(), Kind::Enum(_))).then(|| {
        let message = format!("the field `{name}` has the type {ty}, which a row can't hold here");
        (message, format!("cast it to a type of PostgreSQL, such as (…)::TEXT AS {name}"))
    })
}

const FIRST_OF_USERS: Oid = 16_384;

/// The types; those of domains are their base types.
async fn types(oids: &BTreeSet<Oid>, client: &Client) -> Result<BTreeMap<Oid, Type>, tokio_postgres::Error> {
    let wanted: Vec<Oid> = oids.iter().copied().filter(|oid| *oid != 0).collect();
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = client
        .query(
            "SELECT oid, CASE WHEN typtype = 'p' THEN NULL ELSE FORMAT_TYPE(oid, NULL) END
             FROM pg_type
             WHERE oid = ANY ($1)",
            &[&wanted],
        )
        .await?;
    let (mut found, mut named) = (BTreeMap::new(), Vec::new());
    for row in &rows {
        let oid: Oid = row.get(0);
        match row.get::<_, Option<String>>(1) {
            Some(name) => named.push((oid, name)),
            // Pseudo-types, such as `record`.
            None => found.extend(Type::from_oid(oid).map(|ty| (oid, ty))),
        }
    }
    let casts: Vec<String> = named.iter().map(|(_, name)| format!("NULL::{name}")).collect();
    let statement = client.prepare(&format!("SELECT {}", casts.join(", "))).await?;
    found.extend(named.iter().zip(statement.columns()).map(|((oid, _), column)| (*oid, column.type_().clone())));
    Ok(found)
}
