//! What the catalogue says of tables, columns, constraints and indexes at one moment.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use tokio_postgres::{Client, Error, Row, types::Oid};

#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Tables and views.
    pub(super) relations: BTreeMap<Oid, Relation>,
    /// By relation and number.
    pub(super) columns: BTreeMap<(Oid, i16), Column>,
    pub(super) constraints: BTreeMap<Oid, Constraint>,
    pub(super) indexes: BTreeMap<Oid, Index>,
    /// Those that a query can call.
    pub(super) functions: Vec<Function>,
}

/// A function, with the arguments that a call can give.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) arguments: Vec<Oid>,
    /// How many have no default.
    pub(super) required: usize,
}

impl Function {
    /// Whether a call of `other` calls this one.
    pub(super) fn serves(&self, other: &Self) -> bool {
        let given = &other.arguments;
        self.name == other.name && self.arguments.starts_with(given) && self.required <= given.len()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) schema: String,
    pub(super) name: String,
    /// `r` table, `p` partitioned table, `v` view, `m` materialized view.
    pub(super) kind: String,
    /// The file that holds its rows: another one after a rewrite. 0 without rows.
    pub(super) file: Oid,
    pub(super) is_unlogged: bool,
    pub(super) tablespace: Oid,
    /// The table that it is a partition of.
    pub(super) parent: Option<Oid>,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// Without length and precision.
    pub(super) type_name: String,
    pub(super) type_oid: Oid,
    /// Length or precision; -1 without.
    pub(super) modifier: i32,
    /// Its type, if that is a domain that takes no NULL.
    pub(super) required_domain: Option<Oid>,
    pub(super) not_null: bool,
    /// Whether a row that names no value gets one: by a default, as an identity, or as a generated column.
    pub(super) has_value: bool,
    pub(super) is_stored: bool,
    pub(super) numbering: Option<Numbering>,
}

/// Where a column takes its numbers from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbering {
    Identity,
    /// A sequence that it owns, as that of a `SERIAL`.
    Sequence,
}

#[derive(Clone, Debug)]
pub(super) struct Constraint {
    pub(super) name: String,
    /// Its table; 0 if it belongs to a domain.
    pub(super) table: Oid,
    pub(super) domain: Oid,
    /// `p` primary key, `u` unique, `c` check, `f` foreign key, `x` exclusion, `n` not null.
    pub(super) kind: String,
    pub(super) is_valid: bool,
    pub(super) definition: String,
    pub(super) index: Oid,
}

#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) name: String,
    pub(super) table: Oid,
    pub(super) file: Oid,
    pub(super) is_partitioned: bool,
}

/// Schemas of migrations: neither PostgreSQL's own, nor those of temporary tables.
const SCHEMAS: &str =
    "SELECT oid FROM pg_namespace WHERE nspname <> 'information_schema' AND NOT STARTS_WITH(nspname, 'pg_')";

impl State {
    pub(super) async fn read(client: &Client) -> Result<Self, Error> {
        let queries = [
            format!(
                "SELECT c.oid, c.relname::TEXT, c.relkind::TEXT, c.relfilenode, c.relpersistence = 'u', c.reltablespace,
                        i.inhparent, c.relnamespace::REGNAMESPACE::TEXT
                 FROM pg_class c
                 LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
                 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace IN ({SCHEMAS})"
            ),
            format!(
                "SELECT a.attrelid, a.attnum, a.attname::TEXT, FORMAT_TYPE(a.atttypid, NULL), a.atttypid, a.attnotnull,
                        a.atthasdef OR a.attidentity <> '', a.attgenerated = 's', a.atttypmod,
                        CASE WHEN t.typnotnull THEN t.oid END, a.attidentity <> '',
                        a.atthasdef AND PG_GET_SERIAL_SEQUENCE(c.oid::REGCLASS::TEXT, a.attname) IS NOT NULL
                 FROM pg_attribute a
                 JOIN pg_class c ON c.oid = a.attrelid
                 JOIN pg_type t ON t.oid = a.atttypid
                 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace IN ({SCHEMAS})
                   AND a.attnum > 0 AND NOT a.attisdropped"
            ),
            format!(
                "SELECT n.oid, n.conname::TEXT, n.conrelid, n.contypid, n.contype::TEXT, n.convalidated,
                        PG_GET_CONSTRAINTDEF(n.oid), n.conindid
                 FROM pg_constraint n
                 WHERE n.connamespace IN ({SCHEMAS}) AND n.conparentid = 0 AND (n.conrelid = 0 OR n.conislocal)"
            ),
            format!(
                "SELECT i.indexrelid, c.relname::TEXT, i.indrelid, c.relfilenode, c.relkind = 'I'
                 FROM pg_index i
                 JOIN pg_class c ON c.oid = i.indexrelid
                 WHERE c.relnamespace IN ({SCHEMAS})"
            ),
            format!(
                "SELECT p.proname::TEXT, p.proargtypes::OID[], (p.pronargs - p.pronargdefaults)::INTEGER
                 FROM pg_proc p
                 WHERE p.pronamespace IN ({SCHEMAS}) AND p.prorettype NOT IN ('trigger'::REGTYPE, 'event_trigger'::REGTYPE)"
            ),
        ];
        let rows = try_join_all(queries.iter().map(|query| client.query(query.as_str(), &[]))).await?;
        let [relations, columns, constraints, indexes, functions] = &rows[..] else { return Ok(Self::default()) };
        Ok(Self {
            relations: relations.iter().map(|row| (row.get(0), Relation::of(row))).collect(),
            columns: columns.iter().map(|row| ((row.get(0), row.get(1)), Column::of(row))).collect(),
            constraints: constraints.iter().map(|row| (row.get(0), Constraint::of(row))).collect(),
            indexes: indexes.iter().map(|row| (row.get(0), Index::of(row))).collect(),
            functions: functions.iter().map(Function::of).collect(),
        })
    }

    /// The columns of a relation, with their numbers.
    pub(super) fn columns_of(&self, relation: Oid) -> impl Iterator<Item = (i16, &Column)> {
        self.columns.range((relation, 0)..=(relation, i16::MAX)).map(|((_, number), column)| (*number, column))
    }

    /// The relation that has the place of another one: its name, in its schema.
    pub(super) fn in_place_of(&self, other: &Relation) -> Option<(Oid, &Relation)> {
        let mut relations = self.relations.iter().map(|(oid, relation)| (*oid, relation));
        relations.find(|(_, relation)| relation.name == other.name && relation.schema == other.schema)
    }

    /// The table itself and those that it is a part of.
    pub(super) fn with_parents(&self, table: Oid) -> Vec<Oid> {
        let parent = |table: &Oid| self.relations.get(table).and_then(|relation| relation.parent);
        std::iter::successors(Some(table), parent).collect()
    }
}

impl Function {
    fn of(row: &Row) -> Self {
        let required: i32 = row.get(2);
        Self { name: row.get(0), arguments: row.get(1), required: usize::try_from(required).unwrap_or_default() }
    }
}

impl Relation {
    /// The name by which settings know it: with its schema, unless that is `public`.
    pub(super) fn setting(&self) -> String {
        if self.schema == "public" { self.name.clone() } else { format!("{}.{}", self.schema, self.name) }
    }

    fn of(row: &Row) -> Self {
        Self {
            name: row.get(1),
            kind: row.get(2),
            file: row.get(3),
            is_unlogged: row.get(4),
            tablespace: row.get(5),
            parent: row.get(6),
            schema: row.get(7),
        }
    }
}

impl Column {
    fn of(row: &Row) -> Self {
        Self {
            name: row.get(2),
            type_name: row.get(3),
            type_oid: row.get(4),
            modifier: row.get(8),
            required_domain: row.get(9),
            not_null: row.get(5),
            has_value: row.get(6),
            is_stored: row.get(7),
            numbering: match (row.get(10), row.get(11)) {
                (true, _) => Some(Numbering::Identity),
                (_, true) => Some(Numbering::Sequence),
                _ => None,
            },
        }
    }
}

impl Constraint {
    fn of(row: &Row) -> Self {
        Self {
            name: row.get(1),
            table: row.get(2),
            domain: row.get(3),
            kind: row.get(4),
            is_valid: row.get(5),
            definition: row.get(6),
            index: row.get(7),
        }
    }
}

impl Index {
    fn of(row: &Row) -> Self {
        Self { name: row.get(1), table: row.get(2), file: row.get(3), is_partitioned: row.get(4) }
    }
}
