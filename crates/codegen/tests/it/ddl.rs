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
    let text = String::from_utf8([output.stderr, output.stdout].concat()).unwrap();
    assert!(output.status.success(), "{text}");
    text
}

fn assert_accepted(settings: &str, sql: &str) {
    let output = success(&step(settings, sql));
    assert!(!output.contains("barqnet: accepts"), "{sql}:\n{output}");
}

#[test]
fn a_rewrite_of_a_large_table_is_refused_however_it_is_written() {
    let failure = step(
        LARGE,
        "ALTER TABLE orders ALTER COLUMN id TYPE BIGINT;\n\
         ALTER TABLE orders ADD COLUMN key UUID DEFAULT gen_random_uuid();\n\
         ALTER TABLE orders ADD COLUMN twice INTEGER GENERATED ALWAYS AS (price * 2) STORED;\n\
         ALTER TABLE orders SET UNLOGGED;\n\
         CLUSTER orders USING orders_code;\n\
         DO $$ BEGIN EXECUTE FORMAT('ALTER TABLE %I ADD COLUMN n BIGSERIAL', 'or' || 'ders'); END $$;",
    )
    .failure();
    for (line, message) in [
        ("3:33", "changing the type of `id` rewrites the whole table `orders`"),
        ("4:31", "adding `key` rewrites the whole table `orders`"),
        ("5:31", "adding `twice` rewrites the whole table `orders`"),
        ("6:13", "SET LOGGED and SET UNLOGGED rewrite the whole table `orders`"),
        ("7:9", "this rewrites the whole table `orders`"),
        ("8:1", "adding `n` rewrites the whole table `orders`"),
    ] {
        assert_contains(&failure, &[&format!("error: {message}\n --> migrations/V2__step.sql:{line}\n")]);
    }
    let lock = "lock: ACCESS EXCLUSIVE on orders until the transaction ends: readers and writers wait";
    assert_eq!(failure.matches(lock).count(), 6, "{failure}");
    let vacuum = project_with(LARGE, "-- A step.\n-- barqnet: no-transaction\nVACUUM FULL orders;");
    assert_contains(
        &vacuum.failure(),
        &[
            "this rewrites the whole table `orders`",
            "V2__step.sql:3:13",
            "ACCESS EXCLUSIVE on orders until the statement ends",
        ],
    );
}

#[test]
fn a_change_of_the_catalogue_alone_is_left_alone() {
    assert_accepted(
        LARGE,
        "ALTER TABLE orders ALTER COLUMN code TYPE VARCHAR(20);\n\
         ALTER TABLE orders ADD COLUMN state TEXT NOT NULL DEFAULT 'new';\n\
         ALTER TABLE orders ADD CONSTRAINT positive CHECK (price > 0) NOT VALID;\n\
         ALTER TABLE orders ADD CONSTRAINT of FOREIGN KEY (customer) REFERENCES customers NOT VALID;\n\
         CREATE TABLE lines (id SERIAL PRIMARY KEY, \"order\" INTEGER NOT NULL);\n\
         CREATE INDEX of_order ON lines (\"order\");\n\
         ALTER TABLE lines ADD FOREIGN KEY (\"order\") REFERENCES orders;\n\
         CREATE FUNCTION f() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n\
         CREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();",
    );
    assert_accepted(LARGE, "UPDATE orders SET note = '' WHERE id = 1;");
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
    let failure = step(
        LARGE,
        "ALTER TABLE orders DROP CONSTRAINT IF EXISTS positive,\n    ADD CONSTRAINT positive CHECK (id > 0);\n\
         ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers;\n\
         ALTER TABLE orders ADD UNIQUE (note);\n\
         ALTER TABLE orders ALTER COLUMN note SET NOT NULL;\n\
         ALTER DOMAIN cents ADD CONSTRAINT paid CHECK (VALUE > 0);\n\
         ALTER TABLE orders ADD CONSTRAINT a CHECK (id > 0) NOT VALID;\n\
         ALTER TABLE orders VALIDATE CONSTRAINT a;",
    )
    .failure();
    assert_contains(
        &failure,
        &[
            "the CHECK `positive` is validated at once, by reading the whole table `orders`\n --> migrations/V2__step.sql:4:20",
            "help: ALTER TABLE orders ADD CONSTRAINT positive CHECK ((id > 0)) NOT VALID; and in a later file: ALTER TABLE orders VALIDATE",
            "the FOREIGN KEY `orders_customer_fkey` is validated",
            "UNIQUE builds an index over the whole table `orders`\n --> migrations/V2__step.sql:6:13",
            "then ALTER TABLE orders ADD CONSTRAINT orders_note_key UNIQUE USING INDEX orders_note_key",
            "SET NOT NULL reads the whole table `orders`\n --> migrations/V2__step.sql:7:33",
            "CHECK (note IS NOT NULL) NOT VALID; in a second file",
            "the CHECK `paid` is validated at once, by reading the whole table `orders`\n --> migrations/V2__step.sql:8:35",
            "ALTER DOMAIN cents VALIDATE CONSTRAINT paid",
            "`a` is validated under the lock that adding it took\n  --> migrations/V2__step.sql:10:40",
            "6 problems",
        ],
    );
    let alone = step(LARGE, "ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers;");
    assert_contains(
        &alone.failure(),
        &["lock: SHARE ROW EXCLUSIVE on orders until the transaction ends: writers wait"],
    );
}

#[test]
fn a_domain_that_becomes_required_reads_the_large_tables_that_have_it() {
    let failure = step(LARGE, "ALTER DOMAIN cents SET NOT NULL;").failure();
    assert_contains(
        &failure,
        &[
            "SET NOT NULL on the domain `cents` reads the whole table `orders`\n --> migrations/V2__step.sql:3:14",
            "lock: SHARE on orders until the transaction ends: writers wait",
            "ALTER DOMAIN cents ADD CONSTRAINT required CHECK (VALUE IS NOT NULL) NOT VALID; and in a later file",
        ],
    );
}

#[test]
fn a_rewrite_by_another_precision_names_the_column() {
    let project = step(LARGE, "ALTER TABLE orders ADD COLUMN rate NUMERIC(5, 2);");
    project.write(
        "migrations/V3__step.sql",
        "-- A step.\n\nALTER TABLE orders ALTER COLUMN rate TYPE NUMERIC(8, 3);\n\n/* rollback\n*/\n",
    );
    assert_contains(&project.failure(), &["changing the type of `rate` rewrites the whole table `orders`"]);
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
    let sql = "UPDATE orders SET note = '';\n\
               DELETE FROM ONLY public.orders;\n\
               LOCK TABLE orders IN SHARE MODE;\n\
               REINDEX INDEX orders_code;\n\
               ALTER TABLE orders ADD COLUMN a INTEGER;\n\
               UPDATE customers SET name = '' WHERE id = 1;\n\
               TRUNCATE orders;\n\
               DROP INDEX orders_code;\n\
               ALTER TABLE small ADD COLUMN a INTEGER;";
    let failure = step(LARGE, sql).failure();
    for (line, message) in [
        ("3:8", "UPDATE changes every row of `orders` in one transaction"),
        ("4:25", "DELETE changes every row of `orders` in one transaction"),
        ("5:12", "LOCK TABLE stops others on `orders` until the file ends"),
        ("6:15", "rebuilding the index `orders_code` reads the whole table `orders`"),
        ("8:1", "`orders` is locked since an earlier statement of this file, while this works on rows"),
        ("9:10", "TRUNCATE deletes every row of `orders`"),
        ("10:12", "dropping the index `orders_code` stops everything on `orders`"),
        ("11:1", "at its end the file holds ACCESS EXCLUSIVE on 2 tables: orders, small"),
    ] {
        assert_contains(&failure, &[&format!("error: {message}\n")]);
        assert_contains(&failure, &[&format!("--> migrations/V2__step.sql:{line}\n")]);
    }
    assert_accepted("[tables]\nlarge = [\"customers\"]\n", sql);
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
    let sql = "CREATE OR REPLACE FUNCTION label_of(thing INTEGER) RETURNS TEXT LANGUAGE sql AS 'SELECT NULL::TEXT';\n\
               ALTER TABLE small DROP COLUMN label;\n\
               ALTER TABLE small ALTER COLUMN number TYPE BIGINT;\n\
               ALTER TABLE customers ALTER COLUMN name DROP NOT NULL;\n\
               ALTER TABLE orders RENAME COLUMN note TO remark;\n\
               DROP MATERIALIZED VIEW totals;\n\
               ALTER FUNCTION label_of(INTEGER) RENAME TO text_of;";
    let failure = step(LARGE, sql).failure();
    for (line, message) in [
        ("4:31", "`small.label` is gone, and programs of the release before may use it"),
        ("5:32", "programs of the release before read `small` with other types: number from integer to bigint"),
        ("6:36", "programs of the release before read `customers.name` as never NULL"),
        ("7:34", "programs of the release before know `orders.note` by its old name"),
        ("8:24", "the view `totals` is gone, and programs of the release before may use it"),
        ("9:16", "the function `label_of` is gone, and programs of the release before may call it"),
    ] {
        assert_contains(&failure, &[&format!("error: {message}\n --> migrations/V2__step.sql:{line}\n")]);
    }
    assert_contains(&failure, &["or refuse older programs, in the head: -- barqnet: min-version 2", "6 problems"]);
    assert_contains(&success(&step("", sql)), &["warning: `small.label` is gone"]);
    let refused = success(&project_with(LARGE, &format!("-- A step.\n-- barqnet: min-version 2\n\n{sql}")));
    assert!(!refused.contains("warning"), "{refused}");
}

#[test]
fn a_view_of_the_old_name_serves_programs_of_the_release_before() {
    let rename = "ALTER TABLE customers RENAME TO people;";
    let failure = step(LARGE, rename).failure();
    let help = "CREATE VIEW customers AS SELECT * FROM people";
    assert_contains(
        &failure,
        &["know the table `customers` by its old name\n --> migrations/V2__step.sql:3:13\n", help],
    );
    assert_accepted(LARGE, &format!("{rename}\n{help};"));
    let dropped = step(LARGE, "DROP TABLE customers;").failure();
    assert_contains(&dropped, &["the table `customers` is gone"]);
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
