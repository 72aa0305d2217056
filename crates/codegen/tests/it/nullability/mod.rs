//! Which columns can be NULL: tables of statements with what is right.

mod aggregates;
mod conditions;
mod expressions;
mod functions;
mod joins;
mod marks;
mod modified;
mod peers;
mod reality;
mod rows;

use barqnet_db_codegen::{DescribedQuery, describe};

use crate::project::Project;

const SCHEMA: &str = include_str!("schema.sql");

/// The project of these tests, with `queries` in one file. Each is its SQL, after nullable parameters in brackets if it
/// has some.
fn project(schema: &str, queries: &[&str]) -> Project {
    let project = Project::empty();
    project.write(
        "migrations/V1__schema.sql",
        &format!("-- The schema of this test.\n\n{schema}\n\n/* rollback\nSELECT 1;\n*/\n"),
    );
    let query = |(number, sql): (usize, &&str)| {
        let annotated = sql.strip_prefix('(').and_then(|rest| rest.split_once(") "));
        let (parameters, sql) = match annotated.filter(|(names, _)| names.ends_with(['?', ']']) && !names.contains(' '))
        {
            Some((names, sql)) => (format!(" ({names})"), sql),
            None => (String::new(), *sql),
        };
        format!("--! q{number} all_rows unordered{parameters}\n--- A query.\n{sql};\n\n")
    };
    let text: String = queries.iter().enumerate().map(query).collect();
    project.write("queries/all.sql", &format!("-- The queries of this test.\n\n{text}"));
    project
}

fn described(schema: &str, queries: &[&str]) -> Vec<DescribedQuery> {
    describe(project(schema, queries).path()).unwrap_or_else(|failures| panic!("{failures}"))
}

/// The columns as an annotation shows them: `id note? tags[?]`.
fn shown(query: &DescribedQuery) -> String {
    let column = |column: &barqnet_db_codegen::DescribedColumn| {
        let mark = if column.nullable { "?" } else { "" };
        let elements = if column.elements_nullable { "[?]" } else { "" };
        format!("{}{mark}{elements}", column.name)
    };
    query.columns.iter().map(column).collect::<Vec<_>>().join(" ")
}

/// Each statement must have these columns.
fn assert_columns(cases: &[(&str, &str)]) {
    assert_columns_in(SCHEMA, cases);
}

fn assert_columns_in(schema: &str, cases: &[(&str, &str)]) {
    let queries: Vec<&str> = cases.iter().map(|(sql, _)| *sql).collect();
    let found = described(schema, &queries);
    assert_eq!(found.len(), cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .zip(&found)
        .filter(|((_, expected), query)| shown(query) != *expected)
        .map(|((sql, expected), query)| {
            let reasons: Vec<_> = query.columns.iter().map(|it| format!("{}: {}", it.name, it.reason)).collect();
            format!("{sql}\n  expected {expected}\n  found    {}\n  {}", shown(query), reasons.join("; "))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
