//! The enum of the constraints of a schema.

use crate::project::{Project, assert_contains};

fn project(migration: &str) -> Project {
    let project = Project::small();
    project.write("migrations/V2__more.sql", &format!("-- More.\n\n{migration}\n\n/* rollback\n*/\n"));
    project
}

fn code(migration: &str) -> String {
    let project = project(migration);
    project.build();
    project.read("src/generated/constraints.rs")
}

#[test]
fn each_name_that_postgresql_can_report_is_a_variant_with_its_kind_and_table() {
    let code = code(
        "CREATE DOMAIN isbn AS TEXT CONSTRAINT isbn_digits CHECK (VALUE ~ '^[0-9]+$');
         CREATE TABLE shelves (
             id INTEGER CONSTRAINT shelf_id PRIMARY KEY, label TEXT CONSTRAINT label_once UNIQUE, width INTEGER,
             depth INTEGER CONSTRAINT depth_known NOT NULL, during INT4RANGE,
             CONSTRAINT area CHECK (depth * width < 100),
             CONSTRAINT apart EXCLUDE USING gist (during WITH &&)
         );
         CREATE UNIQUE INDEX \"one per Width\" ON shelves (LOWER(label), width) INCLUDE (depth);
         CREATE INDEX shelves_depth ON shelves (depth);
         CREATE TABLE books (shelf INTEGER CONSTRAINT on_shelf REFERENCES shelves (id), isbn isbn, pages INTEGER CONSTRAINT area CHECK (pages > 0));
         CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$
         BEGIN
             RAISE EXCEPTION 'closed' USING ERRCODE = 'check_violation', CONSTRAINT = 'shop_is_open', TABLE = 'books';
             RAISE EXCEPTION 'taken' USING ERRCODE = 'unique_violation', CONSTRAINT = 'label_once';
         END $$;",
    );
    assert_contains(
        &code,
        &[
            "    /// Exclusion constraint of `shelves`: `during`.\n    Apart = \"apart\",\n",
            "    /// Check of `books`: `pages`.\n    /// Check of `shelves`: `width`, `depth`.\n    Area = \"area\",\n",
            "    /// Check of the domain `isbn`.\n    IsbnDigits = \"isbn_digits\",\n",
            "    /// Unique constraint of `shelves`: `label`.\n    LabelOnce = \"label_once\",\n",
            "    /// Foreign key of `books` to `shelves`: `shelf`.\n    OnShelf = \"on_shelf\",\n",
            "    /// Unique index of `shelves`: `width`.\n    OnePerWidth = \"one per Width\",\n",
            "    /// Primary key of `shelves`: `id`.\n    ShelfId = \"shelf_id\",\n",
            "    /// Raised by the function `refuse`.\n    ShopIsOpen = \"shop_is_open\",\n",
            "    /// Primary key of `things`: `id`.\n    ThingsPkey = \"things_pkey\",\n",
        ],
    );
    for other in ["depth_known", "shelves_depth", "schema_migrations"] {
        assert!(!code.contains(other), "{other}: {code}");
    }
}

#[test]
fn the_parts_of_partitions_are_the_constraint_of_the_whole() {
    let code = code(
        "CREATE TABLE visits (day DATE, id INTEGER, thing INTEGER REFERENCES things (id), CHECK (id > 0), PRIMARY KEY (day, id))
         PARTITION BY RANGE (day);
         CREATE UNIQUE INDEX visits_once ON visits (thing, day);
         CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
    );
    assert_contains(
        &code,
        &[
            "VisitsPkey = \"visits_pkey\" | \"visits_2026_pkey\",",
            "VisitsOnce = \"visits_once\" | \"visits_2026_thing_day_idx\",",
            "    /// Check of `visits`: `id`.\n    VisitsIdCheck = \"visits_id_check\",\n",
            "VisitsThingFkey = \"visits_thing_fkey\",",
        ],
    );
}

#[test]
fn a_schema_without_constraints_has_no_enum_and_gets_one_with_its_first() {
    let project = Project::small();
    project.write(
        "migrations/V1__things.sql",
        "-- Things.\n\nCREATE TABLE things (id INT, label TEXT, note TEXT);\n\n/* rollback\n*/\n",
    );
    project.build();
    assert!(!project.generated_names().contains(&"constraints.rs".to_owned()));
    project
        .write("migrations/V2__once.sql", "-- Once.\n\nCREATE UNIQUE INDEX once ON things (id);\n\n/* rollback\n*/\n");
    project.build();
    assert_contains(&project.read("src/generated/constraints.rs"), &["Once = \"once\","]);
    assert_contains(&project.read("src/generated/mod.rs"), &["pub mod constraints;"]);
    // A change of a query file alone leaves it as it is.
    project.write("queries/things.sql", "-- Things.\n\n--! all\n--- All.\nSELECT id FROM things;\n");
    project.build();
    assert_contains(&project.read("src/generated/constraints.rs"), &["Once = \"once\","]);
    assert_contains(&project.read("src/generated/mod.rs"), &["pub mod constraints;"]);
}

#[test]
fn a_query_file_with_the_name_of_the_module_is_refused() {
    let project = Project::small();
    project.write("queries/constraints.sql", "-- Constraints.\n\n--! one\n--- One.\nSELECT 1 AS one;\n");
    assert_contains(
        &project.failure(),
        &[
            "the module `constraints` is generated: it holds the constraints of the schema",
            "--> queries/constraints.sql",
            "rename the file, for example to constraint_queries.sql",
        ],
    );
}
