//! What annotations say about NULL, and what becomes of it.

use super::SCHEMA;
use crate::project::{Project, assert_contains};

fn project(queries: &str) -> Project {
    let project = Project::empty();
    project.write(
        "migrations/V1__schema.sql",
        &format!("-- The schema of this test.\n\n{SCHEMA}\n\n/* rollback\nSELECT 1;\n*/\n"),
    );
    project.write("queries/all.sql", &format!("-- The queries of this test.\n\n{queries}"));
    project
}

/// What a successful build says of the queries.
fn warnings(queries: &str) -> String {
    let output = project(queries).run();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn a_field_is_optional_where_null_can_come_and_only_there() {
    let project = project(
        "--: Named(name?)\n\n\
         --! by_id\n--- A user.\nSELECT id, name, phone FROM users WHERE id = :id;\n\n\
         --! named : Named\n--- Names.\nSELECT name FROM users WHERE name <> '';\n\n\
         --! titled : Named\n--- Names of authors.\nSELECT name FROM authored;\n\n\
         --! joined : Joined(title!)\n--- Titles; `title` is never NULL: each of these users has a post.\n\
         SELECT u.id, p.title FROM users u LEFT JOIN posts p ON p.author = u.id WHERE u.active;\n",
    );
    project.build();
    let code = project.read("src/generated/all.rs");
    assert_contains(
        &code,
        &[
            "pub struct ById {\n    pub id: i32,\n    pub name: String,\n    pub phone: Option<String>,\n}",
            "pub struct Joined {\n    pub id: i32,\n    pub title: String,\n}",
            "Result<Option<&str>, barqnet_db_client::Error>",
        ],
    );
}

#[test]
fn a_question_mark_where_no_null_can_come_is_a_warning_with_the_corrected_line() {
    let text = warnings(
        "--: Shared(name?, phone?)\n\n\
         --! a (phone?) : Row(id?, phone?)\n--- A user.\nSELECT id, phone FROM users WHERE phone = :phone;\n\n\
         --! b : Shared\n--- A user.\nSELECT name, phone FROM users WHERE id = :id;\n\n\
         --! c : (id?)\n--- A user.\nSELECT id FROM users WHERE id = :id;\n",
    );
    assert_contains(
        &text,
        &[
            "warning: the column `id` is never NULL",
            "why: users.id is NOT NULL",
            "help: remove the mark: --! a (phone?) : Row(phone?)",
            "help: remove the mark: --! a (phone?) : Row(id?)",
            "help: remove the mark: --: Shared(phone?)",
            "help: remove the mark: --! c\n",
        ],
    );
    assert_eq!(text.matches("warning: ").count(), 4, "{text}");
}

#[test]
fn an_exclamation_mark_needs_a_reason_and_a_need() {
    let failure = project(
        "--! a : (phone!)\n--- A user.\nSELECT phone FROM users WHERE id = :id;\n\n\
         --! b : (phone!)\n--- A user with another column. Its `id` is never NULL.\nSELECT phone FROM users WHERE id = :id;\n",
    )
    .failure();
    assert_contains(
        &failure,
        &[
            "error: `a` says that `phone!` is never NULL, but not why",
            "by the SQL it can be NULL: users.phone has no NOT NULL",
            "help: add to the documentation of `a`: --- `phone` is never NULL: …",
            "error: `b` says that `phone!`",
        ],
    );
    let text = warnings("--! c : (id!)\n--- A user.\nSELECT id FROM users WHERE name = :name;\n");
    assert_contains(&text, &["warning: `id!` says what the SQL says already", "help: remove the mark: --! c\n"]);
}

#[test]
fn one_reason_serves_all_queries_of_a_row_type() {
    let text = warnings(
        "--: Number(phone!)\n\n\
         --! a : Number\n--- A user; `phone` is not NULL because only such users are asked for.\n\
         SELECT phone FROM users WHERE id = :id;\n\n\
         --! b : Number\n--- A user.\nSELECT phone FROM users WHERE name = :name;\n",
    );
    assert!(!text.contains("warning"), "{text}");
}

#[test]
fn a_nullable_parameter_of_a_column_with_not_null_is_refused() {
    let failure = project(
        "--! a (name?, phone?)\n--- A user.\nINSERT INTO users (name, phone) VALUES (:name, :phone);\n\n\
         --! b (name?)\n--- A user.\nUPDATE users SET name = :name WHERE id = :id;\n\n\
         --! c (title?, score?)\n--- A post.\nINSERT INTO posts (title, score) SELECT :title, :score::INTEGER;\n\n\
         --! d (score?)\n--- A post.\nINSERT INTO posts (title) VALUES ('x') ON CONFLICT (id) DO UPDATE SET score = :score;\n\n\
         --! e (name?)\n--- A user.\nUPDATE users SET name = COALESCE(:name, name) WHERE id = :id;\n\n\
         --! f (name?)\n--- A user.\nUPDATE users SET name = :name WHERE name = :name;\n\n\
         --! g (b?)\n--- A trigger fills it.\nINSERT INTO checked (b) VALUES (:b);\n\n\
         --! h (body?)\n--- A post.\nWITH made AS (INSERT INTO posts (title, body) VALUES ('x', :body) RETURNING id) SELECT id FROM made;\n",
    )
    .failure();
    let refused: Vec<&str> = failure.lines().filter(|line| line.starts_with("error: the parameter")).collect();
    assert_eq!(
        refused,
        [
            "error: the parameter `name` is written to users.name, which is NOT NULL",
            "error: the parameter `name` is written to users.name, which is NOT NULL",
            "error: the parameter `title` is written to posts.title, which is NOT NULL",
            "error: the parameter `score` is written to posts.score, which is NOT NULL",
            "error: the parameter `score` is written to posts.score, which is NOT NULL",
        ]
    );
    assert_contains(&failure, &["help: remove the mark: --! a (phone?)", "help: remove the mark: --! b\n"]);
}
