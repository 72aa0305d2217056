//! Unsafe DDL: what a migration does to tables that hold rows and serve programs.

use std::fs;

use crate::project::{Project, assert_contains};

const LARGE: &str = "released = 1\n[tables]\nlarge = [\"orders\"]\n";

const ORDERS: &str = "\
-- Orders.

CREATE TABLE customers (id SERIAL PRIMARY KEY, name TEXT NOT NULL);
CREATE DOMAIN cents AS INTEGER;
CREATE TABLE orders (
    id       SERIAL PRIMARY KEY,
    customer INTEGER,
    code     VARCHAR(10) NOT NULL,
    price    cents,
    note     TEXT,
    made_at  TIMESTAMPTZ
);
CREATE INDEX orders_code ON orders (code);
CREATE TABLE small (id SERIAL PRIMARY KEY, label TEXT, number INTEGER);
CREATE MATERIALIZED VIEW totals AS SELECT customer, SUM(price) AS total FROM orders GROUP BY customer;
CREATE FUNCTION label_of(thing INTEGER) RETURNS TEXT LANGUAGE sql AS 'SELECT label FROM small WHERE id = thing';

/* rollback
*/
";

/// A project with [`ORDERS`] and a second migration, whose text is `sql`.
fn project_with(settings: &str, sql: &str) -> Project {
    let project = Project::empty();
    project.write("codegen.toml", settings);
    project.write("migrations/V1__orders.sql", ORDERS);
    project.write("migrations/V2__step.sql", &format!("{sql}\n\n/* rollback\n*/\n"));
    fs::create_dir(project.path().join("queries")).unwrap();
    project
}

fn step(settings: &str, sql: &str) -> Project {
    project_with(settings, &format!("-- A step.\n\n{sql}"))
}

/// Everything that is printed by a build step that succeeds.
fn success(project: &Project) -> String {
    let output = project.command().env("BARQNET_CODEGEN", "force").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn assert_accepted(settings: &str, sql: &str) {
    let output = success(&step(settings, sql));
    assert!(!output.contains("barqnet: accepts"), "{sql}:\n{output}");
}

#[test]
fn a_rewrite_of_a_large_table_is_refused_however_it_is_written() {
    for (sql, message) in [
        (
            "ALTER TABLE orders ALTER COLUMN id TYPE BIGINT;",
            "changing the type of `id` rewrites the whole table `orders`",
        ),
        (
            "ALTER TABLE orders ADD COLUMN key UUID DEFAULT gen_random_uuid();",
            "adding `key` rewrites the whole table `orders`",
        ),
        (
            "ALTER TABLE orders ADD COLUMN twice INTEGER GENERATED ALWAYS AS (price * 2) STORED;",
            "adding `twice` rewrites",
        ),
        ("ALTER TABLE orders SET UNLOGGED;", "SET LOGGED and SET UNLOGGED rewrite the whole table `orders`"),
        ("CLUSTER orders USING orders_code;", "this rewrites the whole table `orders`"),
        (
            "DO $$ BEGIN EXECUTE FORMAT('ALTER TABLE %I ADD COLUMN n BIGSERIAL', 'or' || 'ders'); PERFORM 1 FROM customers; END $$;",
            "adding `n` rewrites",
        ),
    ] {
        let failure = step(LARGE, sql).failure();
        assert_contains(
            &failure,
            &[
                message,
                "migrations/V2__step.sql:3:",
                "lock: ACCESS EXCLUSIVE on orders until the transaction ends: readers and writers wait",
            ],
        );
    }
    let vacuum = project_with(LARGE, "-- A step.\n-- barqnet: no-transaction\nVACUUM FULL orders;");
    assert_contains(&vacuum.failure(), &["this rewrites the whole table `orders`", "V2__step.sql:3:13"]);
}

#[test]
fn a_change_of_the_catalogue_alone_is_left_alone() {
    for sql in [
        "ALTER TABLE orders ALTER COLUMN code TYPE VARCHAR(20);",
        "ALTER TABLE orders ADD COLUMN state TEXT NOT NULL DEFAULT 'new';",
        "ALTER TABLE orders ADD CONSTRAINT positive CHECK (price > 0) NOT VALID;",
        "ALTER TABLE orders ADD CONSTRAINT of FOREIGN KEY (customer) REFERENCES customers NOT VALID;",
        "CREATE TABLE lines (id SERIAL PRIMARY KEY, \"order\" INTEGER NOT NULL REFERENCES orders);\nCREATE INDEX of ON lines (\"order\");",
        "CREATE FUNCTION f() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\nCREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();",
        "UPDATE orders SET note = '' WHERE id = 1;",
    ] {
        assert_accepted(LARGE, sql);
    }
}

#[test]
fn an_index_is_built_concurrently_by_the_text_in_the_help() {
    let failure = step(LARGE, "CREATE INDEX orders_note ON orders (note)\n    WHERE note <> '';").failure();
    assert_contains(
        &failure,
        &[
            "error: building the index `orders_note` reads the whole table `orders`\n --> migrations/V2__step.sql:3:14",
            "lock: SHARE on orders until the transaction ends: writers wait",
            "with `-- barqnet: no-transaction` in the head: CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_note ON orders (note) WHERE note <> ''\n",
        ],
    );
    let right = "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_note ON orders (note) WHERE note <> ''";
    let output = success(&project_with(LARGE, &format!("-- A step.\n-- barqnet: no-transaction\n{right};")));
    assert!(!output.contains("warning"), "{output}");
}

#[test]
fn a_constraint_that_reads_a_large_table_is_refused_with_its_recipe() {
    for (sql, parts) in [
        (
            "ALTER TABLE orders ADD CONSTRAINT positive CHECK (id > 0);",
            [
                "the CHECK `positive` is validated at once",
                "ALTER TABLE orders ADD CONSTRAINT positive CHECK ((id > 0)) NOT VALID",
            ],
        ),
        (
            "ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers;",
            ["the FOREIGN KEY `orders_customer_fkey` is validated", "lock: SHARE ROW EXCLUSIVE on orders"],
        ),
        (
            "ALTER TABLE orders ADD UNIQUE (note);",
            ["UNIQUE builds an index", "ADD CONSTRAINT orders_note_key UNIQUE USING INDEX"],
        ),
        (
            "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;",
            ["SET NOT NULL reads the whole table", "CHECK (note IS NOT NULL) NOT VALID"],
        ),
        (
            "ALTER DOMAIN cents ADD CONSTRAINT positive CHECK (VALUE > 0);",
            ["the CHECK `positive`", "ALTER DOMAIN cents VALIDATE"],
        ),
        (
            "ALTER TABLE orders ADD CONSTRAINT a CHECK (id > 0) NOT VALID;\nALTER TABLE orders VALIDATE CONSTRAINT a;",
            ["validated under the lock that adding it took", "V2__step.sql:4:40"],
        ),
    ] {
        assert_contains(&step(LARGE, sql).failure(), &parts);
    }
}

#[test]
fn a_column_becomes_not_null_by_a_check_that_was_validated_before() {
    let project = step(LARGE, "ALTER TABLE orders ADD CONSTRAINT noted CHECK (note IS NOT NULL) NOT VALID;");
    for (number, sql) in [
        (3, "ALTER TABLE orders VALIDATE CONSTRAINT noted;"),
        (4, "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;\nALTER TABLE orders DROP CONSTRAINT noted;"),
    ] {
        project.write(&format!("migrations/V{number}__step.sql"), &format!("-- A step.\n\n{sql}\n\n/* rollback\n*/\n"));
    }
    let output = success(&project);
    assert!(!output.contains("barqnet: accepts"), "{output}");
}

#[test]
fn long_work_in_one_transaction_is_refused_on_large_tables() {
    for (sql, message) in [
        ("UPDATE orders SET note = '';", "UPDATE changes every row of `orders` in one transaction"),
        ("DELETE FROM ONLY public.orders;", "DELETE changes every row of `orders`"),
        (
            "ALTER TABLE orders ADD COLUMN a INTEGER;\nUPDATE orders SET a = 1 WHERE id < 10;",
            "`orders` is locked since an earlier statement",
        ),
        (
            "ALTER TABLE orders ADD COLUMN a INTEGER;\nALTER TABLE small ADD COLUMN a INTEGER;",
            "ACCESS EXCLUSIVE on 2 tables: orders, small",
        ),
        ("DROP INDEX orders_code;", "dropping the index `orders_code` stops everything on `orders`"),
        ("REINDEX INDEX orders_code;", "rebuilding the index `orders_code` reads the whole table `orders`"),
        ("TRUNCATE orders;", "TRUNCATE deletes every row of `orders`"),
        ("LOCK TABLE orders IN SHARE MODE;", "LOCK TABLE stops others on `orders`"),
    ] {
        assert_contains(&step(LARGE, sql).failure(), &[message]);
        assert_accepted("[tables]\nlarge = [\"customers\"]\n", sql);
    }
}

#[test]
fn a_table_that_is_not_large_may_be_rewritten_and_one_of_unknown_size_is_a_warning() {
    let sql = "ALTER TABLE small ALTER COLUMN number TYPE INTEGER USING number + 1;";
    assert_accepted(LARGE, sql);
    let output = success(&step("", sql));
    assert_contains(&output, &["warning: this rewrites the whole table `small`", "[tables] large"]);
    assert_accepted("released = 2\n", sql);
}

#[test]
fn what_programs_of_the_release_before_use_is_kept_or_they_are_refused() {
    for (sql, message) in [
        ("ALTER TABLE small DROP COLUMN label CASCADE;", "`small.label` is gone"),
        ("ALTER TABLE small RENAME COLUMN label TO title;", "know `small.label` by its old name"),
        ("ALTER TABLE small RENAME TO tiny;", "know the table `small` by its old name"),
        ("DROP TABLE small;", "the table `small` is gone"),
        (
            "ALTER TABLE small ALTER COLUMN number TYPE BIGINT;",
            "read `small` with other types: number from integer to bigint",
        ),
        ("ALTER TABLE customers ALTER COLUMN name DROP NOT NULL;", "read `customers.name` as never NULL"),
        ("DROP MATERIALIZED VIEW totals;", "the view `totals` is gone"),
        ("DROP FUNCTION label_of(INTEGER);", "the function `label_of` is gone"),
    ] {
        let sql = format!("DROP FUNCTION IF EXISTS unrelated();\n{sql}");
        let sql = if sql.contains("label_of") {
            sql
        } else {
            format!(
                "{sql}\nCREATE OR REPLACE FUNCTION label_of(thing INTEGER) RETURNS TEXT LANGUAGE sql AS 'SELECT NULL::TEXT';"
            )
        };
        let failure = step(LARGE, &sql).failure();
        assert_contains(&failure, &[message, "V2__step.sql:4:", "-- barqnet: min-version 2"]);
        assert_contains(&success(&step("", &sql)), &["warning: ", message]);
        assert_eq!(
            success(&project_with(LARGE, &format!("-- A step.\n-- barqnet: min-version 2\n\n{sql}")))
                .matches("accepts")
                .count(),
            0
        );
    }
    // A view of the old name serves old programs.
    assert_accepted(
        LARGE,
        "ALTER TABLE small RENAME TO tiny;\nCREATE VIEW small AS SELECT * FROM tiny;\nCREATE OR REPLACE FUNCTION label_of(thing INTEGER) RETURNS TEXT LANGUAGE sql AS 'SELECT label FROM small WHERE id = thing';",
    );
}

#[test]
fn a_column_that_no_row_has_a_value_for_is_refused() {
    let failure = step(LARGE, "ALTER TABLE small ADD COLUMN must INTEGER NOT NULL;").failure();
    assert_contains(
        &failure,
        &["adding `must` fails if `small` has a row", "V2__step.sql:3:30", "must integer NOT NULL DEFAULT"],
    );
}

#[test]
fn a_partition_is_attached_after_a_check_proves_its_rows() {
    let sql = "CREATE TABLE parts (LIKE orders) PARTITION BY RANGE (id);\nALTER TABLE parts ATTACH PARTITION orders FOR VALUES FROM (1) TO (9);";
    assert_contains(&step(LARGE, sql).failure(), &["ATTACH PARTITION reads the whole table `orders`"]);
    let project = step(LARGE, "ALTER TABLE orders ADD CONSTRAINT bounds CHECK (id >= 1 AND id < 9) NOT VALID;");
    project.write(
        "migrations/V3__more.sql",
        "-- More.\n\nALTER TABLE orders VALIDATE CONSTRAINT bounds;\n\n/* rollback\n*/\n",
    );
    project.write("migrations/V4__more.sql", &format!("-- More.\n\n{sql}\n\n/* rollback\n*/\n"));
    let output = success(&project);
    assert!(!output.contains("ATTACH PARTITION reads"), "{output}");
}

#[test]
fn one_finding_is_accepted_with_a_reason() {
    let rewrite = "ALTER TABLE orders ALTER COLUMN note TYPE TEXT USING note || '';";
    let accepts = "-- barqnet: accepts rewrites-table: the shop is closed at night";
    assert_accepted(LARGE, &format!("{accepts}\n{rewrite}"));
    success(&project_with(LARGE, &format!("-- A step.\n{accepts}\n\n{rewrite}")));
    for wrong in [
        format!("{rewrite}\n{accepts}\nSELECT 1;"),
        format!("-- barqnet: accepts rewrites-table:\n{rewrite}"),
        format!("-- barqnet: accepts drops-column: why not\n{rewrite}"),
    ] {
        assert_contains(&step(LARGE, &wrong).failure(), &["rewrites the whole table `orders`"]);
    }
    let needless = success(&step(LARGE, &format!("{accepts}\nSELECT 1 FROM orders;")));
    assert_contains(
        &needless,
        &["warning: nothing here is a finding of the rule rewrites-table\n --> migrations/V2__step.sql:3:1"],
    );
}

#[test]
fn trying_a_migration_out_leaves_no_trace() {
    let project = step(
        LARGE,
        "INSERT INTO customers (name) VALUES ('Ada');\nALTER TABLE customers ADD COLUMN friend INTEGER;\n\
         ALTER TABLE customers ADD FOREIGN KEY (friend) REFERENCES customers;\nINSERT INTO customers (name, friend) VALUES ('Grace', 1);\n\
         DO $$ BEGIN ASSERT (SELECT ARRAY_AGG(id ORDER BY id) FROM customers) = '{1,2}'; END $$;",
    );
    success(&project);
}

#[test]
fn the_locks_comment_names_every_table_that_is_locked() {
    let migration = |locks: &str| {
        format!(
            "-- A step.\n--\n-- Locks: {locks}\n\nALTER TABLE small ADD COLUMN a INTEGER;\nALTER TABLE customers ADD COLUMN a INTEGER;"
        )
    };
    let failure = project_with(LARGE, &migration("ACCESS EXCLUSIVE on customers.")).failure();
    assert_contains(
        &failure,
        &[
            "`Locks:` does not name the table `small`",
            "V2__step.sql:1:1",
            "help: -- Locks: ACCESS EXCLUSIVE on small: readers and writers wait.",
        ],
    );
    success(&project_with(LARGE, &migration("ACCESS EXCLUSIVE on customers and small, a moment each.")));
}
