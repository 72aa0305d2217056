//! Queries that are several statements: optional conditions, a choice of orders, pages. What they become, and what is refused.

use crate::project::{Project, assert_contains};

const SCHEMA: &str = "\
-- Shops, for this test.

CREATE TYPE state AS ENUM ('open', 'closed');
CREATE TABLE shops (
    id     BIGINT PRIMARY KEY,
    name   TEXT NOT NULL,
    city   TEXT NOT NULL,
    note   TEXT,
    state  state NOT NULL,
    made   TIMESTAMPTZ NOT NULL,
    area   POINT NOT NULL,
    facts  JSONB NOT NULL,
    token  TEXT NOT NULL,
    UNIQUE (city, name)
);
CREATE INDEX shops_made ON shops (made DESC, id DESC);
CREATE INDEX shops_city ON shops (city, made DESC, id DESC);
CREATE TABLE sales (id BIGINT PRIMARY KEY, shop BIGINT NOT NULL REFERENCES shops (id), paid BIGINT NOT NULL);
CREATE INDEX sales_shop ON sales (shop);
CREATE VIEW open_shops AS SELECT id, name FROM shops WHERE state = 'open';

/* rollback
DROP VIEW open_shops;
DROP TABLE sales, shops;
DROP TYPE state;
*/
";

fn project(queries: &str) -> Project {
    let project = Project::empty();
    project.write("migrations/V1__shops.sql", SCHEMA);
    project.write("queries/shops.sql", &format!("-- Shops.\n\n{queries}"));
    project
}

/// The code of queries that are accepted without a warning.
fn code(queries: &str) -> String {
    let project = project(queries);
    let output = project.run();
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !messages.contains("warning"), "{messages}");
    project.read("src/generated/shops.rs")
}

/// Each query is refused with its messages, and each at its place, `line:column` of the query's own text.
fn assert_refused(queries: &[(&str, &str, &[&str])]) {
    let project = project("--! fine\n--- It.\nSELECT 1 AS one;\n");
    for (number, (query, ..)) in queries.iter().enumerate() {
        project.write(&format!("queries/q_{number}.sql"), &format!("-- A query.\n{query};\n"));
    }
    let output = project.failure();
    let diagnostics: Vec<&str> = output.split("\n\n").collect();
    for (number, (query, place, parts)) in queries.iter().enumerate() {
        let file = format!("queries/q_{number}.sql:");
        let of_file: Vec<&&str> = diagnostics.iter().filter(|diagnostic| diagnostic.contains(&file)).collect();
        let [diagnostic] = of_file[..] else { panic!("{query}: {of_file:#?}\n{output}") };
        assert_contains(diagnostic, parts);
        let (line, column) = place.split_once(':').unwrap();
        let line = line.parse::<usize>().unwrap() + 1;
        assert_contains(diagnostic, &[&format!("{file}{line}:{column}\n"), "help: "]);
    }
}

#[test]
fn a_condition_vanishes_as_a_whole_and_the_parameters_are_numbered_anew() {
    let code = code(
        "--! find\n--- Some shops.\nSELECT id\nFROM shops\nWHERE name BETWEEN :from AND :until AND city = :city?\n  \
         AND (note = :note? OR note IS NULL)\n  AND EXISTS (SELECT 1 FROM sales s WHERE s.shop = shops.id AND s.paid > :paid?)\n  \
         AND CASE WHEN id = 1 AND state = 'open' THEN TRUE ELSE id > 2 END\nORDER BY id\nLIMIT :limit;\n",
    );
    let case = " AND CASE WHEN id = 1 AND state = 'open' THEN TRUE ELSE id > 2 END";
    let sql = |conditions: &str, limit: &str| {
        let start = "/* shops.find */ SELECT id FROM shops WHERE name BETWEEN $1 AND $2";
        format!("\"{start}{conditions}{case} ORDER BY id LIMIT {limit}\"")
    };
    let exists = "EXISTS (SELECT 1 FROM sales s WHERE s.shop = shops.id AND s.paid > ";
    let all = format!(" AND city = $3 AND (note = $4 OR note IS NULL) AND {exists}$5)");
    let paid = format!(" AND {exists}$3)");
    assert_contains(
        &code,
        &[
            &format!("sql: {}", sql(&all, "$6")),
            &format!("{}, &[\"text\", \"text\", \"int8\"], &[0, 1, 5])", sql("", "$3")),
            &format!("{}, &[\"text\", \"text\", \"int8\", \"int8\"], &[0, 1, 4, 5])", sql(&paid, "$4")),
            "// without `city`, `paid`",
            "city: &'a Option<impl db::StringSql>",
            "pub paid: Option<i64>,",
            "&Self::VARIANTS[db::variant(&[city.is_some(), note.is_some(), paid.is_some()], 0)]",
        ],
    );
    assert_eq!(code.matches("db::Variant::new").count(), 8);
}

#[test]
fn the_last_condition_takes_where_along_and_a_write_keeps_a_condition_of_its_own() {
    let code = code(
        "--! count report\n--- Shops.\nSELECT COUNT(*) AS shops\nFROM shops\nWHERE city = :city?;\n\n\
         --! rename\n--- Renames.\nUPDATE shops\nSET name = :name\nWHERE id = :id AND name = :before?;\n",
    );
    assert_contains(
        &code,
        &[
            "\"/* shops.count */ SELECT COUNT(*) AS shops FROM shops\", &[], &[]",
            "\"/* shops.rename */ UPDATE shops SET name = $1 WHERE id = $2\", &[\"text\", \"int8\"], &[0, 1]",
            "Self::VARIANTS[db::variant(&[before.is_some()], 0)].execute(client, &[name, id, before]).await",
        ],
    );
}

#[test]
fn the_operator_of_json_is_no_mark_of_an_optional_parameter() {
    let code = code(
        "--! known\n--- Shops.\nSELECT id\nFROM shops\nWHERE facts ? :key AND :facts::JSONB? 'a' AND facts ?| :keys AND name = :name?\n\
         ORDER BY id;\n",
    );
    assert_contains(&code, &["WHERE facts ? $1 AND $2::JSONB? 'a' AND facts ?| $3 AND name = $4 ORDER"]);
    assert_eq!(code.matches("db::Variant::new").count(), 2);
}

#[test]
fn a_named_order_is_a_variant_of_an_enum_and_stands_where_the_sql_has_it() {
    let code = code(
        "--! sorted\n--: order newest: made DESC NULLS LAST, id DESC; by_name: LOWER(name), id\n--: order by_city: city\n--- Shops.\n\
         SELECT id\nFROM shops\nWHERE city <> :city\nORDER BY :order\nLIMIT :limit;\n",
    );
    assert_contains(
        &code,
        &[
            "pub enum SortedOrder {\n        /// `made DESC NULLS LAST, id DESC`\n        Newest = \"newest\",",
            "ByCity = \"by_city\",",
            "ORDER BY made DESC NULLS LAST, id DESC LIMIT $2",
            "ORDER BY LOWER(name), id LIMIT $2",
            "city: &'a impl db::StringSql,\n        order: &'a SortedOrder,\n        limit: &'a i64,",
            "pub struct SortedParams<T1> {\n    pub city: T1,\n    pub order: SortedOrder,",
        ],
    );
}

#[test]
fn a_page_compares_its_keys_as_rows_and_backwards_in_the_other_order() {
    let code = code(
        "--! newest page\n--- Shops.\nSELECT id, made, name\nFROM shops\nWHERE name = 'a' OR name = 'b'\nORDER BY made DESC, id DESC\n\
         LIMIT :rows::BIGINT;\n\n\
         --! mixed page\n--- Shops.\nSELECT id, city, made, s.state\nFROM shops s\nORDER BY city, state, made DESC, id\nLIMIT :rows;\n\n\
         --! deliberate page\n--- Shops.\nSELECT id\nFROM shops\nWHERE city = :city\nORDER BY id + 0\nLIMIT :rows;\n",
    );
    assert_contains(
        &code,
        &[
            "FROM shops WHERE (name = 'a' OR name = 'b') AND (made, id) < ($1, $2) ORDER BY made DESC, id DESC LIMIT $3::BIGINT",
            "FROM shops WHERE (name = 'a' OR name = 'b') AND (made, id) > ($1, $2) ORDER BY made, id LIMIT $3::BIGINT",
            "FROM shops WHERE name = 'a' OR name = 'b' ORDER BY made, id LIMIT $1::BIGINT",
            "FROM shops s WHERE (city, state) >= ($1, $2) AND ((city, state) > ($1, $2) OR made <= $3 AND (made < $3 OR id > $4)) \
             ORDER BY city, state, made DESC, id LIMIT $5",
            "FROM shops s WHERE (city, state) <= ($1, $2) AND ((city, state) < ($1, $2) OR made >= $3 AND (made > $3 OR id < $4)) \
             ORDER BY city DESC, state DESC, made, id DESC LIMIT $5",
            "keys: &[(1, \"text\"), (3, \"public.state\"), (2, \"timestamptz\"), (0, \"int8\")]",
            "WHERE city = $1 AND id > $2 ORDER BY id + 0 LIMIT $3",
            "WHERE city = $1 AND id < $2 ORDER BY id + 0 DESC LIMIT $3",
            "pub type MixedCursor = db::Cursor<MixedStmt>;",
            "db::Pages<'c, 'a, C, Self, 2>",
        ],
    );
}

#[test]
fn a_condition_that_can_not_vanish_is_refused_with_its_place_and_what_to_do() {
    assert_refused(&[
        (
            "--! q\n--- It.\nSELECT id, :city? AS city FROM shops WHERE id = 1",
            "3:12",
            &["`:city?` is in no condition that can vanish", "write it in a condition of the statement's own WHERE"],
        ),
        (
            "--! q\n--- It.\nSELECT id FROM (SELECT id FROM shops WHERE city = :city?) AS it ORDER BY id",
            "3:51",
            &["`:city?` is in no condition that can vanish"],
        ),
        (
            "--! q\n--- It.\nSELECT id FROM shops WHERE city = :city? OR id = 1",
            "3:35",
            &[
                "are joined by OR, so that none can vanish by itself",
                "put brackets around those that OR joins: (a OR b) AND c",
            ],
        ),
        (
            "--! q\n--- It.\nSELECT id FROM shops WHERE id BETWEEN :low? AND :high?",
            "3:49",
            &["the condition has two optional parameters, `:low?` and `:high?`", "write two conditions"],
        ),
        (
            "--! q\n--- It.\nSELECT id, :city AS it FROM shops WHERE city = :city?",
            "3:12",
            &["`:city` is needed here, and optional elsewhere", "write :city? if this condition vanishes as well"],
        ),
        (
            "--! q (city?)\n--- It.\nSELECT id FROM shops WHERE city = :city?",
            "1:8",
            &["`:city?` is optional, so it is never NULL where it is used", "remove `city?` here"],
        ),
        (
            "--! q\n--- It.\nSELECT id FROM shops WHERE id > :a? AND id > :b? AND id > :c? AND id > :d? AND id > :e? AND id > :f? AND id > :g?",
            "1:5",
            &["`q` has 7 optional conditions: at most 6 are possible", "write two queries"],
        ),
        (
            "--! q batch\n--- It.\nDELETE FROM shops WHERE id = :id AND city = :city?",
            "1:5",
            &["`q` is several statements, so it can't be marked `batch`", "write two queries"],
        ),
    ]);
}

#[test]
fn an_order_that_can_not_be_chosen_is_refused_with_its_place_and_what_to_do() {
    assert_refused(&[
        (
            "--! q\n--: order newest: made DESC\n--- It.\nSELECT id FROM shops ORDER BY id",
            "4:22",
            &["the orders above are not used: ORDER BY has keys of its own", "write ORDER BY :order"],
        ),
        (
            "--! q\n--: order newest: made DESC\n--- It.\nSELECT id FROM shops",
            "4:1",
            &["the statement has no ORDER BY outside brackets"],
        ),
        (
            "--! q\n--: order newest: made DESC\n--- It.\nSELECT id FROM shops WHERE id = :order ORDER BY :order",
            "4:49",
            &["`:order` is the order, and stands in ORDER BY only"],
        ),
        (
            "--! q\n--: order Newest: made DESC\n--- It.\nSELECT id FROM shops ORDER BY :order",
            "2:11",
            &["an order becomes a variant of a Rust enum: write `Newest` in snake_case", "write newest"],
        ),
        (
            "--! q\n--: order made DESC\n--- It.\nSELECT id FROM shops ORDER BY :order",
            "2:11",
            &["expected a name and a colon"],
        ),
        (
            "--! q\n--: order a_1: made; a1: id\n--- It.\nSELECT id FROM shops ORDER BY :order",
            "2:22",
            &["the order `a1` is named twice"],
        ),
        (
            "--! q\n--: order a: made; b: id = :id\n--- It.\nSELECT id FROM shops ORDER BY :order",
            "2:28",
            &["the order `b` has a parameter, `:id`"],
        ),
        (
            "--! q\n--: order a: 1\n--- It.\nSELECT id FROM shops ORDER BY :order",
            "2:14",
            &["this is no key of an order"],
        ),
        (
            "--! q\n--: order a: made, \n--- It.\nSELECT id FROM shops ORDER BY :order",
            "2:14",
            &["this is no key of an order"],
        ),
        (
            "--: order newest: made DESC\n--! q\n--- It.\nSELECT id FROM shops",
            "1:1",
            &["this order belongs to no query", "write it between the `--!` line"],
        ),
    ]);
}

#[test]
fn what_the_server_refuses_in_an_order_is_shown_where_the_order_is_named() {
    let failure = project(
        "--! q\n--: order newest: made DESC; cheapest: price\n--- It.\nSELECT id\nFROM shops\nWHERE city = :city?\nORDER BY :order;\n",
    )
    .failure();
    let place = "--> queries/shops.sql:4:40";
    assert_contains(
        &failure,
        &["column \"price\" does not exist", place, "variant: without `city`, order `cheapest`", "1 problem"],
    );
}

#[test]
fn a_query_without_pages_is_refused_with_its_place_and_what_to_do() {
    assert_refused(&[
        (
            "--! q page\n--- It.\nSELECT id, made FROM shops ORDER BY made LIMIT :rows",
            "3:28",
            &["two rows of `shops` can have the same keys", "end the order with the columns of a unique key: "],
        ),
        (
            "--! q page\n--- It.\nSELECT city, made FROM shops WHERE name = :name? ORDER BY city LIMIT :rows",
            "3:50",
            &["two rows of `shops` can have the same keys", "variant: without `name`, the first page"],
        ),
        (
            "--! q page\n--- It.\nSELECT s.id, s.made FROM shops s JOIN sales x ON x.shop = s.id ORDER BY s.id LIMIT :rows",
            "3:64",
            &["two rows of `sales` can have the same keys", "the columns of a unique key: x.id"],
        ),
        (
            "--! q page\n--- It.\nSELECT id FROM open_shops ORDER BY id LIMIT :rows",
            "3:27",
            &["two rows of `open_shops` can have the same keys", "the rows of a subquery, a CTE or a view have none"],
        ),
        (
            "--! q page\n--- It.\nSELECT id, note FROM shops ORDER BY note, id LIMIT :rows",
            "3:28",
            &["the key `note` can be NULL, and no row comes after NULL", "order by COALESCE(note, value)"],
        ),
        (
            "--! q page\n--- It.\nSELECT id FROM shops ORDER BY made, id LIMIT :rows",
            "3:22",
            &["the key 1 of the order is no column of the result", "add it to the SELECT list"],
        ),
        (
            "--! q page\n--- It.\nSELECT s.id, LOWER(s.name) AS name FROM shops s ORDER BY name, id LIMIT :rows",
            "3:49",
            &[
                "`name` is the column of the result in ORDER BY, and another one in the condition",
                "name the column with its table",
            ],
        ),
        (
            "--! q page\n--- It.\nSELECT id, token FROM shops ORDER BY token, id LIMIT :rows",
            "3:29",
            &["the key `token` is secret, and who has a cursor can read its keys"],
        ),
        (
            "--! q page\n--- It.\nSELECT id, facts FROM shops ORDER BY facts, id LIMIT :rows",
            "3:29",
            &["the key `facts` is jsonb, which no cursor holds"],
        ),
        (
            "--! q page\n--- It.\nSELECT city, COUNT(*) AS shops FROM shops GROUP BY city ORDER BY city LIMIT :rows",
            "3:43",
            &["a page can't be found by its keys in the rows of GROUP"],
        ),
        (
            "--! q page\n--- It.\nSELECT id, COUNT(*) OVER () AS all_of_them FROM shops ORDER BY id LIMIT :rows",
            "3:55",
            &["in rows that are grouped, numbered or multiplied"],
        ),
        ("--! q page\n--- It.\nSELECT id FROM shops ORDER BY id", "3:1", &["a page has no size without LIMIT"]),
        (
            "--! q page\n--- It.\nSELECT id FROM shops ORDER BY id LIMIT 10",
            "3:34",
            &["the size of a page is a parameter"],
        ),
        (
            "--! q page\n--- It.\nSELECT id FROM shops ORDER BY id LIMIT :rows OFFSET 3",
            "3:46",
            &["a page begins at its cursor, so that it has no OFFSET"],
        ),
        (
            "--! q page\n--- It.\nSELECT id FROM shops LIMIT :rows",
            "3:1",
            &["the statement has no ORDER BY outside brackets"],
        ),
        ("--! q page\n--- It.\nDELETE FROM shops WHERE id = 1 RETURNING id", "3:1", &["only a SELECT has pages"]),
        (
            "--! q page (rows?)\n--- It.\nSELECT id FROM shops ORDER BY id LIMIT :rows",
            "1:13",
            &["`rows` is the size of a page, and never NULL"],
        ),
        (
            "--! q page\n--: order a: id; b: id DESC; c: name, id; d: city, id; e: made, id\n--- It.\nSELECT id, name, city, made \
             FROM shops WHERE id > :a? AND id > :b? AND id > :c? AND id > :d? ORDER BY :order LIMIT :rows",
            "1:5",
            &["`q` is 320 statements: at most 256 are possible", "each optional condition doubles their number"],
        ),
    ]);
}

#[test]
fn keys_are_unique_by_a_join_a_condition_or_an_outer_join_that_finds_one_row() {
    code(
        "--! by_sale page\n--- Sales with their shop.\nSELECT x.id, s.name\nFROM sales x\nJOIN shops s ON s.id = x.shop\nORDER BY x.id\n\
         LIMIT :rows;\n\n\
         --! outer page\n--- The same.\nSELECT x.id, s.name\nFROM sales x\nLEFT JOIN shops s ON s.id = x.shop\nORDER BY x.id DESC\n\
         LIMIT :rows;\n\n\
         --! within page\n--- Shops of a city by name.\nSELECT id, name\nFROM shops\nWHERE city = :city\nORDER BY name\nLIMIT :rows;\n\n\
         --! summed page\n--- With their sales.\nSELECT s.id, t.paid\nFROM shops s\nCROSS JOIN LATERAL (SELECT SUM(x.paid) AS paid FROM \
         sales x WHERE x.shop = s.id) t\nORDER BY s.id\nLIMIT :rows;\n\n\
         --! handled page\n--- Without a note at the end.\nSELECT id, COALESCE(note, '') AS shown\nFROM shops\nORDER BY COALESCE(note, ''), \
         id\nLIMIT :rows;\n\n\
         --! pairs page\n--- Each shop with each of its sales.\nSELECT s.id, x.id AS sale\nFROM shops s\nJOIN sales x ON x.shop = s.id\n\
         ORDER BY s.id, x.id\nLIMIT :rows;\n",
    );
}

#[test]
fn every_variant_obeys_the_rules_of_its_own_and_the_message_names_it() {
    assert_refused(&[(
        "--! q\n--- It.\nUPDATE shops SET name = 'a' WHERE id = :id?",
        "3:1",
        &["changes every row of `shops`", "variant: without `id`"],
    )]);
    let project = project(
        "--! by_city\n--- Shops.\nSELECT id\nFROM shops\nWHERE city = :city? AND id > 0\nORDER BY id;\n\n\
         --! pages page\n--: order newest: made DESC, id DESC; by_name: name, id\n--- Index: shops_made. Locks: nothing.\n\
         SELECT id, made, name\nFROM shops\nWHERE city = :city?\nORDER BY :order\nLIMIT :rows;\n",
    );
    project.write("codegen.toml", "[tables]\nlarge = [\"shops\"]\n");
    let failure = project.failure();
    assert_contains(
        &failure,
        &[
            "no index gives the order of the page: every row of `shops` that is found is sorted",
            "variant: with every optional condition, order `by_name`, the first page",
            "the statement uses the index `shops_city`, which is not named",
        ],
    );
    // What is wrong with several variants is said once.
    assert_eq!(failure.matches("every row of `shops` that is found is sorted").count(), 1, "{failure}");
}

#[test]
fn each_page_of_a_large_table_is_found_by_an_index() {
    let project = project(
        "--! pages page\n--: order newest: made DESC, id DESC; oldest: made, id\n--- Shops.\n--- Index: shops_made, shops_city. Locks: nothing.\n\
         SELECT id, made\nFROM shops\nWHERE city = :city?\nORDER BY :order\nLIMIT :rows;\n",
    );
    project.write("codegen.toml", "[tables]\nlarge = [\"shops\"]\n\n[plans]\ndocumented = true\n");
    project.build();
}

#[test]
fn a_report_and_other_releases_see_a_query_of_several_statements_as_one() {
    let project =
        project("--! find\n--- Shops.\nSELECT id\nFROM shops\nWHERE city = :city? AND made > :since?\nORDER BY id;\n");
    project.build();
    let output = project.command_of(&["report"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = project.read("target/schema.html");
    assert_eq!(page.matches("id=\"shops.find\"").count(), 1);
    assert_contains(&page, &[">:city</span>?", "its condition is left out without it"]);
    // The first one serves the statement without a condition only.
    let index = page.split("id=\"index:shops_pkey\"").nth(1).unwrap().split("</div>").next().unwrap();
    assert_contains(index, &["#shops.find"]);
}
