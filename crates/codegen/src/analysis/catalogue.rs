//! What the analysis needs to know of the database: columns, views, functions and types, loaded in a few round trips.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio_postgres::{Client, types::Oid};

use super::{Node, Tree};

/// A table, view or other relation.
pub(crate) struct Relation {
    pub(crate) name: String,
    pub(crate) kind: RelationKind,
    /// By number, from 1 on; dropped columns included.
    pub(crate) columns: Vec<Column>,
    /// A BEFORE trigger for each row can replace what INSERT or UPDATE writes.
    pub(crate) before_insert: bool,
    pub(crate) before_update: bool,
    /// A rule or an INSTEAD OF trigger decides what RETURNING returns.
    pub(crate) rewritten: bool,
    /// The query of a view or materialised view.
    pub(crate) query: Option<Tree>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RelationKind {
    Table,
    View,
    MaterialisedView,
    /// A foreign table: its NOT NULL is a promise of another server.
    Foreign,
    Other,
}

pub(crate) struct Column {
    pub(crate) name: String,
    /// Whether NOT NULL holds here and in every child and partition.
    pub(crate) not_null: bool,
    pub(crate) type_: Oid,
    /// What INSERT writes where it names no value; a generated column has none here.
    pub(crate) default: Option<Node>,
}

#[expect(clippy::struct_excessive_bools, reason = "they are columns of pg_proc")]
pub(crate) struct Function {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// `internal`, `sql`, `plpgsql`.
    pub(crate) language: String,
    /// The C function of an internal function.
    pub(crate) source: String,
    pub(crate) strict: bool,
    pub(crate) volatile: bool,
    pub(crate) returns_set: bool,
    pub(crate) is_void: bool,
    /// The number of its arguments.
    pub(crate) arguments: usize,
    /// The statements of an SQL function.
    pub(crate) body: Vec<Tree>,
}

#[derive(Clone, Copy, Default)]
struct Type {
    /// A domain's base type; 0 of other types.
    base: Oid,
    not_null: bool,
    is_array: bool,
}

#[derive(Default)]
pub(crate) struct Catalogue {
    relations: HashMap<Oid, Relation>,
    functions: HashMap<Oid, Function>,
    types: HashMap<Oid, Type>,
}

const RELATIONS: &str = "\
WITH RECURSIVE descendant (ancestor, relation) AS (
    SELECT oid, oid FROM pg_class WHERE oid = ANY ($1)
    UNION
    SELECT d.ancestor, i.inhrelid FROM descendant d JOIN pg_inherits i ON i.inhparent = d.relation
)
SELECT c.oid, c.relname::TEXT, c.relkind::TEXT,
       EXISTS (SELECT FROM descendant d JOIN pg_class child ON child.oid = d.relation
               WHERE d.ancestor = c.oid AND child.relkind = 'f'),
       EXISTS (SELECT FROM descendant d JOIN pg_trigger t ON t.tgrelid = d.relation
               WHERE d.ancestor = c.oid AND t.tgtype & 7 = 7),
       EXISTS (SELECT FROM descendant d JOIN pg_trigger t ON t.tgrelid = d.relation
               WHERE d.ancestor = c.oid AND t.tgtype & 19 = 19),
       EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type <> '1')
       OR EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgtype & 64 = 64),
       (SELECT r.ev_action::TEXT FROM pg_rewrite r
        WHERE r.ev_class = c.oid AND r.ev_type = '1' AND c.relkind IN ('v', 'm'))
FROM pg_class c
WHERE c.oid = ANY ($1)";

const COLUMNS: &str = "\
WITH RECURSIVE descendant (ancestor, relation) AS (
    SELECT oid, oid FROM pg_class WHERE oid = ANY ($1)
    UNION
    SELECT d.ancestor, i.inhrelid FROM descendant d JOIN pg_inherits i ON i.inhparent = d.relation
), nullable (ancestor, name) AS (
    SELECT d.ancestor, a.attname
    FROM descendant d
    JOIN pg_attribute a ON a.attrelid = d.relation
    WHERE a.attnum > 0 AND NOT (a.attnotnull AND NOT EXISTS (
        SELECT FROM pg_constraint k
        WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated))
)
SELECT a.attrelid, a.attname::TEXT,
       NOT EXISTS (SELECT FROM nullable n WHERE n.ancestor = a.attrelid AND n.name = a.attname),
       CASE WHEN a.attgenerated = '' THEN d.adbin::TEXT END, a.atttypid
FROM pg_attribute a
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY ($1) AND a.attnum > 0
ORDER BY a.attrelid, a.attnum";

const FUNCTIONS: &str = "\
SELECT p.oid, n.nspname::TEXT, p.proname::TEXT, l.lanname::TEXT, p.prosrc, p.proisstrict, p.provolatile = 'v',
       p.proretset, p.prorettype = 'void'::REGTYPE, p.prosqlbody::TEXT, pg_get_function_arguments(p.oid),
       pg_get_function_result(p.oid), p.proconfig, p.pronargs
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE p.oid = ANY ($1)";

const TYPES: &str = "\
SELECT oid, typbasetype, typnotnull, typelem <> 0 AND typlen = -1 AND typcategory = 'A'
FROM pg_type
WHERE typtype = 'd' OR typcategory = 'A'";

impl Catalogue {
    /// Of everything that the trees name, and what these name in turn.
    pub(crate) async fn load(trees: &[&Tree], client: &Client) -> Result<Self, tokio_postgres::Error> {
        let mut catalogue = Self::default();
        for row in client.query(TYPES, &[]).await? {
            let type_ = Type { base: row.get(1), not_null: row.get(2), is_array: row.get(3) };
            catalogue.types.insert(row.get(0), type_);
        }
        let mut named = Named::default();
        for tree in trees {
            named.add(tree);
        }
        loop {
            let relations: Vec<Oid> =
                named.relations.iter().copied().filter(|it| !catalogue.relations.contains_key(it)).collect();
            let functions: Vec<Oid> =
                named.functions.iter().copied().filter(|it| !catalogue.functions.contains_key(it)).collect();
            if relations.is_empty() && functions.is_empty() {
                return Ok(catalogue);
            }
            named = Named::default();
            catalogue.load_relations(&relations, &mut named, client).await?;
            catalogue.load_functions(&functions, &mut named, client).await?;
        }
    }

    async fn load_relations(
        &mut self,
        oids: &[Oid],
        named: &mut Named,
        client: &Client,
    ) -> Result<(), tokio_postgres::Error> {
        if oids.is_empty() {
            return Ok(());
        }
        let mut columns: HashMap<Oid, Vec<Column>> = HashMap::new();
        let oids = &oids;
        let (relations, attributes) =
            futures::future::try_join(client.query(RELATIONS, &[oids]), client.query(COLUMNS, &[oids])).await?;
        for row in attributes {
            let default = row.get::<_, Option<&str>>(3).and_then(Node::parse);
            if let Some(Node::Tree(default)) = &default {
                named.add(default);
            }
            columns.entry(row.get(0)).or_default().push(Column {
                name: row.get(1),
                not_null: row.get(2),
                type_: row.get(4),
                default,
            });
        }
        for row in relations {
            let oid: Oid = row.get(0);
            let query = row.get::<_, Option<&str>>(7).and_then(Node::parse).and_then(|it| it.trees().next().cloned());
            if let Some(query) = &query {
                named.add(query);
            }
            let kind = match row.get(2) {
                _ if row.get(3) => RelationKind::Foreign,
                "r" | "p" => RelationKind::Table,
                "v" => RelationKind::View,
                "m" => RelationKind::MaterialisedView,
                _ => RelationKind::Other,
            };
            let relation = Relation {
                name: row.get(1),
                kind,
                columns: columns.remove(&oid).unwrap_or_default(),
                before_insert: row.get(4),
                before_update: row.get(5),
                rewritten: row.get(6),
                query,
            };
            self.relations.insert(oid, relation);
        }
        // An object that no longer exists is not asked for again.
        for oid in *oids {
            self.relations.entry(*oid).or_insert_with(|| Relation {
                name: "?".to_owned(),
                kind: RelationKind::Other,
                columns: Vec::new(),
                before_insert: true,
                before_update: true,
                rewritten: true,
                query: None,
            });
        }
        Ok(())
    }

    async fn load_functions(
        &mut self,
        oids: &[Oid],
        named: &mut Named,
        client: &Client,
    ) -> Result<(), tokio_postgres::Error> {
        if oids.is_empty() {
            return Ok(());
        }
        let mut quoted = BTreeMap::new();
        for row in client.query(FUNCTIONS, &[&oids]).await? {
            let oid: Oid = row.get(0);
            let function = Function {
                schema: row.get(1),
                name: row.get(2),
                language: row.get(3),
                source: row.get(4),
                strict: row.get(5),
                volatile: row.get(6),
                returns_set: row.get(7),
                is_void: row.get(8),
                arguments: usize::try_from(row.get::<_, i16>(13)).unwrap_or_default(),
                body: row.get::<_, Option<&str>>(9).map(statements).unwrap_or_default(),
            };
            let result: Option<&str> = row.get(11);
            if let ("sql", true, Some(result)) = (function.language.as_str(), function.body.is_empty(), result) {
                let settings: Option<Vec<String>> = row.get(12);
                let arguments: &str = row.get(10);
                let name = format!("body_{oid}");
                quoted.insert(oid, Quoted {
                    create: format!(
                        "CREATE FUNCTION pg_temp.{name}({arguments}) RETURNS {result} LANGUAGE sql BEGIN ATOMIC {}; END",
                        function.source.trim().trim_end_matches(';')
                    ),
                    search_path: settings.unwrap_or_default().iter().find_map(|it| it.strip_prefix("search_path=").map(str::to_owned)),
                    name,
                });
            }
            self.functions.insert(oid, function);
        }
        for (oid, body) in bodies(&quoted, client).await? {
            if let Some(function) = self.functions.get_mut(&oid) {
                function.body = statements(&body);
            }
        }
        for oid in oids {
            match self.functions.get(oid) {
                Some(function) => function.body.iter().for_each(|statement| named.add(statement)),
                None => {
                    self.functions.insert(*oid, Function::unknown());
                }
            }
        }
        Ok(())
    }

    pub(crate) fn relation(&self, oid: Oid) -> Option<&Relation> {
        self.relations.get(&oid)
    }

    pub(crate) fn function(&self, oid: Oid) -> Option<&Function> {
        self.functions.get(&oid)
    }

    /// Whether the type is a domain with NOT NULL, or over one.
    pub(crate) fn is_not_null_domain(&self, oid: Oid) -> bool {
        let mut oid = oid;
        while let Some(type_) = self.types.get(&oid).filter(|type_| type_.base != 0) {
            if type_.not_null {
                return true;
            }
            oid = type_.base;
        }
        false
    }

    /// Whether the type is an array, or a domain over one.
    pub(crate) fn is_array(&self, oid: Oid) -> bool {
        let mut oid = oid;
        while let Some(type_) = self.types.get(&oid) {
            if type_.is_array {
                return true;
            }
            oid = type_.base;
        }
        false
    }
}

impl Function {
    fn unknown() -> Self {
        Self {
            schema: String::new(),
            name: "?".to_owned(),
            language: String::new(),
            source: String::new(),
            strict: false,
            volatile: true,
            returns_set: false,
            is_void: false,
            arguments: 0,
            body: Vec::new(),
        }
    }

    /// Its name as a person writes it.
    pub(crate) fn display_name(&self) -> String {
        match self.schema.as_str() {
            "pg_catalog" => self.name.to_ascii_uppercase(),
            _ => self.name.clone(),
        }
    }
}

/// What trees name.
#[derive(Default)]
struct Named {
    relations: BTreeSet<Oid>,
    functions: BTreeSet<Oid>,
}

impl Named {
    fn add(&mut self, tree: &Tree) {
        tree.walk(&mut |tree| {
            if tree.tag == "RANGETBLENTRY" {
                self.relations.extend(Some(tree.oid("relid")).filter(|oid| *oid != 0));
            }
            for field in ["funcid", "opfuncid", "aggfnoid", "winfnoid"] {
                self.functions.extend(Some(tree.oid(field)).filter(|oid| *oid != 0));
            }
        });
    }
}

/// The statements of a body: a list of a list, or a query alone for `RETURN expression`.
fn statements(body: &str) -> Vec<Tree> {
    match Node::parse(body) {
        Some(Node::Tree(query)) => vec![query],
        Some(Node::List(lists)) => {
            lists.into_iter().flat_map(|list| list.trees().cloned().collect::<Vec<_>>()).collect()
        }
        _ => Vec::new(),
    }
}

/// An SQL function whose body is kept as a string.
struct Quoted {
    /// A copy whose body is kept as a tree.
    create: String,
    name: String,
    search_path: Option<String>,
}

/// The trees of such bodies as text; those that PostgreSQL can't analyse are left out.
async fn bodies(
    functions: &BTreeMap<Oid, Quoted>,
    client: &Client,
) -> Result<Vec<(Oid, String)>, tokio_postgres::Error> {
    let mut found = Vec::new();
    if functions.is_empty() {
        return Ok(found);
    }
    client.batch_execute("BEGIN").await?;
    for (oid, function) in functions {
        client.batch_execute("SAVEPOINT before").await?;
        let path = function.search_path.as_ref().map(|path| format!("SET LOCAL search_path = {path};"));
        if client.batch_execute(&format!("{}{}", path.unwrap_or_default(), function.create)).await.is_ok() {
            let row = client
                .query_one(
                    "SELECT prosqlbody::TEXT FROM pg_proc WHERE pronamespace = pg_my_temp_schema() AND proname = $1",
                    &[&function.name],
                )
                .await?;
            found.extend(row.get::<_, Option<String>>(0).map(|body| (*oid, body)));
        }
        client.batch_execute("ROLLBACK TO before").await?;
    }
    client.batch_execute("ROLLBACK").await?;
    Ok(found)
}
