//! What the migrated database knows of tables, views, functions, indexes and foreign keys, read once per run.

use std::collections::BTreeMap;

use futures::{future::join_all, try_join};
use tokio_postgres::{Client, Row, types::Oid};

use crate::analysis::{Node, Tree};

/// A table, view, materialised view or foreign table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relation {
    /// With its schema, where an unqualified name would not find it.
    pub(crate) name: String,
    /// Of PostgreSQL itself.
    pub(crate) is_system: bool,
    /// By their numbers, from 1; a dropped one is empty.
    pub(crate) columns: Vec<String>,
    pub(crate) not_null: Vec<bool>,
    /// What a view selects.
    pub(crate) view: Option<Tree>,
    /// A partition or an inheriting table: the table that it belongs to.
    pub(crate) parent: Option<Oid>,
}

/// A function: of the project, or one of PostgreSQL that may write.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) is_system: bool,
    pub(crate) is_volatile: bool,
    pub(crate) is_of_extension: bool,
    /// The statements of a body in SQL. `None`: the body can't be seen.
    pub(crate) body: Option<Vec<Tree>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub(crate) name: String,
    /// The index of the partitioned table that this one is a part of, or itself.
    pub(crate) root: String,
    pub(crate) table: Oid,
    /// Unique without a condition, on columns only: these hold at most one row.
    pub(crate) unique_columns: Option<Vec<i16>>,
    /// Its columns and expressions.
    pub(crate) keys: Vec<String>,
    /// The condition of a partial index: it holds no other rows.
    pub(crate) condition: Option<String>,
    /// How it is searched, such as `btree`.
    pub(crate) method: String,
}

impl Index {
    /// Whether the condition of a plan has what the index is searched by: the first column of a B-tree, any other's column.
    pub(crate) fn is_looked_up(&self, condition: &str) -> bool {
        let mut keys = self.keys.iter();
        if self.method == "btree" {
            keys.next().is_some_and(|key| mentions(condition, key))
        } else {
            keys.any(|key| mentions(condition, key))
        }
    }

    /// The condition without casts and brackets, which depend on how it was written.
    pub(crate) fn plain_condition(&self) -> String {
        let mut parts = self.condition.as_deref().unwrap_or_default().split("::");
        let first = parts.next().unwrap_or_default();
        let rest = parts.map(|part| {
            let of_several_words = TYPES_OF_SEVERAL_WORDS.iter().find_map(|type_| part.strip_prefix(type_));
            of_several_words
                .unwrap_or_else(|| part.trim_start_matches(|c: char| c.is_alphanumeric() || "_.".contains(c)))
        });
        [first].into_iter().chain(rest).collect::<String>().replace(['(', ')', '[', ']', ' '], "")
    }
}

const TYPES_OF_SEVERAL_WORDS: [&str; 7] = [
    "character varying",
    "double precision",
    "bit varying",
    "timestamp with time zone",
    "timestamp without time zone",
    "time with time zone",
    "time without time zone",
];

/// Whether the condition has the column, as a word of its own.
pub(crate) fn mentions(condition: &str, key: &str) -> bool {
    let is_end = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
    condition.match_indices(key).any(|(at, _)| {
        is_end(condition[..at].chars().next_back()) && is_end(condition[at + key.len()..].chars().next())
    })
}

/// Whether the condition compares the column itself: `a.key = …`, `(a.key)::text < …`, `a.key IS NULL`.
pub(crate) fn compares(condition: &str, key: &str) -> bool {
    compares_with(condition, key, &["=", "<", ">", "IS NULL", "IS NOT NULL"])
}

/// Whether the condition has `column = …`.
pub(crate) fn compares_by_equality(condition: &str, column: &str) -> bool {
    compares_with(condition, column, &["= "])
}

fn compares_with(condition: &str, column: &str, operators: &[&str]) -> bool {
    condition.match_indices(column).any(|(at, _)| {
        let is_whole = condition[..at].ends_with(['(', '.']);
        let after = &condition[at + column.len()..];
        let after = after
            .strip_prefix(")::")
            .map_or(after, |cast| cast.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'));
        is_whole && operators.iter().any(|operator| after.trim_start().starts_with(operator))
    })
}

/// A foreign key of `table`; the columns by their numbers.
#[derive(Clone, Debug)]
pub(crate) struct ForeignKey {
    pub(crate) table: Oid,
    pub(crate) columns: Vec<i16>,
    pub(crate) referenced: Oid,
    /// What a DELETE of the referenced row does with the referring ones: `a`, `r`, `c`, `n` or `d`.
    pub(crate) on_delete: char,
}

#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    relations: BTreeMap<Oid, Relation>,
    functions: BTreeMap<Oid, Function>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    /// Functions that give NULL for NULL, and aggregates that can give NULL; `true` for the latter.
    nulls: BTreeMap<Oid, bool>,
    /// The names of the operators.
    operators: BTreeMap<Oid, String>,
}

const RELATIONS: &str = "
SELECT c.oid,
       CASE WHEN pg_table_is_visible(c.oid) THEN c.relname::TEXT ELSE n.nspname || '.' || c.relname END,
       n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast'),
       ARRAY(
           SELECT CASE WHEN a.attisdropped THEN '' ELSE a.attname::TEXT END
           FROM pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0
           ORDER BY a.attnum
       ),
       ARRAY(
           SELECT a.attnotnull
           FROM pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0
           ORDER BY a.attnum
       ),
       CASE WHEN c.oid >= 16384 THEN r.ev_action::TEXT END,
       (SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno LIMIT 1)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN' AND c.relkind = 'v'
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'pg_toast'";

/// A body in a string is wrapped so that PostgreSQL keeps its tree.
const FUNCTIONS: &str = "
SELECT p.oid,
       CASE WHEN pg_function_is_visible(p.oid) THEN p.proname::TEXT ELSE n.nspname || '.' || p.proname END,
       p.oid < 16384,
       p.provolatile = 'v',
       p.prosqlbody::TEXT,
       CASE WHEN l.lanname = 'sql' AND p.oid >= 16384 AND p.prosqlbody IS NULL AND p.prokind = 'f' THEN
           FORMAT('CREATE FUNCTION pg_temp.body_%s(%s) RETURNS %s LANGUAGE sql BEGIN ATOMIC %s', p.oid,
                  pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.prosrc) || E'\\n; END'
       END,
       EXISTS (
           SELECT
           FROM pg_depend d
           WHERE d.classid = 'pg_proc'::REGCLASS AND d.objid = p.oid AND d.deptype = 'e'
       )
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE p.oid >= 16384
   OR p.provolatile = 'v'
   -- Called stable, although they give the transaction a number and so can't run on a replica.
   OR p.proname IN ('pg_current_xact_id', 'txid_current')";

const INDEXES: &str = "
SELECT c.relname::TEXT,
       i.indrelid,
       CASE WHEN i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
            THEN (i.indkey::INT2[])[0:i.indnkeyatts - 1] END,
       ARRAY(
           SELECT pg_get_indexdef(i.indexrelid, key, TRUE)
           FROM GENERATE_SERIES(1, i.indnkeyatts) AS key
           ORDER BY key
       ),
       pg_get_expr(i.indpred, i.indrelid),
       a.amname::TEXT,
       COALESCE((SELECT r.relname FROM pg_class r WHERE r.oid = pg_partition_root(c.oid)), c.relname)::TEXT
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am a ON a.oid = c.relam
WHERE i.indrelid >= 16384
ORDER BY c.relname";

const FOREIGN_KEYS: &str = "
SELECT conrelid, conkey, confrelid, confdeltype::TEXT
FROM pg_constraint
WHERE contype = 'f' AND conparentid = 0
ORDER BY conname";

const NULLS: &str = "
SELECT oid, prokind = 'a'
FROM pg_proc
WHERE (prokind = 'f' AND proisstrict)
   OR (prokind = 'a' AND oid < 16384 AND proname IN ('max', 'min', 'sum', 'avg', 'array_agg', 'string_agg'))";

const OPERATORS: &str = "SELECT oid, oprname::TEXT FROM pg_operator";

impl Catalogue {
    pub(crate) async fn read(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let (relations, functions, indexes, foreign_keys, nulls, operators) = try_join!(
            client.query(RELATIONS, &[]),
            client.query(FUNCTIONS, &[]),
            client.query(INDEXES, &[]),
            client.query(FOREIGN_KEYS, &[]),
            client.query(NULLS, &[]),
            client.query(OPERATORS, &[]),
        )?;
        let bodies = bodies(&functions, client).await?;
        Ok(Self {
            relations: relations.iter().map(relation).collect(),
            functions: functions.iter().map(|row| function(row, &bodies)).collect(),
            indexes: indexes.iter().map(index).collect(),
            foreign_keys: foreign_keys.iter().map(foreign_key).collect(),
            nulls: nulls.iter().map(|row| (row.get(0), row.get(1))).collect(),
            operators: operators.iter().map(|row| (row.get(0), row.get(1))).collect(),
        })
    }

    pub(crate) fn relation(&self, oid: Oid) -> Option<&Relation> {
        self.relations.get(&oid)
    }

    /// A relation of the project by its name.
    pub(crate) fn relation_named(&self, name: &str) -> Option<(Oid, &Relation)> {
        let mut found = self.relations.iter().filter(|(_, relation)| !relation.is_system);
        found.find(|(_, relation)| relation.name == name).map(|(oid, relation)| (*oid, relation))
    }

    /// `None` of a function of PostgreSQL that can't write.
    pub(crate) fn function(&self, oid: Oid) -> Option<&Function> {
        self.functions.get(&oid)
    }

    /// Whether the function gives NULL for NULL.
    pub(crate) fn is_strict(&self, oid: Oid) -> bool {
        self.nulls.get(&oid) == Some(&false)
    }

    /// Whether the aggregate gives NULL where it has seen no value.
    pub(crate) fn is_null_of_nothing(&self, oid: Oid) -> bool {
        self.nulls.get(&oid) == Some(&true)
    }

    pub(crate) fn operator(&self, oid: Oid) -> &str {
        self.operators.get(&oid).map_or("", String::as_str)
    }

    pub(crate) fn index_named(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// The names of the project's tables and views.
    pub(crate) fn relation_names(&self) -> impl Iterator<Item = &str> {
        self.relations.values().filter(|relation| !relation.is_system).map(|relation| relation.name.as_str())
    }
}

/// The trees of the bodies that are strings, by the functions' ids. One that PostgreSQL keeps no tree of, because it is
/// polymorphic, for example, has none here.
async fn bodies(functions: &[Row], client: &Client) -> Result<BTreeMap<Oid, String>, tokio_postgres::Error> {
    let definitions: Vec<&str> = functions.iter().filter_map(|row| row.get(5)).collect();
    if definitions.is_empty() {
        return Ok(BTreeMap::new());
    }
    join_all(definitions.iter().map(|definition| client.batch_execute(definition))).await;
    let rows = client
        .query(
            "SELECT SUBSTR(proname, 6)::OID, prosqlbody::TEXT
             FROM pg_proc
             WHERE pronamespace = pg_my_temp_schema() AND proname LIKE 'body\\_%'",
            &[],
        )
        .await?;
    client.batch_execute("DISCARD TEMP").await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// The statements of a tree that is a query, a list of queries, or a list of such lists.
fn statements(text: &str) -> Option<Vec<Tree>> {
    fn collect(node: Node, found: &mut Vec<Tree>) {
        match node {
            Node::Tree(tree) => found.push(tree),
            Node::List(nodes) => nodes.into_iter().for_each(|node| collect(node, found)),
            Node::Null | Node::Atom(_) => {}
        }
    }
    let mut found = Vec::new();
    collect(Node::parse(text)?, &mut found);
    Some(found)
}

fn relation(row: &Row) -> (Oid, Relation) {
    let view: Option<&str> = row.get(5);
    let relation = Relation {
        name: row.get(1),
        is_system: row.get(2),
        columns: row.get(3),
        not_null: row.get(4),
        view: view.and_then(statements).and_then(|mut statements| statements.pop()),
        parent: row.get(6),
    };
    (row.get(0), relation)
}

fn function(row: &Row, bodies: &BTreeMap<Oid, String>) -> (Oid, Function) {
    let oid: Oid = row.get(0);
    let kept: Option<&str> = row.get(4);
    let body = kept.or_else(|| bodies.get(&oid).map(String::as_str));
    let function = Function {
        name: row.get(1),
        is_system: row.get(2),
        is_volatile: row.get(3),
        is_of_extension: row.get(6),
        body: body.and_then(statements),
    };
    (oid, function)
}

fn index(row: &Row) -> Index {
    Index {
        name: row.get(0),
        table: row.get(1),
        unique_columns: row.get(2),
        keys: row.get(3),
        condition: row.get(4),
        method: row.get(5),
        root: row.get(6),
    }
}

fn foreign_key(row: &Row) -> ForeignKey {
    ForeignKey {
        table: row.get(0),
        columns: row.get(1),
        referenced: row.get(2),
        on_delete: row.get::<_, &str>(3).chars().next().unwrap_or('a'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partial(condition: &str) -> Index {
        Index {
            name: "live".to_owned(),
            root: "live".to_owned(),
            table: 1,
            unique_columns: None,
            keys: vec!["server".to_owned(), "at".to_owned()],
            condition: Some(condition.to_owned()),
            method: "btree".to_owned(),
        }
    }

    #[test]
    fn conditions_of_partial_indexes_are_equal_whatever_casts_they_have() {
        let plain = |condition| partial(condition).plain_condition();
        assert_eq!(
            plain("((state)::text = ANY (ARRAY['a'::character varying, 'b'::character varying]::text[]))"),
            plain("((state)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))")
        );
        assert_ne!(plain("((state)::text = 'a'::text)"), plain("((state)::text = 'b'::text)"));
        assert_ne!(plain("((state)::text = 'a'::text AND paid)"), plain("((state)::text = 'a'::text)"));
    }

    #[test]
    fn an_index_is_looked_up_by_its_first_column() {
        let index = partial("live");
        assert!(index.is_looked_up("((o.server)::text = $1)"));
        assert!(!index.is_looked_up("(o.at > $1)"));
        assert!(!index.is_looked_up("(o.server_id = $1)"));
        assert!(Index { method: "brin".to_owned(), ..index }.is_looked_up("(o.at > $1)"));
    }

    #[test]
    fn a_condition_compares_a_column_and_not_an_expression_of_it() {
        for condition in ["(o.at IS NULL)", "(at > $1)", "((o.at)::text = $1)", "(NOT (o.x = 1)) AND (o.at < now())"] {
            assert!(compares(condition, "at"), "{condition}");
        }
        for condition in ["(lower(o.at) = $1)", "(COALESCE(o.at, now()) = $1)", "(o.state = $1)", "((o.at + 1) = $1)"] {
            assert!(!compares(condition, "at"), "{condition}");
        }
    }
}
