//! The program `barqnet-db-codegen`: its help, its exit codes and its message formats.

use serde_json::Value;

use crate::project::{Project, QUERIES, assert_contains, assert_snapshot, program};

/// Two problems and their places, one without a file.
fn project_with_problems() -> Project {
    let project = Project::small();
    project.write(
        "queries/things.sql",
        "-- Things.\n\n--! by_id\n--- One.\nSELECT lable\nFROM things\nWHERE id = :id;\n\n--! none\nSELECT 1 AS one;\n",
    );
    project
}

/// What the program prints with these arguments, and its exit code.
fn run(project: &Project, arguments: &[&str]) -> (String, i32) {
    let output = project.command_of(arguments).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

#[test]
fn the_help_says_what_the_commands_do_and_how_they_end() {
    for (name, arguments) in [
        ("help.txt", &["--help"][..]),
        ("help_check.txt", &["check", "--help"]),
        ("help_watch.txt", &["watch", "--help"]),
    ] {
        let output = program().args(arguments).output().unwrap();
        assert_snapshot(name, &String::from_utf8(output.stdout).unwrap());
    }
}

#[test]
fn each_outcome_has_its_exit_code() {
    let project = Project::small();
    assert_eq!(run(&project, &["check"]).1, 1);
    assert_eq!(run(&project, &["build"]).1, 0);
    assert_eq!(run(&project, &["check"]).1, 0);
    assert_eq!(run(&project, &["build", "--force"]).1, 0);
    assert_eq!(run(&project, &["--no-such-flag"]).1, 2);
    let output = project.command().env("BARQNET_CODEGEN", "chekc").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(run(&project_with_problems(), &["build"]).1, 1);
}

#[test]
fn each_problem_is_one_json_line_with_its_place() {
    let (output, code) = run(&project_with_problems(), &["--message-format", "json"]);
    assert_eq!(code, 1);
    let problems: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(problems.len(), 2, "{output}");
    let column = &problems[0];
    for (key, expected) in [
        ("level", Value::from("error")),
        ("rule", "postgresql".into()),
        ("message", "column \"lable\" does not exist".into()),
        ("file", "queries/things.sql".into()),
        ("line", 5.into()),
        ("column", 8.into()),
        ("end", serde_json::json!({ "line": 5, "column": 13 })),
        ("suggestion", Value::Null),
    ] {
        assert_eq!(column[key], expected, "{key}");
    }
    assert_contains(&column["notes"].to_string(), &["SQLSTATE 42703", "query things.by_id", "things.label"]);
    assert_contains(&problems[1]["help"].to_string(), &["`---` lines"]);
}

#[test]
fn a_server_that_cannot_be_used_is_a_problem_without_a_line() {
    let project = Project::small();
    let command = &mut project.command_of(&["--message-format=json"]);
    let output = command.env("BARQNET_CODEGEN_URL", "postgres://127.0.0.1:1/x").output().unwrap();
    let problem: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&problem["file"], &problem["line"]), (&Value::from("BARQNET_CODEGEN_URL"), &Value::Null));
}

#[test]
fn stale_files_are_problems_of_the_files_that_changed() {
    let project = Project::small();
    project.build();
    project.write("queries/things.sql", &QUERIES.replace("label, ", ""));
    let (output, code) = run(&project, &["check", "--message-format", "json"]);
    assert_eq!(code, 1);
    let problem: Value = serde_json::from_str(&output).unwrap();
    assert_eq!((&problem["rule"], &problem["file"]), (&"stale".into(), &"queries/things.sql".into()));
}

/// The required properties of sarif-schema-2.1.0.json, and what code scanning needs besides.
#[test]
fn sarif_has_what_its_schema_and_code_scanning_require() {
    let project = project_with_problems();
    let output = project.command_of(&["build", "--message-format", "sarif"]).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "barqnet-db-codegen");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2, "{document:#}");
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(rules[index]["shortDescription"]["text"].as_str().unwrap().ends_with('.'), "{rules:?}");
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "queries/things.sql");
    }
    let region = &results[0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(*region, serde_json::json!({ "startLine": 5, "startColumn": 8, "endLine": 5, "endColumn": 13 }));
}

#[test]
fn sarif_names_files_from_the_top_of_the_repository() {
    let repository = Project::empty();
    std::fs::create_dir(repository.path().join(".git")).unwrap();
    repository.write("data base/migrations/V1__things.sql", crate::project::THINGS);
    repository.write("data base/queries/things.sql", "-- Things.\n\n--! none\nSELECT 1 AS one;\n");
    let arguments = ["--message-format", "sarif"];
    let output = program().args(arguments).arg(repository.path().join("data base")).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let place = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "data%20base/queries/things.sql", "{document:#}");
}

#[test]
fn wrong_settings_are_shown_with_the_key_that_was_meant() {
    let project = Project::small();
    project.write("codegen.toml", "schema = \"schema\"\nquereis = \"sql\"\n");
    assert_snapshot("settings.txt", &project.failure());
    let (output, _) = run(&project, &["--message-format", "json"]);
    let problem: Value = serde_json::from_str(&output).unwrap();
    assert_eq!((&problem["rule"], &problem["suggestion"]), (&"settings".into(), &"queries".into()));
}
