//! Rows in rows: a parent with its children, and one row type embedded in another.

use crate::project::{Project, assert_contains};

const SCHEMA: &str = "\
-- Orders.

CREATE TYPE state AS ENUM ('new', 'sent');
CREATE TYPE place AS (street TEXT, city TEXT);
CREATE DOMAIN isbn AS TEXT CHECK (LENGTH(VALUE) = 13);
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, note TEXT, home place);
CREATE TABLE orders (id BIGINT PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customers (id), state state NOT NULL);
CREATE TABLE lines (
    id BIGINT REFERENCES orders (id), isbn isbn NOT NULL, copies SMALLINT NOT NULL, note TEXT, tags TEXT[] NOT NULL,
    opens TIME NOT NULL, state state NOT NULL, PRIMARY KEY (id, isbn)
);

/* rollback
*/
";

fn project(queries: &str) -> Project {
    let project = Project::empty();
    project.write("migrations/V1__all.sql", SCHEMA);
    project.write("queries/orders.sql", &format!("-- Orders.\n\n{queries}"));
    project
}

fn code(queries: &str) -> String {
    let project = project(queries);
    project.build();
    project.read("src/generated/orders.rs")
}

#[test]
fn children_are_structs_whose_names_types_and_nullability_follow_from_the_sql() {
    let code = code(
        "--! list : Order(lines: Line)\n--- Orders.\nSELECT o.id, ARRAY(SELECT line FROM (SELECT l.isbn, l.copies AS number, l.note, \
         l.tags, l.opens, l.state, COALESCE(l.note, '') AS text, l.copies > 1 AS many, \
         (SELECT c.note FROM customers c WHERE c.id = o.customer) AS about \
         FROM lines l WHERE l.id = o.id ORDER BY l.isbn) AS line) AS lines\nFROM orders o;\n",
    );
    assert_contains(
        &code,
        &[
            "    pub id: i64,\n    pub lines: Vec<Line>,\n",
            "/// A row of the column `lines`.\n#[derive(Debug, Clone, PartialEq)]\npub struct Line {\n",
            "    pub isbn: String,\n    pub number: i16,\n    pub note: Option<String>,\n",
            "    pub opens: chrono::NaiveTime,\n    pub state: super::types::State,\n    pub text: String,\n    pub many: bool,\n",
            "    pub about: Option<String>,\n",
            "isbn: read(\"text\"), number: read(\"int2\"), note: read(\"text\"), tags: read(\"text[]\")",
            "opens: read_lossless(\"time\")",
            "state: read(\"public.state\")",
            "lines: row.try_get_rows(1)?",
        ],
    );
}

#[test]
fn a_row_is_optional_where_an_outer_join_may_find_none() {
    let joined = |join: &str| {
        format!(
            "SELECT o.id, buyer\nFROM orders o\n{join} JOIN LATERAL (SELECT c.id, c.name FROM customers c WHERE c.id = o.customer) \
             AS buyer ON TRUE;\n"
        )
    };
    let queries = format!(
        "--! inner : Inner(buyer: Buyer)\n--- It.\n{}\n--! outer : Outer(buyer: Buyer)\n--- It.\n{}\n\
         --! said : Said(buyer!: Buyer)\n--- `buyer` is never NULL: each order has a customer.\n{}\n\
         --! groups : Groups(lines: Line)\n--- It.\nSELECT o.id, ARRAY_AGG(line) AS lines\nFROM orders o\nLEFT JOIN LATERAL \
         (SELECT l.isbn FROM lines l WHERE l.id = o.id) AS line ON TRUE\nGROUP BY o.id;\n",
        joined(""),
        joined("LEFT"),
        joined("LEFT"),
    );
    let code = code(&queries);
    for (name, field) in [
        ("Inner", "buyer: Buyer"),
        ("Outer", "buyer: Option<Buyer>"),
        ("Said", "buyer: Buyer"),
        ("Groups", "lines: Vec<Option<Line>>"),
    ] {
        assert_contains(&code, &[&format!("pub struct {name} {{\n    pub id: i64,\n    pub {field},\n")]);
    }
    assert_eq!(code.matches("pub struct Buyer").count(), 1, "{code}");
}

#[test]
fn a_row_type_of_a_statement_can_be_embedded_in_another() {
    let code = code(
        "--! customer : Customer()\n--- One.\nSELECT id, name, note\nFROM customers\nWHERE id = :id;\n\n\
         --! order : Order(buyer: Customer)\n--- One.\nWITH buyers AS (SELECT note, id, name FROM customers)\nSELECT o.id, b AS buyer\n\
         FROM orders o\nJOIN buyers b ON b.id = o.customer\nWHERE o.id = :id;\n",
    );
    assert_contains(
        &code,
        &[
            "    pub buyer: Customer,\n",
            "db::embedded!(Customer { note: read(\"text\"), id: read(\"int4\"), name: read(\"text\") });",
        ],
    );
    assert_eq!(code.matches("pub struct Customer {").count(), 1, "{code}");
}

#[test]
fn a_struct_with_an_embedded_secret_is_not_shown() {
    let project = project(
        "--! order : Order(buyer: Buyer)\n--- One.\nSELECT o.id, b AS buyer\nFROM orders o\nJOIN LATERAL (SELECT c.id, c.name AS token \
         FROM customers c WHERE c.id = o.customer) AS b ON TRUE;\n",
    );
    project.build();
    let code = project.read("src/generated/orders.rs");
    for name in ["Order", "Buyer"] {
        assert_contains(&code, &[&format!("#[derive(Clone, PartialEq)]\npub struct {name} {{\n")]);
    }
}

#[test]
fn a_row_whose_fields_are_not_known_is_refused_with_its_place_and_a_form_that_shows_them() {
    let subquery = |columns: &str| {
        format!(
            "SELECT o.id, line\nFROM orders o\nJOIN LATERAL (SELECT {columns} FROM customers c WHERE c.id = o.customer) AS line ON TRUE"
        )
    };
    let refused = [
        (
            "(line: Line)",
            "SELECT id, state AS line FROM orders".to_owned(),
            "the column `line` has a row type in the annotation, but it is state",
        ),
        (
            "(line: Line)",
            "SELECT id, ROW(id, state) AS line FROM orders".to_owned(),
            "the fields of the row `line` can't be seen",
        ),
        (
            "(line: Line)",
            "SELECT c.id, c AS line FROM customers c".to_owned(),
            "the column `line` has a row type in the annotation, but it is customers",
        ),
        (
            "(line: Line)",
            subquery("c.home"),
            "of the row `line`: the field `home` has the type place, which a row can't hold here",
        ),
        ("(line: Line)", subquery("c.id AS \"Id\""), "of the row `line`: the column `Id` can't be a field"),
        ("(line: Line)", subquery("ROW(c.id) AS row"), "of the row `line`: the field `row` is a row, too"),
        ("(row: Line)", subquery("c.id"), "returns no column `row`"),
        ("()", subquery("c.id"), "the column `line` has the type record, which has no Rust type here"),
    ];
    let queries = refused.iter().enumerate().map(|(number, (columns, sql, _))| {
        let columns = columns.replace("Line", &format!("Line{number}"));
        format!("--! it_{number} : It{number}{columns}\n--- It.\n{sql};\n\n")
    });
    let queries: String = queries.collect();
    let failure = project(&queries).failure();
    for (.., message) in &refused {
        assert_contains(&failure, &[message]);
    }
    assert_contains(
        &failure,
        &[
            "--> queries/orders.sql:3:16",
            "select it from a subquery, whose columns are its fields: ARRAY(SELECT line FROM (SELECT … ORDER BY …) AS line)",
            "cast it to a type of PostgreSQL, such as (…)::TEXT AS home",
            "if it is the row of a subquery, name its type in the annotation: (line: RowType)",
        ],
    );
}

#[test]
fn one_row_type_for_rows_that_differ_is_refused() {
    let of = |name: &str, row: &str, columns: &str| {
        format!(
            "--! {name} : {row}(line: Line)\n--- It.\nSELECT o.id, line\nFROM orders o\nJOIN LATERAL (SELECT {columns} FROM customers c \
             WHERE c.id = o.customer) AS line ON TRUE;\n\n"
        )
    };
    for (second, difference) in [
        ("c.id, c.note", "only this row has `note`"),
        ("c.id", "this row lacks `name`"),
        ("c.id, c.note AS name", "`name` is Option<String>"),
        ("c.name, c.id", "their columns are in another order"),
    ] {
        let failure = project(&(of("one", "One", "c.id, c.name") + &of("two", "Two", second))).failure();
        assert_contains(
            &failure,
            &["the row type `Line` is also that of the column `line`, and they differ: ", difference],
        );
        assert_contains(
            &failure,
            &["--> queries/orders.sql:9:", "select the same columns, or give the row another type"],
        );
    }
    let failure = project(
        &("--! customer : Line()\n--- One.\nSELECT id, note\nFROM customers\nWHERE id = :id;\n\n".to_owned()
            + &of("one", "One", "c.id, c.name AS note")),
    )
    .failure();
    assert_contains(
        &failure,
        &[
            "the row type `Line` is also that of the query `customer`",
            "`note` is String here, and Option<String> there",
        ],
    );
}
