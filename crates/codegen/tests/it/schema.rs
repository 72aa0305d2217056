//! The files of schema/.

use std::fs;

use barqnet_db_codegen::schema_script;

use crate::project::{BOOKSHOP, Project, THINGS, assert_contains, server_options};

/// A project whose only migration is `sql`.
fn project_of(sql: &str, settings: &str) -> Project {
    let project = Project::empty();
    project.write("codegen.toml", settings);
    project.write("migrations/V1__all.sql", &format!("-- All.\n\n{sql}\n\n/* rollback\n*/\n"));
    fs::create_dir(project.path().join("queries")).unwrap();
    project
}

/// The SQL of a schema file by paragraphs, without headings and comments above objects. In any order, because objects of one
/// kind come in that of their migrations.
fn without_comments(text: &str) -> Vec<String> {
    let code =
        |paragraph: &str| paragraph.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
    let mut paragraphs: Vec<_> = text.split("\n\n").map(code).filter(|paragraph| !paragraph.is_empty()).collect();
    paragraphs.sort();
    paragraphs
}

fn assert_schema_makes_itself(project: &Project) {
    let settings = project.read("codegen.toml");
    let script = schema_script(project.path()).unwrap();
    // A migration may not change a setting of the session.
    let script = script
        .replace("RESET check_function_bodies;", "")
        .replace("SET check_function_bodies", "SET LOCAL check_function_bodies");
    let again = project_of(&script, &settings);
    again.build();
    for file in fs::read_dir(project.path().join("schema")).unwrap() {
        let file = format!("schema/{}", file.unwrap().file_name().to_string_lossy());
        assert_eq!(without_comments(&again.read(&file)), without_comments(&project.read(&file)), "{file}");
    }
}

#[test]
fn a_database_made_from_the_schema_has_the_same_schema() {
    assert_schema_makes_itself(&Project::copy_of(BOOKSHOP));
    assert_schema_makes_itself(&Project::copy_of("../.."));
}

#[tokio::test]
async fn the_schema_runs_as_one_script_in_an_empty_database() {
    let server = server_options().start().unwrap();
    let client = barqnet_db_client::pool::connect_one(server.url("postgres")).await.unwrap();
    client.batch_execute(&schema_script(Project::copy_of(BOOKSHOP).path()).unwrap()).await.unwrap();
    let rows = client.query("SELECT name, copies FROM sales_by_author", &[]).await.unwrap();
    assert!(rows.is_empty());
}

#[test]
fn a_deleted_table_leaves_its_file_and_an_empty_domain_leaves_none() {
    let project = Project::small();
    project.write("codegen.toml", "[domains]\nthings = [\"things\"]\nold = [\"old*\"]\n");
    project.write("migrations/V2__old.sql", &THINGS.replace("things", "olden"));
    project.build();
    assert_contains(&project.read("schema/old.sql"), &["CREATE TABLE olden ("]);
    project.write("migrations/V3__drop.sql", "-- Drops.\n\nDROP TABLE olden;\n\n/* rollback\n*/\n");
    project.build();
    assert_eq!(
        project.generated_names(),
        ["README.md", "things.sql", "constraints.rs", "fingerprint", "mod.rs", "things.rs"]
    );
}

#[test]
fn the_overview_draws_every_table_and_foreign_key() {
    let project = project_of(
        "CREATE TABLE shelf (id SERIAL PRIMARY KEY);
         CREATE TABLE book (
             id    SERIAL PRIMARY KEY,
             shelf INTEGER NOT NULL REFERENCES shelf (id),
             twin  INTEGER REFERENCES book (id)
         );
         CREATE TABLE price (book INTEGER PRIMARY KEY REFERENCES book (id));
         CREATE TABLE visitor (name TEXT);",
        "",
    );
    project.build();
    let drawn = [
        "| [schema.sql](schema.sql) | `book`, `price`, `shelf`, `visitor` |",
        "    shelf ||--o{ book : \"shelf\"\n",
        "    book |o--o{ book : \"twin\"\n",
        "    book ||--o| price : \"book\"\n",
        "    visitor\n",
    ];
    assert_contains(&project.read("schema/README.md"), &drawn);
}

#[test]
fn an_edited_schema_is_stale_and_written_again() {
    let project = Project::small();
    project.build();
    let schema = project.read("schema/schema.sql");
    project.write("schema/schema.sql", &schema.replace("label", "lable"));
    let check = project.command().env("BARQNET_CODEGEN", "check").output().unwrap();
    assert_contains(
        &String::from_utf8(check.stderr).unwrap(),
        &["schema/schema.sql changed", "commit src/generated and schema"],
    );
    project.build();
    assert_eq!(project.read("schema/schema.sql"), schema);
}

#[test]
fn a_file_that_a_person_wrote_is_left_alone() {
    let project = Project::small();
    project.write("schema/notes.sql", "-- Mine.\n");
    assert_contains(
        &project.failure(),
        &["the build step did not write this file\n --> schema/notes.sql", "help: move it"],
    );
    assert_eq!(project.read("schema/notes.sql"), "-- Mine.\n");
    assert!(!project.path().join("src/generated").exists(), "something was written");
}

#[test]
fn a_table_in_no_list_is_written_to_a_file_of_its_own_with_a_warning() {
    let project = Project::small();
    project.write("codegen.toml", "[domains]\nnew = [\"new\"]\n");
    project.write("migrations/V2__new.sql", &THINGS.replace("things", "new"));
    let output = project.run();
    assert!(output.status.success(), "{output:?}");
    assert_contains(
        &String::from_utf8(output.stderr).unwrap(),
        &[
            "warning: the table `things` is in no list of [domains]: it is written to schema/other.sql",
            "help: add its name",
        ],
    );
    assert_contains(&project.read("schema/other.sql"), &["CREATE TABLE things ("]);
    assert_contains(&project.read("schema/README.md"), &["| [other.sql](other.sql) | `things` |"]);
    assert_contains(&schema_script(project.path()).unwrap(), &["CREATE TABLE new (", "CREATE TABLE things ("]);
}

const SHOP: &str = "\
CREATE SCHEMA shop;
COMMENT ON SCHEMA shop IS 'The shop.';
CREATE TYPE shop.state AS ENUM ('new', 'old');
CREATE DOMAIN shop.price AS INTEGER CHECK (VALUE > 0);
CREATE TABLE shop.books (
    id    SERIAL PRIMARY KEY,
    state shop.state NOT NULL,
    price shop.price,
    CONSTRAINT known CHECK (id IN (1, 2))
);
CREATE INDEX books_price ON shop.books (price);
CREATE TABLE books (id INTEGER PRIMARY KEY REFERENCES shop.books (id));
CREATE VIEW shop.cheap AS SELECT id FROM shop.books WHERE price < 5;
CREATE FUNCTION shop.keep() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER keep BEFORE UPDATE ON shop.books FOR EACH ROW EXECUTE FUNCTION shop.keep();
CREATE FUNCTION keep() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1';
DO $$ BEGIN
    EXECUTE FORMAT('CREATE DOMAIN %I.word AS TEXT NOT NULL CONSTRAINT filled CHECK (VALUE <> %L)', 'shop', '');
    EXECUTE FORMAT('CREATE TYPE %I AS (a INTEGER, b TEXT[])', 'pair');
END $$;";

const SHOP_DOMAINS: &str = "[domains]\nother = [\"books\", \"keep\", \"pair\"]\nshop = [\"shop.*\"]\n";

#[test]
fn every_schema_that_migrations_create_is_shown() {
    let project = project_of(SHOP, SHOP_DOMAINS);
    project.build();
    assert_contains(
        &project.read("schema/shop.sql"),
        &[
            "CREATE SCHEMA shop;\nCOMMENT ON SCHEMA shop IS 'The shop.';\n",
            "-- V1__all\nCREATE TYPE shop.state AS ENUM ('new', 'old');\n",
            "-- V1__all\nCREATE DOMAIN shop.price AS INTEGER CHECK (VALUE > 0);\n",
            "-- Created by V1__all\nCREATE TABLE shop.books (\n    id    SERIAL,\n",
            "CONSTRAINT known CHECK (id IN (1, 2))",
            "CREATE INDEX books_price ON shop.books (price);\n",
            "-- V1__all\nCREATE VIEW shop.cheap AS SELECT",
            "-- V1__all\nCREATE FUNCTION shop.keep() RETURNS TRIGGER",
            "-- V1__all\nCREATE TRIGGER keep BEFORE UPDATE ON shop.books",
            "the server wrote it.\nCREATE DOMAIN shop.word AS text NOT NULL CONSTRAINT filled CHECK",
        ],
    );
    assert_contains(
        &project.read("schema/other.sql"),
        &[
            "CREATE TABLE books (",
            "REFERENCES shop.books (id)",
            "CREATE TYPE pair AS (a integer, b text[]);",
            "CREATE FUNCTION keep() RETURNS INTEGER",
        ],
    );
    assert_contains(
        &project.read("schema/README.md"),
        &[
            "| [shop.sql](shop.sql) | `shop.books` | `shop.cheap` | `shop.keep` |",
            "\"shop.books\" ||--o| books : \"id\"",
        ],
    );
    assert_schema_makes_itself(&project);
}

#[test]
fn the_report_has_the_tables_and_columns_of_every_schema() {
    let project = project_of(SHOP, SHOP_DOMAINS);
    project.write(
        "queries/books.sql",
        "-- Books.\n\n--! prices\n--- All.\nSELECT id, price FROM shop.books ORDER BY id;\n",
    );
    let report = project.command_of(&["report"]).output().unwrap();
    assert!(report.status.success(), "{report:?}");
    let page = project.read("target/schema.html");
    assert_contains(&page, &["table:shop.books", "column:shop.books.price", "view:shop.cheap", "function:shop.keep"]);
    let unused = project.command_of(&["unused"]).output().unwrap();
    let text = String::from_utf8(unused.stdout).unwrap();
    assert_contains(&text, &["shop.books.state"]);
    assert!(!text.contains("shop.books.price"), "{text}");
}

#[test]
fn the_text_of_a_definition_is_shown_only_while_it_holds() {
    let project = project_of(
        "CREATE TABLE a (b INTEGER, c TEXT DEFAULT 'x', CONSTRAINT k CHECK (b IN (1, 2)));\n\
         CREATE VIEW v AS SELECT b FROM a;\n\
         CREATE FUNCTION f() RETURNS INTEGER LANGUAGE SQL AS 'SELECT 1';\n\
         CREATE FUNCTION f(n INTEGER) RETURNS INTEGER LANGUAGE SQL AS 'SELECT 1';\n\
         DO $$ BEGIN EXECUTE FORMAT('CREATE FUNCTION %I() RETURNS INTEGER LANGUAGE SQL AS %L', 'g', 'SELECT 2'); END $$;\n\
         CREATE FUNCTION h() RETURNS INTEGER LANGUAGE SQL AS 'SELECT 3';\n\
         CREATE FUNCTION gone() RETURNS INTEGER LANGUAGE SQL AS 'SELECT 4';\n\
         DROP FUNCTION gone();\n\
         ALTER FUNCTION h() STABLE;\n\
         ALTER TABLE a RENAME COLUMN b TO d;",
        "",
    );
    project.build();
    let schema = project.read("schema/schema.sql");
    assert_contains(
        &schema,
        &[
            "-- V1__all\nCREATE FUNCTION f() RETURNS INTEGER LANGUAGE SQL AS 'SELECT 1';\n",
            "-- V1__all\nCREATE FUNCTION f(n INTEGER) RETURNS INTEGER LANGUAGE SQL AS 'SELECT 1';\n",
            "-- No migration has this text: the server wrote it.\nCREATE OR REPLACE FUNCTION g()\n RETURNS integer\n",
            "-- No migration has this text: the server wrote it.\nCREATE OR REPLACE FUNCTION h()\n RETURNS integer\n LANGUAGE sql\n STABLE\n",
            "-- No migration has this text: the server wrote it.\nCREATE VIEW v AS\n SELECT ",
            "CONSTRAINT k CHECK (d = ANY (ARRAY[1, 2]))",
        ],
    );
    assert!(!schema.contains("gone"), "{schema}");
    assert_schema_makes_itself(&project);
}

#[test]
fn tables_keep_everything_that_a_catalogue_has() {
    let project = project_of(
        "CREATE FUNCTION next_number() RETURNS INTEGER LANGUAGE SQL AS 'SELECT 1';\n\
         CREATE SEQUENCE counter START 5;\n\
         CREATE UNLOGGED TABLE \"Odd\" (\n    \"two words\" INTEGER DEFAULT next_number(),\n    c INTEGER NOT NULL DEFAULT NEXTVAL('counter'),\n\
         d TEXT COLLATE \"C\",\n    e INTEGER GENERATED ALWAYS AS (c + 1) STORED,\n    f NUMERIC(5, 2)[],\n    UNIQUE (c)\n);\n\
         ALTER SEQUENCE counter OWNED BY \"Odd\".c;\n\
         CREATE TABLE a (id BIGSERIAL PRIMARY KEY, b BIGINT);\n\
         CREATE TABLE b (id BIGINT PRIMARY KEY REFERENCES a, \"when\" DATE);\n\
         ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b ON DELETE CASCADE DEFERRABLE;\n\
         ALTER TABLE b ADD CONSTRAINT later CHECK (id > 0) NOT VALID;\n\
         ALTER TABLE a RENAME TO renamed;\n\
         CREATE TABLE parts (day DATE) PARTITION BY RANGE (day);\n\
         CREATE TABLE part PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');\n\
         CREATE INDEX by_day ON parts (day);\n\
         CREATE MATERIALIZED VIEW m AS SELECT id FROM b;\n\
         CREATE UNIQUE INDEX m_id ON m (id);\n\
         COMMENT ON TABLE b IS E'it''s\\\\\\na comment';",
        "",
    );
    project.build();
    assert_contains(
        &project.read("schema/schema.sql"),
        &[
            "CREATE UNLOGGED TABLE \"Odd\" (\n    \"two words\" INTEGER DEFAULT next_number(),\n",
            "ALTER SEQUENCE counter OWNED BY \"Odd\".c;",
            "    d           TEXT COLLATE \"C\",\n    e           INTEGER GENERATED ALWAYS AS (c + 1) STORED,\n    f           NUMERIC(5,2)[],\n",
            "CREATE TABLE part PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');",
            "ALTER TABLE b\n    ADD CONSTRAINT later CHECK (id > 0) NOT VALID;",
            "-- Created by V1__all, renamed by V1__all\nCREATE TABLE renamed (",
            "ALTER TABLE renamed\n    ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b (id) ON DELETE CASCADE DEFERRABLE;",
            "CREATE UNIQUE INDEX m_id ON m (id);",
        ],
    );
    assert_schema_makes_itself(&project);
}
