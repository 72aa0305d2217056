//! The types of parameters and columns: what has no Rust type or name is refused, and how settings change the others.

use crate::project::{Project, assert_contains};

/// A project with these migrations, queries and settings.
fn project(migration: &str, queries: &str, settings: &str) -> Project {
    let project = Project::empty();
    project.write("migrations/V1__all.sql", &format!("-- All.\n\n{migration}\n\n/* rollback\n*/\n"));
    project.write("queries/things.sql", &format!("-- Things.\n\n{queries}"));
    project.write("codegen.toml", settings);
    project
}

/// The generated module of that name.
fn code(project: &Project, module: &str) -> String {
    project.build();
    project.read(&format!("src/generated/{module}.rs"))
}

#[test]
fn a_type_without_a_rust_type_is_refused_with_its_place_and_a_cast() {
    let project = project(
        "CREATE TABLE things (id INTEGER PRIMARY KEY, price MONEY NOT NULL, page XML NOT NULL);",
        "--! prices\n--- Prices.\nSELECT id,\n       price\nFROM things;\n\n\
         --! pages\n--- Pages.\nSELECT ARRAY_AGG(page) AS pages\nFROM things;\n\n\
         --! pay\n--- Pays.\nUPDATE things\nSET price = :price\nWHERE id = :id;\n\n\
         --! pair\n--- A pair.\nSELECT ROW(id, price) AS pair\nFROM things;\n",
        "",
    );
    let failure = project.failure();
    assert_contains(
        &failure,
        &[
            "the column `price` has the type money",
            "--> queries/things.sql:6:8",
            "help: cast it in the SQL: price::NUMERIC AS price",
            "the column `pages` has the type xml[]",
            "help: cast it in the SQL: (…)::TEXT[] AS pages",
            "the parameter `price` has the type money",
            "--> queries/things.sql:17:13",
            "help: pass it as another type, and cast it in the SQL: :price::NUMERIC::money",
            "the column `pair` has the type record",
            "help: if it is the row of a subquery, name its type in the annotation: (pair: RowType); otherwise name the composite type, or select its fields one by one",
            "4 problems",
        ],
    );
    project.write(
        "queries/things.sql",
        "-- Things.\n\n--! prices\n--- Prices.\nSELECT price::NUMERIC AS price\nFROM things;\n\n\
         --! pay\n--- Pays.\nUPDATE things\nSET price = :price::NUMERIC::money\nWHERE id = :id;\n",
    );
    assert_contains(
        &code(&project, "things"),
        &["price: &db::types::rust_decimal::Decimal", "row.try_get_lossless(0)"],
    );
}

#[test]
fn a_parameter_that_is_a_row_says_of_which_type() {
    let query = |parameter: &str| format!("--! at\n--- Where.\nSELECT id\nFROM things\nWHERE home = {parameter};\n");
    let project = project(
        "CREATE TYPE address AS (street TEXT, town TEXT);\n\
         CREATE TABLE things (id INTEGER PRIMARY KEY, home address NOT NULL);",
        &query(":home"),
        "",
    );
    assert_contains(
        &project.failure(),
        &["the parameter `home` has the type record", "cast it to the composite type", ":home::my_type"],
    );
    project.write("queries/things.sql", &format!("-- Things.\n\n{}", query(":home::address")));
    assert_contains(&code(&project, "things"), &["types::Address"]);
}

const MOODS: &str = "CREATE TYPE mood AS ENUM ('c', 'c++', '+');\nCREATE TABLE things (mood mood NOT NULL);";
const MOOD: &str = "--! moods\n--- Moods.\nSELECT mood\nFROM things;\n";

#[test]
fn labels_without_a_rust_name_of_their_own_are_refused_where_they_are_defined() {
    let failure = project(MOODS, MOOD, "").failure();
    assert_contains(
        &failure,
        &[
            "the label 'c++' of the enum public.mood would be called `C` like the label 'c'",
            "--> migrations/V1__all.sql:3:32",
            "the label '+' of the enum public.mood has no Rust name",
            "--> migrations/V1__all.sql:3:39",
            "[types.enums.\"public.mood\"]",
            "variants = { \"c++\" = \"…\" }",
            "2 problems",
        ],
    );
    let settings = "[types.enums.\"public.mood\"]\nvariants = { \"c++\" = \"Cpp\", \"+\" = \"Plus\" }\n";
    assert_contains(
        &code(&project(MOODS, MOOD, settings), "types"),
        &["Cpp => \"c++\"", "\"+\" => std::result::Result::Ok(Self::Plus)"],
    );
}

#[test]
fn labels_become_readable_variants() {
    let labels = "CREATE TYPE mood AS ENUM ('in-transit', '2nd', 'self', 'OUT OF STOCK', 'it''s \"so\"');\n\
                  CREATE TABLE things (mood mood NOT NULL);";
    assert_contains(
        &code(&project(labels, MOOD, ""), "types"),
        &["InTransit,", "_2nd,", "Self_,", "OutOfStock,", "ItSSo => \"it's \\\"so\\\"\""],
    );
}

#[test]
fn an_unknown_label_can_have_a_variant_which_no_label_may_take() {
    let labels = "CREATE TYPE mood AS ENUM ('good', 'unknown');\nCREATE TABLE things (mood mood NOT NULL);";
    let failure = project(labels, MOOD, "[types.enums]\nmood = { unknown = true }\n").failure();
    assert_contains(&failure, &["the label 'unknown' of the enum public.mood would be called `Unknown`"]);
    let settings = "[types.enums.mood]\nunknown = true\nvariants = { unknown = \"NotKnown\" }\n";
    let types = code(&project(labels, MOOD, settings), "types");
    assert_contains(&types, &["Unknown(std::string::String)", "NotKnown => \"unknown\""]);
    assert!(!types.contains("Copy"), "{types}");
}

#[test]
fn two_types_of_one_schema_cannot_have_one_rust_name() {
    let types = "CREATE TYPE mood AS ENUM ('good');\nCREATE TYPE \"Mood\" AS (good BOOLEAN);\n\
                 CREATE TABLE things (mood mood NOT NULL, other \"Mood\" NOT NULL);";
    let query = "--! moods\n--- Moods.\nSELECT mood, other\nFROM things;\n";
    assert_contains(&project(types, query, "").failure(), &["the schema public would both be called `Mood`"]);
    let settings = "[types.composites.\"public.Mood\"]\nname = \"MoodRecord\"\nnot_null = [\"good\"]\n";
    assert_contains(&code(&project(types, query, settings), "types"), &["pub struct MoodRecord {", "pub good: bool,"]);
}

#[test]
fn fields_of_a_composite_type_are_in_snake_case_and_have_names_of_their_own() {
    let composite = |fields: &str| {
        project(
            &format!("CREATE TYPE pair AS ({fields});\nCREATE TABLE things (pair pair NOT NULL);"),
            "--! pairs\n--- Pairs.\nSELECT pair\nFROM things;\n",
            "",
        )
    };
    let fine = composite("\"First Name\" TEXT, \"lastName\" TEXT, id INTEGER");
    fine.build();
    assert_contains(&fine.read("src/generated/types.rs"), &["pub first_name:", "pub last_name:", "pub id:"]);
    assert_contains(
        &composite("\"firstName\" TEXT, first_name TEXT").failure(),
        &["the fields `firstName` and `first_name` of the type public.pair would both be called `first_name`"],
    );
}

#[test]
fn settings_of_a_type_that_no_query_uses_are_a_warning() {
    let settings = "[types.enums]\nmode = { unknown = true }\n";
    let output = project(JSON, "--! one\n--- One.\nSELECT 1 AS one;\n", settings).run();
    assert!(output.status.success(), "{output:?}");
    let warning = "warning: [types.enums] names `mode`, but no query uses such a type";
    assert_contains(&String::from_utf8(output.stderr).unwrap(), &[warning]);
}

#[test]
fn a_secret_in_a_composite_type_is_not_shown() {
    let types = "CREATE TYPE login AS (name TEXT, password TEXT);\nCREATE TABLE things (login login NOT NULL);";
    let types = code(&project(types, "--! logins\n--- Logins.\nSELECT login\nFROM things;\n", ""), "types");
    assert_contains(&types, &["#[derive(Clone, PartialEq)]", "f.debug_struct(\"Login\").finish_non_exhaustive()"]);
}

const JSON: &str = "CREATE TABLE things (id INTEGER PRIMARY KEY, facts JSONB NOT NULL, title TEXT NOT NULL);";

#[test]
fn json_of_a_column_has_the_type_of_the_settings_wherever_it_is_read() {
    let queries = "--! by_id\n--- One.\nSELECT id, facts, title\nFROM things\nWHERE id = :id;\n\n\
                   --! facts\n--- Facts.\nSELECT facts\nFROM things\nWHERE id = :id;\n\n\
                   --! other\n--- No column.\nSELECT '{}'::JSONB AS other;\n";
    let code = code(&project(JSON, queries, "[types.json]\n\"things.facts\" = \"crate::Facts\"\n"), "things");
    assert_contains(
        &code,
        &[
            "pub facts: db::types::Json<crate::Facts>,",
            "type Row = db::types::Json<crate::Facts>;",
            "type Row = db::types::serde_json::Value;",
        ],
    );
}

#[test]
fn json_settings_that_fit_nothing_are_a_warning_and_two_that_differ_an_error() {
    let queries = "--: Thing()\n\n--! one : Thing\n--- One.\nSELECT facts, title\nFROM things\nWHERE id = 1;\n\n\
                   --! two : Thing\n--- Two.\nSELECT facts, title\nFROM things\nWHERE id = 2;\n";
    let output = project(JSON, queries, "[types.json]\n\"things.fact\" = \"crate::Facts\"\n").run();
    let warning = "warning: [types.json] names `things.fact`, but no query returns such a JSON column";
    assert_contains(&String::from_utf8(output.stderr).unwrap(), &[warning, "\"table.column\""]);
    let failure = project(JSON, queries, "[types.json]\n\"things.two.facts\" = \"crate::Facts\"\n").failure();
    assert_contains(
        &failure,
        &[
            "the row type `Thing` is shared by `one` and `two`",
            "--> queries/things.sql:11:5",
            "\"things.one.facts\" and \"things.two.facts\"",
        ],
    );
}

#[test]
fn a_mapping_of_the_settings_comes_before_the_default() {
    let table = "CREATE DOMAIN code AS TEXT;\nCREATE TABLE things (id UUID PRIMARY KEY, code code NOT NULL, n NUMERIC NOT NULL);";
    let query = "--! add\n--- Adds.\nINSERT INTO things (id, code, n)\nVALUES (:id, :code, :n)\nRETURNING id, n;\n";
    let settings = "client = \"crate::db\"\n[types.mapping]\n\"pg_catalog.uuid\" = \"crate::Id\"\n\"public.code\" = \"crate::Code\"\n\
                    \"pg_catalog.numeric\" = { rust-type = \"crate::Big\", is-copy = false }\n";
    let code = code(&project(table, query, settings), "things");
    assert_contains(&code, &["id: &'a crate::Id", "code: &'a crate::Code", "pub n: crate::Big,", "n: row.try_get(1)?"]);
    assert!(!code.contains("barqnet"), "{code}");
    let row = code.split("pub struct Add {").next().unwrap();
    assert!(!row.contains("Copy"), "{row}");
}
