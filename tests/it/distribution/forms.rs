//! The second forms of functions, which a database on one server never runs.

use std::{fs, path::Path};

use barqnet_db_sql::{Statement, statements};

use crate::common::{migrated_database, text_rows};

/// A function of functions.sql.
#[derive(Debug)]
pub(crate) struct SecondForm {
    pub(crate) name: String,
    /// Name, parameters and result.
    signature: String,
    /// The migration whose form it replaces, such as `V11`.
    replaces: String,
    pub(crate) text: String,
}

pub(crate) fn second_forms() -> Vec<SecondForm> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/distribution/functions.sql");
    let text = fs::read_to_string(path).expect("the file");
    let form = |statement: &Statement<'_>| {
        let signature = statement.text.strip_prefix("CREATE OR REPLACE FUNCTION ")?.split(" LANGUAGE ").next()?;
        let replaces =
            statement.comment?.lines().find_map(|line| line.strip_prefix("-- form of "))?.split([':', ';']).next()?;
        let name = signature.split('(').next()?.to_owned();
        let [signature, replaces, text] = [signature, replaces, statement.text].map(ToOwned::to_owned);
        Some(SecondForm { name, signature, replaces, text })
    };
    statements(&text).iter().map(|statement| form(statement).unwrap_or_else(|| panic!("{}", statement.text))).collect()
}

/// A migration that changes a function has to change its second form, too, and to raise the number there.
#[test]
fn each_second_form_names_the_migration_whose_form_it_replaces() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let files: Vec<String> =
        fs::read_dir(folder).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let forms = second_forms();
    assert!(forms.len() >= 10, "{forms:?}");
    for SecondForm { name, replaces, .. } in forms {
        let definition = format!("CREATE OR REPLACE FUNCTION {name}(");
        let text = files.iter().find(|text| text.contains(&definition)).unwrap_or_else(|| panic!("no {name}"));
        let before = text.split(&definition).next().unwrap_or_default();
        let heading = before.lines().rev().find_map(|line| line.strip_prefix("-- V")).unwrap_or_default();
        let defined = format!("V{}", heading.split("__").next().unwrap_or_default());
        assert_eq!(replaces, defined, "{name}: compare its second form with the new text, then raise the number");
    }
}

#[tokio::test]
async fn second_forms_have_the_parameters_and_results_of_the_first() {
    let database = migrated_database().await;
    let client = database.client().await;
    for SecondForm { name, signature, .. } in second_forms() {
        let sql = format!(
            "SELECT FORMAT('%s(%s) RETURNS %s', proname, PG_GET_FUNCTION_ARGUMENTS(oid), PG_GET_FUNCTION_RESULT(oid))
             FROM pg_proc WHERE proname = '{name}' AND pronamespace = 'public'::REGNAMESPACE"
        );
        let first = text_rows(&client, &sql).await;
        assert_eq!(first.len(), 1, "{name}");
        assert_eq!(first[0].to_lowercase(), signature.to_lowercase().replace("table (", "table("));
    }
}
