//! A project on top of another one: its migrations run after those of its bases, and its queries join their tables.

use std::{fs, path::PathBuf, process::Command};

use barqnet_db_codegen::{generate, stale_files};

use crate::project::{Project, assert_contains, program};

const USERS: &str = "\
-- Users.

CREATE TABLE users (id BIGINT PRIMARY KEY, name TEXT NOT NULL, phone TEXT, settings JSONB);

CREATE FUNCTION name_of(wanted BIGINT) RETURNS TEXT LANGUAGE sql STABLE RETURN (SELECT name FROM users WHERE id = wanted);

/* rollback
DROP FUNCTION name_of;
DROP TABLE users;
*/
";

const QUERIES_OF_USERS: &str = "\
-- Users.

--! by_id : User()
--- The user with this id.
SELECT id, name, phone
FROM users
WHERE id = :id;
";

const SETTINGS_OF_USERS: &str = "\
source = \"accounts\"
secrets = [\"phone\"]
optional = [\"cube\"]
[tables]
large = [\"users\"]
[types.json]
\"users.settings\" = \"crate::UserSettings\"
";

const TICKETS: &str = "\
-- Tickets.
--
-- barqnet: requires accounts 1
CREATE TABLE tickets (
    id BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL CONSTRAINT fk_tickets_user REFERENCES users (id),
    subject TEXT NOT NULL
);

/* rollback
DROP TABLE tickets;
*/
";

const QUERIES_OF_TICKETS: &str = "\
-- Tickets.

--! by_id : Ticket()
--- A ticket with its user, if it is still known.
SELECT t.id, t.subject, u.name, u.phone
FROM tickets t
LEFT JOIN users u ON u.id = t.user_id
WHERE t.id = :id;
";

/// Packages beside each other: `accounts`, which `support` is on top of.
struct Packages(Project);

impl Packages {
    fn new() -> Self {
        let packages = Self(Project::empty());
        packages.package("accounts-db", "", SETTINGS_OF_USERS);
        packages.write("accounts-db/migrations/V1__users.sql", USERS);
        packages.write("accounts-db/queries/users.sql", QUERIES_OF_USERS);
        packages.package("support", "accounts-db = { path = \"../accounts-db\" }\n", "on_top_of = [\"accounts-db\"]\n");
        packages.write("support/migrations/V1__tickets.sql", TICKETS);
        packages.write("support/queries/tickets.sql", QUERIES_OF_TICKETS);
        packages
    }

    /// A package that others can be on top of. cargo wants a build script of it.
    fn package(&self, name: &str, dependencies: &str, settings: &str) {
        self.write(
            &format!("{name}/Cargo.toml"),
            &format!("[workspace]\n[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\nlinks = \"{name}\"\n\n[dependencies]\n{dependencies}"),
        );
        self.write(&format!("{name}/build.rs"), "fn main() {}\n");
        self.write(&format!("{name}/src/lib.rs"), "");
        self.write(&format!("{name}/codegen.toml"), settings);
    }

    fn write(&self, file: &str, text: &str) {
        self.0.write(file, text);
    }

    /// A second migration of `support`.
    fn step(&self, sql: &str) {
        self.write("support/migrations/V2__step.sql", &format!("-- A step.\n\n{sql}\n\n/* rollback\n*/\n"));
    }

    fn support(&self) -> PathBuf {
        self.0.path().join("support")
    }

    fn command(&self) -> Command {
        let mut command = program();
        command.arg(self.support());
        command
    }

    /// What a build that succeeds says.
    fn built(&self) -> String {
        let output = self.command().output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{text}");
        text
    }

    /// What a build that fails says.
    fn refused(&self) -> String {
        let output = self.command().output().unwrap();
        assert!(!output.status.success(), "it did not fail: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn read(&self, file: &str) -> String {
        self.0.read(file)
    }
}

#[test]
fn queries_join_the_tables_of_a_base_and_only_what_is_own_is_written() {
    let packages = Packages::new();
    let text = packages.built();
    assert!(!text.contains("warning"), "{text}");
    let row = packages.read("support/src/generated/tickets.rs");
    assert_contains(&row, &["pub name: Option<String>", "pub phone: Option<String>", "pub subject: String"]);
    let schema = packages.read("support/schema/schema.sql");
    assert!(schema.contains("CREATE TABLE tickets") && !schema.contains("CREATE TABLE users"), "{schema}");
    assert!(!schema.contains("name_of"), "{schema}");
    assert_contains(&packages.read("support/schema/README.md"), &["users ||--o{ tickets : \"user_id\""]);
    let constraints = packages.read("support/src/generated/constraints.rs");
    assert!(constraints.contains("FkTicketsUser") && !constraints.contains("UsersPkey"), "{constraints}");
    // A secret of the base is one here.
    assert_contains(&row, &["#[derive(Clone, PartialEq)]\npub struct Ticket {"]);
}

#[test]
fn the_fingerprint_names_the_files_of_a_base_the_same_on_every_machine() {
    let (one, other) = (Packages::new(), Packages::new());
    one.built();
    other.built();
    let fingerprint = one.read("support/src/generated/fingerprint");
    assert_eq!(fingerprint, other.read("support/src/generated/fingerprint"));
    for file in ["codegen.toml", "migrations/V1__users.sql", "queries/users.sql"] {
        assert_contains(&fingerprint, &[&format!("  accounts-db/{file}\n")]);
    }
    assert_eq!(stale_files(&one.support()).unwrap(), [""; 0]);
}

#[test]
fn a_new_release_of_a_base_makes_the_code_stale_and_the_message_says_what_is_new() {
    let packages = Packages::new();
    generate(&packages.support()).unwrap();
    let next = "-- A step.\n\nALTER TABLE users ADD COLUMN age INTEGER;\n\n/* rollback\n*/\n";
    packages.write("accounts-db/migrations/V2__add_age.sql", next);
    let output = packages.command().env("BARQNET_CODEGEN", "check").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert_contains(&text, &["accounts-db/migrations/V2__add_age.sql is new"]);
    packages.built();
    assert_contains(&packages.built(), &["up to date"]);
}

#[test]
fn a_full_scan_of_a_large_table_of_a_base_is_refused() {
    let packages = Packages::new();
    packages.write(
        "support/queries/tickets.sql",
        "-- Tickets.\n\n--! by_phone : Found()\n--- By phone.\nSELECT id\nFROM users\nWHERE phone = :phone;\n",
    );
    assert_contains(&packages.refused(), &["all of `users` is read", "--> queries/tickets.sql:6:6"]);
}

#[test]
fn a_migration_that_breaks_a_statement_of_a_base_is_refused_with_its_name() {
    let packages = Packages::new();
    for (sql, problem) in [
        ("ALTER TABLE users DROP COLUMN phone;", "column \"phone\" does not exist"),
        ("ALTER TABLE users ALTER COLUMN phone TYPE VARCHAR(20);", "its column phone is varchar instead of text"),
        ("ALTER TABLE users ALTER COLUMN phone TYPE INTEGER USING 1;", "its column phone is int4 instead of text"),
    ] {
        packages.step(sql);
        let text = packages.refused();
        let message = format!("these migrations break users.by_id of accounts-db: {problem}");
        assert_contains(&text, &[&message, "--> accounts-db/queries/users.sql:3:5"]);
    }
    packages.step("ALTER TABLE users ALTER COLUMN name DROP NOT NULL;");
    assert_contains(&packages.refused(), &["users.name can be NULL now, and is a column of accounts-db"]);
    packages.step("DROP FUNCTION name_of;");
    assert_contains(&packages.built(), &["warning", "the function name_of(bigint) is dropped"]);
}

#[test]
fn a_column_that_is_added_to_a_table_of_a_base_is_a_warning_and_an_index_is_none() {
    let packages = Packages::new();
    packages.step("ALTER TABLE users ADD COLUMN vip BOOLEAN;");
    assert_contains(
        &packages.built(),
        &["warning", "these migrations change what is accounts-db's", "users.vip is added"],
    );
    packages.write(
        "support/migrations/V2__step.sql",
        "-- A step.\n-- barqnet: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS idx_users_phone ON users (phone);\n\n\
         /* rollback\n*/\n",
    );
    let text = packages.built();
    assert!(!text.contains("these migrations change"), "{text}");
    assert_contains(&packages.read("support/schema/schema.sql"), &["CREATE INDEX idx_users_phone ON users (phone);"]);
}

#[test]
fn what_a_migration_requires_of_a_base_must_be_there() {
    let packages = Packages::new();
    for (requires, message, help) in [
        ("accounts 2", "accounts-db has no V2: the newest is V1", "cargo update -p accounts-db"),
        ("acounts 1", "no project below this one has the source `acounts`", "did you mean `accounts`?"),
    ] {
        packages.write("support/migrations/V1__tickets.sql", &TICKETS.replace("accounts 1", requires));
        assert_contains(&packages.refused(), &[message, help, "--> migrations/V1__tickets.sql:3:13"]);
    }
}

#[test]
fn mistakes_in_a_base_are_shown_in_its_own_files() {
    let packages = Packages::new();
    packages.write("accounts-db/migrations/V2__bad.sql", "-- Bad.\nSELECT gone FROM users;\n/* rollback\n*/\n");
    assert_contains(&packages.refused(), &["--> accounts-db/migrations/V2__bad.sql:2:8"]);
    packages.write("accounts-db/codegen.toml", "sorce = \"x\"\n");
    assert_contains(&packages.refused(), &["did you mean `source`?", "--> accounts-db/codegen.toml:1:1"]);
}

#[test]
fn the_json_of_a_base_has_the_type_of_its_crate() {
    let packages = Packages::new();
    packages.write(
        "support/queries/tickets.sql",
        "-- Tickets.\n\n--! settings : Settings()\n--- Settings.\nSELECT settings\nFROM users\nWHERE id = :id;\n",
    );
    packages.built();
    assert_contains(&packages.read("support/src/generated/tickets.rs"), &["accounts_db::UserSettings"]);
}

#[test]
fn a_base_that_is_no_dependency_is_named_with_what_to_add() {
    let packages = Packages::new();
    packages.write("support/codegen.toml", "on_top_of = [\"acounts-db\"]\n");
    let text = packages.refused();
    assert_contains(&text, &["no dependency has links = \"acounts-db\"", "[dependencies]", "--> codegen.toml:1:14"]);
}

#[test]
fn a_build_script_finds_a_base_by_the_variable_that_cargo_sets() {
    let packages = Packages::new();
    let moved = packages.0.path().join("elsewhere");
    fs::rename(packages.0.path().join("accounts-db"), &moved).unwrap();
    let output = packages.command().env("DEP_ACCOUNTS_DB_ROOT", &moved).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_contains(&packages.refused(), &["cannot find `accounts-db`"]);
}

#[test]
fn a_project_can_be_on_top_of_several_in_their_order() {
    let packages = Packages::new();
    let dependencies = "accounts-db = { path = \"../accounts-db\" }\nsupport = { path = \"../support\" }\n";
    packages.package("desk", dependencies, "on_top_of = [\"support\", \"accounts-db\"]\n");
    let sql = "-- Desks.\nCREATE TABLE desks (ticket_id BIGINT PRIMARY KEY REFERENCES tickets (id), user_id BIGINT REFERENCES users (id));\n/* rollback\nDROP TABLE desks;\n*/\n";
    packages.write("desk/migrations/V1__desks.sql", sql);
    packages
        .write("desk/queries/desks.sql", "-- Desks.\n\n--! all_of : Desk()\n--- All.\nSELECT ticket_id\nFROM desks;\n");
    let desk = packages.0.path().join("desk");
    let refused = generate(&desk).unwrap_err().to_string();
    assert_contains(
        &refused,
        &["`support` is on top of `accounts-db`, which does not come before it", "[\"accounts-db\", \"support\"]"],
    );
    packages.write("desk/codegen.toml", "on_top_of = [\"accounts-db\", \"support\"]\n");
    generate(&desk).unwrap();
    let schema = packages.read("desk/schema/schema.sql");
    assert!(schema.contains("CREATE TABLE desks") && !schema.contains("CREATE TABLE tickets"), "{schema}");
}
