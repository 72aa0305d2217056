//! Large tables, the order of pages, and documentation that says which index is used and what is locked.

use crate::project::{Project, assert_contains, assert_snapshot, server_options};

const SCHEMA: &str = "\
-- Orders, for this test.

CREATE TABLE customers (id SERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE, city TEXT NOT NULL);
CREATE INDEX customers_city ON customers (city);
CREATE TABLE orders (
    id       SERIAL PRIMARY KEY,
    customer INTEGER NOT NULL REFERENCES customers (id),
    state    TEXT NOT NULL,
    note     TEXT,
    placed   TIMESTAMPTZ NOT NULL
);
CREATE INDEX orders_customer ON orders (customer, id DESC);
CREATE INDEX orders_placed ON orders (placed);
CREATE INDEX orders_open ON orders (placed, id) WHERE state = 'open';
CREATE TABLE shops (id SERIAL PRIMARY KEY, name TEXT NOT NULL);
CREATE VIEW open_orders AS SELECT o.id, o.customer FROM orders o WHERE o.state = 'open';
CREATE FUNCTION close_order(wanted INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders SET state = 'closed' WHERE id = wanted;
    RETURN wanted;
END
$$;
CREATE FUNCTION reopen(wanted INTEGER) RETURNS VOID LANGUAGE sql AS $$
    UPDATE orders SET state = 'open' WHERE id = wanted;
$$;

/* rollback
DROP VIEW open_orders;
DROP FUNCTION close_order;
DROP FUNCTION reopen;
DROP TABLE orders, customers, shops;
*/
";

const LARGE: &str = "[tables]\nlarge = [\"customers\", \"orders\"]\n";

/// A project in which each query, an annotation with its documentation and SQL, has a file of its own.
fn project(queries: &[&str]) -> Project {
    let project = Project::empty();
    project.write("codegen.toml", LARGE);
    project.write("migrations/V1__orders.sql", SCHEMA);
    for (number, query) in queries.iter().enumerate() {
        project.write(&format!("queries/q_{number}.sql"), &format!("-- A statement.\n\n{query};\n"));
    }
    project
}

/// The queries of the first list are refused with their messages, those of the second are not mentioned.
fn assert_refused(wrong: &[(&str, &str)], fine: &[&str]) {
    let all: Vec<&str> = wrong.iter().map(|(query, _)| *query).chain(fine.iter().copied()).collect();
    let output = project(&all).failure();
    let diagnostics: Vec<&str> = output.split("\n\n").collect();
    for (number, query) in all.iter().enumerate() {
        let path = format!("queries/q_{number}.sql:");
        let of_file: Vec<&&str> = diagnostics.iter().filter(|diagnostic| diagnostic.contains(&path)).collect();
        match (wrong.get(number), &of_file[..]) {
            (Some((_, message)), [diagnostic]) => assert_contains(diagnostic, &[message]),
            (None, []) => {}
            _ => panic!("{query}: {of_file:#?}\n{output}"),
        }
    }
}

/// With an annotation and documentation that says nothing of plans.
fn documented(statements: &[&str]) -> Vec<String> {
    statements.iter().map(|sql| format!("--! run\n--- What it does.\n{sql}")).collect()
}

#[test]
fn a_large_table_is_never_read_as_a_whole() {
    let wrong = documented(&[
        "SELECT id FROM orders WHERE note = :note",
        "SELECT COUNT(*) AS orders FROM orders",
        "SELECT id FROM orders WHERE LOWER(state) = :state",
        "SELECT id FROM customers WHERE email LIKE '%' || :part",
        "SELECT s.id FROM shops s JOIN orders o ON o.note = s.name",
        "UPDATE orders SET note = NULL WHERE note = :note",
        "SELECT id FROM orders WHERE id + 1 = :id OR customer = :customer",
    ]);
    let wrong: Vec<(&str, &str)> = wrong.iter().map(|it| (it.as_str(), "no index serves this: all of `")).collect();
    let fine = documented(&[
        "SELECT id FROM orders WHERE id = :id",
        "SELECT id FROM orders WHERE customer = :customer OR id = :id",
        "SELECT id FROM orders WHERE id = ANY (:ids)",
        "SELECT MAX(id) AS newest FROM orders",
        "SELECT COUNT(*) AS open FROM orders WHERE state = 'open'",
        "SELECT o.id FROM customers c JOIN orders o ON o.customer = c.id WHERE c.email = :email",
        "SELECT id FROM customers c WHERE email = :email AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id)",
        "SELECT id FROM shops WHERE name = :name",
        // A partial index holds no more rows than the view.
        "SELECT id FROM open_orders WHERE id + 1 = :id",
        "WITH gone AS (DELETE FROM orders WHERE id = :id RETURNING id, customer) SELECT id, customer FROM gone",
        "INSERT INTO customers (email, city) VALUES (:email, :city) ON CONFLICT (email) DO UPDATE SET city = EXCLUDED.city",
    ]);
    let mut fine: Vec<&str> = fine.iter().map(String::as_str).collect();
    fine.push("--! total report\n--- All of them.\nSELECT COUNT(*) AS orders FROM orders");
    assert_refused(&wrong, &fine);
}

#[test]
fn a_page_of_a_large_table_has_its_order_from_an_index() {
    let wrong = documented(&[
        "SELECT id FROM orders WHERE customer = :customer ORDER BY placed LIMIT :limit::BIGINT",
        "SELECT id FROM customers WHERE city = :city ORDER BY id LIMIT :limit::BIGINT",
        "SELECT id FROM orders WHERE placed > :since ORDER BY note LIMIT 20",
        "SELECT id FROM orders WHERE note = :note ORDER BY placed DESC LIMIT 20",
        "SELECT o.id FROM customers c JOIN orders o ON o.customer = c.id WHERE c.id = :id ORDER BY o.state LIMIT 20",
    ]);
    let wrong: Vec<(&str, &str)> = wrong.iter().map(|it| (it.as_str(), "the order of the page")).collect();
    let fine = documented(&[
        "SELECT id FROM orders WHERE customer = :customer AND id < :before ORDER BY id DESC LIMIT :limit::BIGINT",
        "SELECT id FROM orders ORDER BY id LIMIT :limit::BIGINT",
        "SELECT id FROM orders WHERE placed > :since ORDER BY placed LIMIT 20",
        "SELECT id FROM orders WHERE state = 'open' AND (placed, id) > (:placed, :id) ORDER BY placed, id LIMIT 20",
        "SELECT id FROM customers WHERE city = :city ORDER BY id + 0 LIMIT :limit::BIGINT",
        "SELECT id FROM customers WHERE city = :city ORDER BY id",
        "SELECT city, COUNT(*) AS n FROM customers WHERE city > :city GROUP BY city ORDER BY n DESC, city LIMIT 5",
        "SELECT id FROM shops ORDER BY name LIMIT 20",
    ]);
    let mut fine: Vec<&str> = fine.iter().map(String::as_str).collect();
    fine.push("--! run report\n--- x\nSELECT id FROM orders WHERE placed > :since ORDER BY note LIMIT 20");
    assert_refused(&wrong, &fine);
}

#[test]
fn an_index_line_that_lies_fails_the_build() {
    assert_refused(
        &[
            (
                "--! run\n--- x\n--- Index: orders_placed. Locks: nothing.\nSELECT id FROM orders WHERE id = :id",
                "the statement does not use the index `orders_placed`",
            ),
            (
                "--! run\n--- x\n--- Index: none. Locks: nothing.\nSELECT id FROM orders WHERE id = :id",
                "help: write Index: orders_pkey.",
            ),
            (
                "--! run\n--- x\n--- Index: orders_pk.\nSELECT id FROM orders WHERE id = :id",
                "there is no index `orders_pk`",
            ),
            (
                "--! run\n--- x\n--- Index: orders_customer.\nSELECT o.id FROM customers c JOIN orders o ON o.customer = c.id \
                 WHERE c.email = :email",
                "help: write Index: orders_customer, customers_email_key.",
            ),
            (
                "--! run\n--- x\n--- Index: the usual one.\nSELECT id FROM orders WHERE id = :id",
                "there is no index `the`",
            ),
            (
                "--! run\n--- x\n--- Index: shops_pkey.\nSELECT id FROM shops WHERE name = :name",
                "the statement does not use the index `shops_pkey`",
            ),
            (
                "--! run\n--- x\n--- Index: nowhere_pkey.\nSELECT close_order(:id) AS closed",
                "there is no index `nowhere_pkey`",
            ),
        ],
        &[
            "--! run\n--- x\n--- Index: orders_pkey. Locks: nothing.\nSELECT id FROM orders WHERE id = :id",
            "--! run\n--- x\n--- Index: orders_customer (all of the customer's), customers_email_key; no more. Locks:\n--- nothing.\n\
             SELECT o.id FROM customers c JOIN orders o ON o.customer = c.id WHERE c.email = :email",
            "--! run\n--- x\n--- Index: customers_email_key.\nINSERT INTO customers (email, city) VALUES (:email, :city) \
             ON CONFLICT (email) DO NOTHING",
            "--! run\n--- x\n--- Index: none, tens of rows.\nSELECT id FROM shops WHERE id = :id",
            "--! run\n--- x\n--- Index: orders_pkey.\nSELECT close_order(:id) AS closed",
            "--! run report\n--- x\n--- Index: none, it reads all.\nSELECT COUNT(*) AS orders FROM orders",
        ],
    );
}

#[test]
fn a_locks_line_that_lies_fails_the_build() {
    assert_refused(
        &[
            (
                "--! run\n--- x\n--- Locks: nothing.\nUPDATE orders SET note = 'x' WHERE id = :id",
                "the statement locks rows of `orders`",
            ),
            (
                "--! run\n--- x\n--- Locks: nothing.\nSELECT id FROM orders WHERE id = :id FOR SHARE",
                "help: write Locks: the rows of orders (FOR SHARE).",
            ),
            (
                "--! run\n--- x\n--- Locks: the row.\nSELECT id FROM orders WHERE id = :id",
                "help: write Locks: nothing.",
            ),
            (
                "--! run\n--- x\n--- Locks: the row of shops.\nUPDATE orders SET note = 'x' WHERE id = :id",
                "the statement locks no rows of `shops`",
            ),
            (
                "--! run\n--- x\n--- Locks: the row, FOR UPDATE.\nSELECT id FROM orders WHERE id = :id FOR NO KEY UPDATE",
                "the statement takes no lock FOR UPDATE",
            ),
            (
                "--! run\n--- x\n--- Locks: the rows.\nWITH gone AS (DELETE FROM orders WHERE id = :id RETURNING customer) \
                 UPDATE customers SET city = '' FROM gone WHERE customers.id = gone.customer",
                "the statement locks rows of `customers`, `orders`: name each table",
            ),
            (
                "--! run\n--- x\n--- Locks: nothing.\nSELECT 1 AS done FROM reopen(:id)",
                "the statement locks rows of `orders`",
            ),
            (
                "--! run\n--- x\n--- Locks: nothing.\nSELECT id FROM open_orders WHERE id = :id FOR UPDATE",
                "the statement locks rows of `orders`",
            ),
            (
                "--! run\n--- x\n--- Locks: nothing.\nUPDATE open_orders SET customer = :customer WHERE id = :id",
                "the statement locks rows of `orders`",
            ),
            ("--! run\n--- x\n--- Locks: nothing.\nREINDEX TABLE shops", "the statement locks the table"),
        ],
        &[
            "--! run\n--- x\n--- Locks: nothing.\nSELECT id FROM orders WHERE id = :id",
            "--! run\n--- x\n--- Locks: the row.\nUPDATE orders SET note = 'x' WHERE id = :id",
            "--! run\n--- x\n--- Locks: the row, FOR NO KEY UPDATE.\nSELECT id FROM orders WHERE id = :id FOR NO KEY UPDATE",
            "--! run\n--- x\n--- Locks: the inserted row; the foreign key holds that of customers.\n\
             INSERT INTO orders (customer, state, placed) VALUES (:customer, 'open', CURRENT_TIMESTAMP)",
            "--! run\n--- x\n--- Locks: the rows of orders, then those of customers.\n\
             WITH gone AS (DELETE FROM orders WHERE id = :id RETURNING customer) \
             UPDATE customers SET city = '' FROM gone WHERE customers.id = gone.customer",
            "--! run\n--- x\n--- Locks: what `close_order` locks.\nSELECT close_order(:id) AS closed",
            "--! run\n--- x\n--- Locks: ACCESS SHARE on the table.\nSELECT id FROM orders WHERE id = :id",
        ],
    );
}

#[test]
fn lines_are_required_where_the_settings_say_so() {
    let query = "--! run\n--- What it does.\nUPDATE orders SET note = 'x' WHERE id = :id";
    project(&[query]).build();
    let project = project(&[query]);
    project.write("codegen.toml", &format!("{LARGE}[plans]\ndocumented = true\n"));
    assert_contains(
        &project.failure(),
        &["has no `Index:`", "help: add --- Index: orders_pkey.", "help: add --- Locks: the rows of orders."],
    );
}

#[test]
fn a_large_table_that_does_not_exist_is_reported() {
    let project = project(&["--! run\n--- x\nSELECT id FROM shops WHERE id = :id"]);
    project.write("codegen.toml", "[tables]\nlarge = [\"order\"]\n");
    assert_contains(&project.failure(), &["there is no table `order`", "--> codegen.toml:2:10"]);
}

#[test]
fn a_partition_counts_as_its_table() {
    let project = project(&[
        "--! run\n--- x\nSELECT day FROM visits WHERE path = :path",
        "--! run\n--- x\n--- Index: visits_day.\nSELECT path FROM visits WHERE day = :day",
    ]);
    project.write("codegen.toml", "[tables]\nlarge = [\"visits\"]\n");
    project.write(
        "migrations/V2__visits.sql",
        "-- Visits.\nCREATE TABLE visits (day DATE NOT NULL, path TEXT NOT NULL) PARTITION BY RANGE (day);\n\
         CREATE INDEX visits_day ON visits (day);\n\
         CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');\n\n\
         /* rollback\nDROP TABLE visits;\n*/\n",
    );
    let output = project.failure();
    assert_contains(&output, &["no index serves this: all of `visits` is read", "ON visits (path);", "1 problem"]);
}

#[test]
fn a_statement_that_compares_nothing_is_told_how_to_read_a_page() {
    assert_refused(
        &[(
            "--! all\n--- All.\nSELECT id FROM orders UNION ALL SELECT id FROM shops",
            "help: compare a column, so that an index can find the rows, or read a page after the other: WHERE id > :after",
        )],
        &[],
    );
}

#[tokio::test]
async fn a_role_that_can_not_fill_tables_is_told_once_what_was_not_checked() {
    let server = server_options().start().unwrap();
    let client = barqnet_db_client::pool::connect_one(server.url("postgres")).await.unwrap();
    client.batch_execute("CREATE ROLE builder LOGIN CREATEDB").await.unwrap();
    let project = project(&[
        "--! one\n--- One. Index: orders_pkey.\nSELECT id FROM orders WHERE id = :id",
        "--! two\n--- Two. Index: orders_placed.\nSELECT id FROM orders WHERE placed = :placed",
    ]);
    let output = project.on(&format!("{}&user=builder", server.url("postgres")));
    let text = String::from_utf8([output.stderr, output.stdout].concat()).unwrap();
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("that statements use the indexes they name was not checked").count(), 1, "{text}");
}

#[test]
fn every_finding_of_plans_has_its_place_reason_and_way_out() {
    let output = project(&[
        "--! by_note (note?)\n--- x\nSELECT id\nFROM orders\nWHERE note = :note",
        "--! page\n--- x\nSELECT id FROM customers WHERE city = :city ORDER BY id LIMIT :limit::BIGINT",
        "--! skipping\n--- x\nSELECT id FROM orders WHERE note = :note ORDER BY placed DESC LIMIT 20",
        "--! by_id\n--- x\n--- Index: orders_placed. Locks: the row.\nSELECT id FROM orders WHERE id = :id",
    ])
    .failure();
    // A server without plpgsql_check adds a warning.
    let (start, end) = (output.find("error:").unwrap(), output.find("5 problems").unwrap());
    assert_snapshot("plans.txt", &output[start..end]);
}

#[test]
fn the_report_says_which_statements_a_replica_can_run() {
    let queries = [
        ("SELECT id FROM open_orders WHERE id = :id", "the primary or a replica"),
        ("SELECT id FROM orders WHERE id = :id FOR SHARE", "it locks rows of orders"),
        ("SELECT close_order(:id) AS closed", "it calls close_order"),
        ("SELECT 1 AS done FROM reopen(:id)", "it writes orders"),
        ("SELECT nextval('orders_id_seq') AS next", "it calls nextval"),
        ("SELECT RANDOM() AS chance, CLOCK_TIMESTAMP() AS at", "the primary or a replica"),
        ("WITH gone AS (DELETE FROM orders WHERE id = :id RETURNING id) SELECT id FROM gone", "it writes orders"),
    ];
    let project = project(&documented(&queries.map(|(sql, _)| sql)).iter().map(String::as_str).collect::<Vec<_>>());
    let page = project.path().join("page.html");
    let output = project.command_of(&["report", "--output", page.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = project.read("page.html");
    for (number, (sql, expected)) in queries.iter().enumerate() {
        let start = page.find(&format!("id=\"q_{number}.run\"")).unwrap_or_else(|| panic!("{sql}"));
        let rest = &page[start..];
        let card = &rest[..rest.find("</article>").unwrap()];
        assert_contains(card, &[expected]);
    }
}
