//! What the build step says, held against what a server returns.

use std::{
    fmt::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use barqnet_db_client::pool::connect_one;
use barqnet_db_codegen::{DescribedQuery, describe, schema_script};
use barqnet_db_throwaway::Server;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::described;

const TABLES: &str = "\
CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, m INTEGER, t TEXT NOT NULL, u TEXT, l INTEGER[] NOT NULL);
CREATE TABLE b (id INTEGER PRIMARY KEY, n INTEGER, m INTEGER NOT NULL, t TEXT, u TEXT NOT NULL, l INTEGER[]);
CREATE TABLE empty (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, m INTEGER, t TEXT NOT NULL, u TEXT, l INTEGER[] NOT NULL);
CREATE VIEW joined AS SELECT a.id, b.n, b.m, a.t, b.u, a.l FROM a LEFT JOIN b ON b.id = a.m;
CREATE VIEW chosen AS SELECT id, n, m, t, u, l FROM a WHERE m IS NOT NULL;
CREATE VIEW grouped AS SELECT m AS id, MAX(n) AS n, SUM(m)::INTEGER AS m, MIN(t) AS t, MAX(u) AS u, ARRAY_AGG(m) AS l FROM a GROUP BY m;
";

const DATA: &str = "\
INSERT INTO a VALUES (1, 1, 1, 'x', 'y', '{1,2}'), (2, 2, NULL, 'x', NULL, '{NULL}'), (3, 0, 2, '', 'z', '{}'), (4, 3, 9, 'q', NULL, '{3}');
INSERT INTO b VALUES (1, NULL, 1, NULL, 'x', NULL), (2, 2, 2, 'x', 'y', '{NULL,1}'), (5, 3, 0, '', '', '{}');
";

/// Numbers that follow from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn happens(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// What a level of a query can name.
struct Scope {
    relations: Vec<String>,
}

impl Scope {
    fn number(&self, random: &mut Random, depth: usize) -> String {
        let relation = random.below(self.relations.len());
        let relation = &self.relations[relation];
        if depth == 0 {
            return match random.below(10) {
                0 => "NULL::INTEGER".to_owned(),
                1 => random.below(4).to_string(),
                _ => format!("{relation}.{}", random.one(&["id", "n", "m", "n", "m"])),
            };
        }
        let a = self.number(random, depth - 1);
        let b = self.number(random, depth - 1);
        match random.below(17) {
            0 => format!("COALESCE({a}, {b})"),
            1 => format!("({a} + {b})"),
            2 => format!("NULLIF({a}, {b})"),
            3 => format!("GREATEST({a}, {b})"),
            4 => format!("CASE WHEN {} THEN {a} ELSE {b} END", self.condition(random, depth - 1)),
            5 => format!("CASE WHEN {} THEN {a} END", self.condition(random, depth - 1)),
            6 => format!("CASE {a} WHEN {b} THEN {a} ELSE 1 END"),
            7 => format!("LENGTH({})", self.text(random, depth - 1)),
            8 => format!("(SELECT {a} LIMIT {})", random.below(3)),
            9 => format!(
                "(SELECT {} FROM {} s WHERE s.id = {a})",
                random.one(&["COUNT(*)::INTEGER", "MAX(s.n)", "s.m", "SUM(s.id)::INTEGER"]),
                random.one(&["a", "b", "empty", "joined"])
            )
            .replace("s.m FROM", "MIN(s.m) FROM"),
            10 => format!("(ARRAY[{a}, {b}])[{}]", random.below(4)),
            11 => format!("CARDINALITY({relation}.l)"),
            12 => format!("CASE WHEN {a} IS NULL THEN 0 ELSE {a} END"),
            13 => format!("CASE WHEN {a} IS NOT NULL AND {b} > 0 THEN {a} + {b} ELSE 0 END"),
            14 => format!("({})::INTEGER", self.condition(random, depth - 1)),
            15 => format!("TWICE({a})"),
            _ => a,
        }
    }

    fn text(&self, random: &mut Random, depth: usize) -> String {
        let relation = random.below(self.relations.len());
        let relation = &self.relations[relation];
        if depth == 0 {
            return format!("{relation}.{}", random.one(&["t", "u"]));
        }
        let a = self.text(random, depth - 1);
        match random.below(8) {
            0 => format!("({a} || {})", self.text(random, depth - 1)),
            1 => format!("UPPER({a})"),
            2 => format!("CONCAT({a}, {})", self.text(random, depth - 1)),
            3 => format!("SUBSTRING({a} FROM 'x')"),
            4 => format!("{}::TEXT", self.number(random, depth - 1)),
            5 => format!("COALESCE({a}, '')"),
            6 => format!("ARRAY_TO_STRING({relation}.l, ',')"),
            _ => a,
        }
    }

    fn condition(&self, random: &mut Random, depth: usize) -> String {
        let a = self.number(random, depth.min(1));
        let b = self.number(random, 0);
        if depth > 0 && random.happens(40) {
            let (left, right) = (self.condition(random, depth - 1), self.condition(random, depth - 1));
            return match random.below(3) {
                0 => format!("({left} AND {right})"),
                1 => format!("({left} OR {right})"),
                _ => format!("NOT ({left})"),
            };
        }
        match random.below(13) {
            0 | 1 => format!("{a} IS NOT NULL"),
            2 => format!("{a} IS NULL"),
            3 => format!("{a} = {b}"),
            4 => format!("{a} >= {b}"),
            5 => format!("{a} IS DISTINCT FROM {b}"),
            6 => format!("{a} IN (1, 2, {b})"),
            7 => format!("{a} NOT IN (1, {b})"),
            8 => format!("{a} = ANY ({}.l)", self.relations[0]),
            9 => format!(
                "{a} IN (SELECT {} FROM {} i)",
                random.one(&["i.n", "i.m", "i.id"]),
                random.one(&["a", "b", "empty"])
            ),
            10 => format!("EXISTS (SELECT FROM {} e WHERE e.m = {b})", random.one(&["a", "b", "empty"])),
            11 => format!("{} LIKE '%x%'", self.text(random, 0)),
            _ => format!("({a} > {b}) IS NOT FALSE"),
        }
    }
}

/// A part of FROM, and the relations in it.
fn relation(random: &mut Random, depth: usize, names: &mut usize) -> (String, Vec<String>) {
    if depth > 0 && random.happens(60) {
        let (left, mut relations) = relation(random, depth - 1, names);
        let (right, others) = relation(random, depth - 1, names);
        relations.extend(others);
        let join = random.one(&["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT JOIN"]);
        // FULL JOIN takes only what can be merged.
        let on = if join == "FULL JOIN" {
            let (left, right) = (relations.first().unwrap(), relations.last().unwrap());
            format!("{left}.id = {right}.{}", random.one(&["id", "m", "n"]))
        } else {
            Scope { relations: relations.clone() }.condition(random, 1)
        };
        return (format!("({left} {join} {right} ON {on})"), relations);
    }
    *names += 1;
    let name = format!("r{names}");
    let source = match random.below(9) {
        0 | 1 => format!("a {name}"),
        2 | 3 => format!("b {name}"),
        4 => format!("empty {name}"),
        5 => format!("joined {name}"),
        6 => format!("chosen {name}"),
        7 => format!("grouped {name}"),
        _ if depth > 0 => format!("({}) {name}", select(random, depth - 1, names)),
        _ => format!(
            "(VALUES (1, 2, 3, 'x', NULL, '{{1}}'::INTEGER[]), (2, {}, 4, 'y', 'z', '{{}}')) {name} (id, n, m, t, u, l)",
            random.one(&["3", "NULL"])
        ),
    };
    (source, vec![name])
}

/// A query with the columns id, n, m, t, u and l.
fn select(random: &mut Random, depth: usize, names: &mut usize) -> String {
    let (from, relations) = relation(random, depth, names);
    let scope = Scope { relations };
    let condition = if random.happens(50) { format!(" WHERE {}", scope.condition(random, 2)) } else { String::new() };
    let first = &scope.relations[0];
    let query = match random.below(10) {
        0 | 1 => {
            let (key, other) = (scope.number(random, 1), scope.number(random, 0));
            let grouping = match random.below(4) {
                0 => format!("ROLLUP ({key}, {other})"),
                1 => format!("GROUPING SETS (({key}), ({key}, {other}))"),
                _ => format!("{key}, {other}"),
            };
            let having = if random.happens(30) { " HAVING MAX(COALESCE(".to_owned() + &scope.number(random, 0) + ", 1)) > 0" } else { String::new() };
            format!(
                "SELECT {key} AS id, MAX({}) AS n, COUNT(*)::INTEGER AS m, {}({}) AS t, MAX({}) FILTER (WHERE {}) AS u, ARRAY_AGG({}) AS l FROM {from}{condition} GROUP BY {grouping}{having}",
                scope.number(random, 1),
                random.one(&["MIN", "MAX"]),
                scope.text(random, 1),
                scope.text(random, 0),
                scope.condition(random, 0),
                scope.number(random, 0),
            )
        }
        2 => format!(
            "SELECT ROW_NUMBER() OVER ()::INTEGER AS id, MAX({}) OVER (ORDER BY {first}.id) AS n, LAG({}, 1, 0) OVER (ORDER BY {first}.id) AS m, {} AS t, FIRST_VALUE({}) OVER () AS u, {first}.l FROM {from}{condition}",
            scope.number(random, 1),
            scope.number(random, 0),
            scope.text(random, 1),
            scope.text(random, 1),
        )
        .replace("ROW_NUMBER() OVER ()::INTEGER", "(ROW_NUMBER() OVER ())::INTEGER"),
        3 => format!(
            "SELECT MAX({0}) AS id, SUM({0})::INTEGER AS n, COUNT({0})::INTEGER AS m, MIN({1}) AS t, COALESCE(MAX({1}), '') AS u, ARRAY_AGG({0}) AS l FROM {from}{condition}",
            scope.number(random, 1),
            scope.text(random, 0)
        ),
        _ => format!(
            "SELECT {} AS id, {} AS n, {} AS m, {} AS t, {} AS u, {first}.l FROM {from}{condition}",
            scope.number(random, 0),
            scope.number(random, 2),
            scope.number(random, 1),
            scope.text(random, 1),
            scope.text(random, 0)
        ),
    };
    if depth > 0 && random.happens(15) {
        let operation = random.one(&["UNION ALL", "UNION", "INTERSECT", "EXCEPT"]);
        return format!("({query}) {operation} ({})", select(random, depth - 1, names));
    }
    query
}

fn statement(random: &mut Random) -> String {
    let query = select(random, 2, &mut 0);
    if random.happens(15) {
        return format!("WITH c AS ({query}) SELECT c.id, c.n, x.m, c.t, x.u, c.l FROM c LEFT JOIN c x ON x.id = c.n");
    }
    if random.happens(8) {
        return format!(
            "WITH RECURSIVE c (id, n, m, t, u, l) AS (SELECT 1, n, m, t, u, l FROM a UNION ALL SELECT c.id + 1, c.m, c.n, c.u, c.t, x.l FROM c LEFT JOIN ({query}) x ON x.id = c.id WHERE c.id < 3) SELECT id, n, m, t, u, l FROM c"
        );
    }
    query
}

const FUNCTIONS: &str = "CREATE FUNCTION twice(n INTEGER) RETURNS INTEGER LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';\n";

/// The columns in which a row of the result holds NULL; `None` if the statement fails.
async fn nulls(client: &Client, sql: &str) -> Option<Vec<bool>> {
    let messages = client.simple_query(sql).await.ok()?;
    let mut found = Vec::new();
    for message in messages {
        if let SimpleQueryMessage::Row(row) = message {
            found.resize(row.len(), false);
            for (number, found) in found.iter_mut().enumerate() {
                *found |= row.get(number).is_none();
            }
        }
    }
    Some(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_null_arrives_where_random_queries_are_said_never_to_return_one() {
    let seeds: Vec<u64> = if let Ok(seed) = std::env::var("BARQNET_SEED") {
        vec![seed.parse().unwrap()]
    } else {
        let start = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() * 1000;
        (1..=250).chain(start..start + 150).collect()
    };
    let tried = seeds.len();
    let server = Server::start().unwrap();
    let client = connect_one(server.url("postgres")).await.unwrap();
    client
        .batch_execute(&format!("{TABLES}{FUNCTIONS}{DATA}ANALYZE; SET statement_timeout = 500; SET jit = off"))
        .await
        .unwrap();
    let mut queries = Vec::new();
    for seed in seeds {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            random.below(2);
        }
        let sql = statement(&mut random);
        // What the server refuses, a FULL JOIN on no equality for example, says nothing.
        if client.unguarded().prepare(&sql).await.is_ok() {
            queries.push((seed, sql));
        }
    }
    assert!(queries.len() * 10 > tried * 7, "{} of {tried} queries are valid", queries.len());
    let schema = format!("{TABLES}{FUNCTIONS}");
    let texts: Vec<&str> = queries.iter().map(|(_, sql)| sql.as_str()).collect();
    let found = tokio::task::block_in_place(|| described(&schema, &texts));
    let (mut never, mut nullable, mut seen) = (0, 0, 0);
    let mut wrong = String::new();
    let begin = Instant::now();
    for ((seed, sql), query) in queries.iter().zip(&found) {
        let Some(nulls) = nulls(client.unguarded(), sql).await else { continue };
        if nulls.is_empty() {
            continue;
        }
        for (column, is_null) in query.columns.iter().zip(nulls) {
            never += usize::from(!column.nullable);
            nullable += usize::from(column.nullable);
            seen += usize::from(column.nullable && is_null);
            if is_null && !column.nullable {
                writeln!(wrong, "seed {seed}: {} is NULL ({})\n{sql}", column.name, column.reason).unwrap();
            }
        }
        if begin.elapsed() > Duration::from_secs(15) {
            break;
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let counts = format!("{never} columns are never NULL, {nullable} can be, {seen} of these are");
    if queries.len() > 1 {
        assert!(never > 200 && seen * 2 > nullable, "{counts}");
    }
}

/// SQL for a value of a type, by its name in the catalogue.
fn literal(type_: &str, number: usize) -> String {
    if let Some(element) = type_.strip_prefix('_') {
        return format!("ARRAY[{}]::{element}[]", literal(element, number));
    }
    match type_ {
        "bool" => (number % 2 == 1).to_string(),
        "int2" | "int4" | "int8" | "float4" | "float8" | "numeric" => number.to_string(),
        "timestamptz" | "timestamp" | "date" => format!("(NOW() + INTERVAL '{number} hours')::{type_}"),
        "interval" => format!("INTERVAL '{number} hours'"),
        "inet" => format!("'10.0.0.{number}'::INET"),
        "bytea" => format!("DECODE('0{number}', 'hex')"),
        "json" | "jsonb" => format!("'{{}}'::{type_}"),
        _ => format!("'x{number}'"),
    }
}

/// Fills every table: one row with all columns, one with as many NULLs as there can be. Checks are dropped: nothing is
/// concluded from them.
async fn fill(client: &Client) {
    let checks =
        "SELECT conrelid::REGCLASS::TEXT, conname::TEXT FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0";
    for row in client.query(checks, &[]).await.unwrap() {
        let drop = format!("ALTER TABLE {} DROP CONSTRAINT {}", row.get::<_, &str>(0), row.get::<_, &str>(1));
        client.batch_execute(&drop).await.unwrap();
    }
    client.batch_execute("SET session_replication_role = replica").await.unwrap();
    let tables = "SELECT a.attrelid::REGCLASS::TEXT, ARRAY_AGG(a.attname::TEXT), ARRAY_AGG(t.typname::TEXT), ARRAY_AGG(a.attnotnull)
                  FROM pg_attribute a
                  JOIN pg_class c ON c.oid = a.attrelid
                  JOIN pg_type t ON t.oid = a.atttypid
                  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::REGNAMESPACE AND a.attnum > 0
                    AND NOT a.attisdropped AND a.attgenerated = ''
                  GROUP BY 1";
    for row in client.query(tables, &[]).await.unwrap() {
        let (table, names, types, not_null): (&str, Vec<String>, Vec<String>, Vec<bool>) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        for (number, full) in [(1, true), (2, false)] {
            let value = |at: usize| if full || not_null[at] { literal(&types[at], number) } else { "NULL".to_owned() };
            let values: Vec<String> = (0..names.len()).map(value).collect();
            let insert = format!(
                "INSERT INTO {table} (\"{}\") OVERRIDING SYSTEM VALUE VALUES ({})",
                names.join("\", \""),
                values.join(", ")
            );
            client.batch_execute(&insert).await.unwrap_or_else(|error| panic!("{insert}: {error:?}"));
        }
    }
    client.batch_execute("SET session_replication_role = origin").await.unwrap();
}

/// What a query returns for one choice of parameters, rolled back.
async fn nulls_of(client: &Client, query: &DescribedQuery, choice: usize) -> Option<Vec<bool>> {
    let values: Vec<String> =
        query.parameters.iter().map(|parameter| literal(parameter.type_.name(), choice)).collect();
    let values = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
    client.batch_execute(&format!("BEGIN; PREPARE tried AS {}", query.sql)).await.ok();
    let found = nulls(client, &format!("EXECUTE tried{values}")).await;
    client.batch_execute("ROLLBACK; DEALLOCATE ALL").await.unwrap();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_null_arrives_where_the_queries_of_this_project_are_said_never_to_return_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let queries = tokio::task::block_in_place(|| describe(&root)).unwrap();
    let server = Server::start().unwrap();
    let client = connect_one(server.url("postgres")).await.unwrap();
    client.batch_execute(&schema_script(&root).unwrap()).await.unwrap();
    fill(client.unguarded()).await;
    let (mut wrong, mut columns, mut seen) = (String::new(), 0, 0);
    for query in queries.iter().filter(|query| !query.columns.is_empty()) {
        for choice in 1..=2 {
            let Some(nulls) = nulls_of(client.unguarded(), query, choice).await else { continue };
            for (column, is_null) in query.columns.iter().zip(nulls) {
                columns += 1;
                seen += usize::from(is_null);
                if is_null && !column.nullable {
                    let name = format!("{}.{}.{}", query.module, query.name, column.name);
                    writeln!(wrong, "{name} is NULL ({})", column.reason).unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(columns > 300 && seen > 50, "{columns} columns were seen, {seen} of them with NULL");
}
