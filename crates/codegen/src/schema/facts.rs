//! The schema as data: what the report and the search for unused objects know of it.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{Client, Error};

use super::{
    catalogue::{self, Relation},
    domains,
    objects::{Id, Object, class},
    write::{read_objects, unreadable},
};
use crate::{bases::BaseObjects, diagnostic::Diagnostics, migrations::File, settings::Settings};

/// The schema after the last migration.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The domains in their order; without `[domains]` there is one.
    pub(crate) domains: Vec<String>,
    pub(crate) tables: Vec<Table>,
    pub(crate) views: Vec<View>,
    pub(crate) functions: Vec<Function>,
    pub(crate) triggers: Vec<Trigger>,
    /// Which columns views, triggers and expressions name, as PostgreSQL records it.
    pub(crate) column_users: Vec<ColumnUser>,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) oid: u32,
    pub(crate) name: String,
    pub(crate) domain: String,
    /// The migration that created it.
    pub(crate) created_by: Option<String>,
    pub(crate) comment: Option<String>,
    pub(crate) partition_of: Option<String>,
    pub(crate) columns: Vec<Column>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) indexes: Vec<Index>,
}

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) number: i16,
    pub(crate) name: String,
    pub(crate) type_name: String,
    pub(crate) not_null: bool,
    /// `DEFAULT 0`, `GENERATED ALWAYS AS IDENTITY`
    pub(crate) default: Option<String>,
    pub(crate) comment: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Constraint {
    pub(crate) name: String,
    /// `p` primary key, `u` unique, `c` check, `f` foreign key, `x` exclusion.
    pub(crate) kind: char,
    pub(crate) definition: String,
    pub(crate) is_valid: bool,
    pub(crate) comment: Option<String>,
    pub(crate) columns: Vec<i16>,
    /// The table and the columns that a foreign key refers to.
    pub(crate) target: Option<(u32, Vec<i16>)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) definition: String,
    pub(crate) comment: Option<String>,
    /// The columns of its key; 0 for an expression.
    pub(crate) columns: Vec<i16>,
    pub(crate) is_unique: bool,
    /// The constraint that it enforces.
    pub(crate) constraint: Option<String>,
}

#[derive(Debug)]
pub(crate) struct View {
    pub(crate) oid: u32,
    pub(crate) name: String,
    pub(crate) domain: String,
    pub(crate) is_materialized: bool,
    pub(crate) comment: Option<String>,
    pub(crate) columns: Vec<Column>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) sql: String,
}

#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) oid: u32,
    pub(crate) name: String,
    pub(crate) arguments: String,
    pub(crate) domain: String,
    pub(crate) comment: Option<String>,
    pub(crate) sql: String,
}

#[derive(Debug)]
pub(crate) struct Trigger {
    pub(crate) name: String,
    pub(crate) table: String,
    pub(crate) function: u32,
    pub(crate) definition: String,
    pub(crate) is_disabled: bool,
    pub(crate) comment: Option<String>,
}

/// An object that names a column of a relation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ColumnUser {
    pub(crate) relation: u32,
    pub(crate) column: i16,
    /// `view`, `trigger`, `index`, `constraint`, `default`, `policy`.
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// Reads the facts; `migrations` are applied.
pub(crate) async fn facts(
    migrations: &[File],
    of_bases: &BaseObjects,
    settings: &Settings,
    client: &Client,
) -> Result<Facts, Diagnostics> {
    let unexpected = |error: Error| unreadable(&settings.schema, &error);
    let (catalogue, objects) = read_objects(migrations, of_bases, client).await.map_err(unexpected)?;
    let domains = domains::assign(&objects, settings).files;
    let is_used =
        |name: &&str| settings.domains.iter().any(|it| it.name == *name) || domains.iter().any(|it| it == name);
    let names = domains::names(settings).into_iter().filter(is_used).map(str::to_owned).collect();
    let described: BTreeMap<Id, Described> =
        objects.iter().zip(domains).map(|(object, domain)| (object.id, Described::new(object, domain))).collect();
    let read = Numbers::read(client).await.map_err(unexpected)?;
    let mut facts =
        Facts { domains: names, column_users: column_users(client).await.map_err(unexpected)?, ..Facts::default() };
    for relation in catalogue.relations.iter().filter(|relation| !relation.is_of_base) {
        let described = described.get(&Id { class: class::RELATION, oid: relation.oid }).cloned().unwrap_or_default();
        match relation.kind {
            'r' | 'p' => facts.tables.push(read.table(relation, described)),
            'v' | 'm' => facts.views.push(read.view(relation, described)),
            _ => {}
        }
    }
    facts.functions = catalogue
        .functions
        .iter()
        .map(|function| {
            let id = Id { class: class::FUNCTION, oid: function.oid };
            let Described { domain, above, sql, .. } = described.get(&id).cloned().unwrap_or_default();
            Function {
                oid: function.oid,
                name: function.name.shown(),
                arguments: function.arguments.clone(),
                domain,
                comment: joined(above, function.comment.clone()),
                sql,
            }
        })
        .collect();
    facts.triggers = catalogue
        .triggers
        .into_iter()
        .map(|it| Trigger {
            name: it.name,
            table: it.table.shown(),
            function: it.function,
            definition: it.definition,
            is_disabled: it.is_disabled,
            comment: it.comment,
        })
        .collect();
    // An order that does not depend on the numbers that the server gave.
    facts.tables.sort_by(|a, b| a.name.cmp(&b.name));
    facts.views.sort_by(|a, b| a.name.cmp(&b.name));
    facts.functions.sort_by(|a, b| (&a.name, &a.arguments).cmp(&(&b.name, &b.arguments)));
    facts.triggers.sort_by(|a, b| (&a.table, &a.name).cmp(&(&b.table, &b.name)));
    Ok(facts)
}

/// An object's text, cut into the comments above it and the SQL.
#[derive(Clone, Debug, Default)]
struct Described {
    domain: String,
    /// The migration that the first comment names.
    migration: Option<String>,
    above: Option<String>,
    sql: String,
}

impl Described {
    fn new(object: &Object, domain: String) -> Self {
        let lines: Vec<&str> = object.sql.lines().collect();
        let above = lines.iter().take_while(|line| line.starts_with("--")).count();
        let mut comments: Vec<&str> = lines[..above].iter().map(|line| line.trim_start_matches('-').trim()).collect();
        let heading = comments.first().copied().unwrap_or_default();
        let migration = heading.strip_prefix("Created by ").unwrap_or(heading);
        let names_migration = migration.starts_with('V') && migration.contains("__");
        let migration = names_migration.then(|| migration.to_owned());
        if names_migration {
            comments.remove(0);
        }
        let above = (!comments.is_empty()).then(|| comments.join("\n"));
        Self {
            domain,
            migration,
            above,
            sql: lines[lines.len().min(comments.len() + usize::from(names_migration))..].join("\n"),
        }
    }
}

/// The comment in the migration, then the one in the catalogue.
fn joined(first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first}\n\n{second}")),
        (first, second) => first.or(second),
    }
}

/// The columns of a constraint, and the table and columns that a foreign key refers to.
type Key = (Vec<i16>, Option<(u32, Vec<i16>)>);

/// What the catalogue keeps by number, for each relation by its own.
struct Numbers {
    columns: BTreeMap<u32, Vec<NumberedColumn>>,
    /// By the relation and the constraint's name.
    keys: BTreeMap<(u32, String), Key>,
    indexes: BTreeMap<u32, Vec<Index>>,
}

struct NumberedColumn {
    number: i16,
    name: String,
    type_name: String,
    not_null: bool,
    comment: Option<String>,
}

impl Numbers {
    async fn read(client: &Client) -> Result<Self, Error> {
        let mut read = Self { columns: BTreeMap::new(), keys: BTreeMap::new(), indexes: BTreeMap::new() };
        let columns =
            "SELECT a.attrelid, a.attnum, a.attname::TEXT, FORMAT_TYPE(a.atttypid, a.atttypmod), a.attnotnull,
                    COL_DESCRIPTION(a.attrelid, a.attnum)
             FROM pg_attribute a
             JOIN pg_class c ON c.oid = a.attrelid
             WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
             ORDER BY a.attrelid, a.attnum";
        for row in client.query(columns, &[]).await? {
            read.columns.entry(row.get(0)).or_default().push(NumberedColumn {
                number: row.get(1),
                name: row.get(2),
                type_name: row.get(3),
                not_null: row.get(4),
                comment: row.get(5),
            });
        }
        let keys = "SELECT conrelid, conname::TEXT, conkey, confrelid, confkey
             FROM pg_constraint
             WHERE conrelid >= 16384";
        for row in client.query(keys, &[]).await? {
            let target: Option<Vec<i16>> = row.get(4);
            let columns: Option<Vec<i16>> = row.get(2);
            let target = target.map(|columns| (row.get(3), columns));
            read.keys.insert((row.get(0), row.get(1)), (columns.unwrap_or_default(), target));
        }
        let indexes = "SELECT i.indrelid, c.relname::TEXT, PG_GET_INDEXDEF(c.oid, 0, TRUE), OBJ_DESCRIPTION(c.oid, 'pg_class'),
                    (i.indkey::INT2[])[0:i.indnkeyatts - 1], i.indisunique,
                    (SELECT n.conname::TEXT FROM pg_constraint n WHERE n.conindid = c.oid AND n.contype IN ('p', 'u', 'x')
                     LIMIT 1)
             FROM pg_index i
             JOIN pg_class c ON c.oid = i.indexrelid
             WHERE c.oid >= 16384 AND i.indisvalid AND NOT c.relispartition
             ORDER BY c.relname COLLATE \"C\"";
        for row in client.query(indexes, &[]).await? {
            read.indexes.entry(row.get(0)).or_default().push(Index {
                name: row.get(1),
                definition: row.get(2),
                comment: row.get(3),
                columns: row.get(4),
                is_unique: row.get(5),
                constraint: row.get(6),
            });
        }
        Ok(read)
    }

    fn columns(&self, relation: &Relation) -> Vec<Column> {
        let default = |name: &str| {
            let column = relation.columns.iter().find(|column| column.name == name)?;
            let expression = || column.expression.clone().unwrap_or_default();
            match (column.generated, column.identity) {
                (Some(_), _) => Some(format!("GENERATED ALWAYS AS ({})", expression())),
                (_, Some('a')) => Some("GENERATED ALWAYS AS IDENTITY".to_owned()),
                (_, Some(_)) => Some("GENERATED BY DEFAULT AS IDENTITY".to_owned()),
                _ => column.expression.as_ref().map(|expression| {
                    format!("DEFAULT {}", super::constraints::default_value(&column.type_name, expression))
                }),
            }
        };
        let columns = self.columns.get(&relation.oid).into_iter().flatten();
        columns
            .map(|it| Column {
                number: it.number,
                name: it.name.clone(),
                type_name: short_type(&it.type_name),
                not_null: it.not_null,
                default: default(&it.name),
                comment: it.comment.clone(),
            })
            .collect()
    }

    fn indexes(&self, relation: &Relation) -> Vec<Index> {
        self.indexes.get(&relation.oid).into_iter().flatten().cloned().collect()
    }

    fn table(&self, relation: &Relation, described: Described) -> Table {
        let constraint = |it: &catalogue::Constraint| {
            let (columns, target) = self.keys.get(&(relation.oid, it.name.clone())).cloned().unwrap_or_default();
            Constraint {
                name: it.name.clone(),
                kind: it.kind,
                definition: it.definition.clone(),
                is_valid: it.is_valid,
                comment: it.comment.clone(),
                columns,
                target,
            }
        };
        Table {
            oid: relation.oid,
            name: relation.name.shown(),
            domain: described.domain,
            created_by: described.migration,
            comment: joined(described.above, relation.comment.clone()),
            partition_of: relation.partition_of.as_ref().map(|(parent, _)| parent.clone()),
            columns: self.columns(relation),
            constraints: relation.constraints.iter().map(constraint).collect(),
            indexes: self.indexes(relation),
        }
    }

    fn view(&self, relation: &Relation, described: Described) -> View {
        View {
            oid: relation.oid,
            name: relation.name.shown(),
            domain: described.domain,
            is_materialized: relation.kind == 'm',
            comment: joined(described.above, relation.comment.clone()),
            columns: self.columns(relation),
            indexes: self.indexes(relation),
            sql: described.sql,
        }
    }
}

/// A type's name as people write it: `varchar(50)`, `timestamptz`.
pub(crate) fn short_type(name: &str) -> String {
    let long = [
        ("character varying", "varchar"),
        ("timestamp with time zone", "timestamptz"),
        ("timestamp without time zone", "timestamp"),
        ("time with time zone", "timetz"),
        ("time without time zone", "time"),
        ("double precision", "float8"),
    ];
    let short = long.iter().find_map(|(long, short)| Some(format!("{short}{}", name.strip_prefix(long)?)));
    short.unwrap_or_else(|| name.to_owned())
}

/// The recorded dependencies on columns.
async fn column_users(client: &Client) -> Result<Vec<ColumnUser>, Error> {
    let sql = "SELECT DISTINCT d.refobjid, d.refobjsubid::INT2,
                CASE WHEN d.classid = 'pg_rewrite'::REGCLASS THEN 'view'
                     WHEN d.classid = 'pg_trigger'::REGCLASS THEN 'trigger'
                     WHEN d.classid = 'pg_constraint'::REGCLASS THEN 'constraint'
                     WHEN d.classid = 'pg_attrdef'::REGCLASS THEN 'default'
                     WHEN d.classid = 'pg_policy'::REGCLASS THEN 'policy'
                     WHEN d.classid = 'pg_proc'::REGCLASS THEN 'function'
                     ELSE 'index' END,
                COALESCE((SELECT v.oid::REGCLASS::TEXT FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class
                          WHERE d.classid = 'pg_rewrite'::REGCLASS AND r.oid = d.objid),
                         (SELECT t.tgname::TEXT FROM pg_trigger t
                          WHERE d.classid = 'pg_trigger'::REGCLASS AND t.oid = d.objid AND NOT t.tgisinternal),
                         (SELECT n.conname::TEXT FROM pg_constraint n
                          WHERE d.classid = 'pg_constraint'::REGCLASS AND n.oid = d.objid),
                         (SELECT a.attname::TEXT FROM pg_attrdef f
                          JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
                          WHERE d.classid = 'pg_attrdef'::REGCLASS AND f.oid = d.objid
                            AND (f.adrelid, f.adnum) <> (d.refobjid, d.refobjsubid)),
                         (SELECT o.polname::TEXT FROM pg_policy o
                          WHERE d.classid = 'pg_policy'::REGCLASS AND o.oid = d.objid),
                         (SELECT p.proname::TEXT FROM pg_proc p
                          WHERE d.classid = 'pg_proc'::REGCLASS AND p.oid = d.objid),
                         (SELECT i.relname::TEXT FROM pg_class i
                          WHERE d.classid = 'pg_class'::REGCLASS AND i.oid = d.objid AND i.relkind IN ('i', 'I')))
         FROM pg_depend d
         JOIN pg_class c ON c.oid = d.refobjid AND c.oid >= 16384
         WHERE d.refclassid = 'pg_class'::REGCLASS AND d.refobjsubid > 0 AND c.relkind IN ('r', 'p', 'v', 'm')
           -- Not a view's own columns.
           AND NOT (d.classid = 'pg_rewrite'::REGCLASS AND d.deptype = 'i')";
    let mut found = BTreeSet::new();
    for row in client.query(sql, &[]).await? {
        if let Some(name) = row.get::<_, Option<String>>(3) {
            found.insert(ColumnUser { relation: row.get(0), column: row.get(1), kind: row.get(2), name });
        }
    }
    Ok(found.into_iter().collect())
}
