//! A folder of migrations is refused if refinery would ignore or misread a file of it.

use std::fs;

use barqnet_db::migrate::Migrations;

use super::support::folder;

#[tokio::test]
async fn a_folder_without_migrations_or_with_a_version_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let problem = || Migrations::from_folder(folder.path()).unwrap_err().to_string();
    assert!(problem().contains("no file named V<version>__"));
    for name in ["V2__add.sql", "V2__drop.sql"] {
        fs::write(folder.path().join(name), "SELECT 1;").unwrap();
    }
    assert!(problem().contains("V2__add and V2__drop have the same version"), "{}", problem());
}

#[test]
fn a_file_of_the_folder_that_refinery_would_ignore_is_refused() {
    for name in ["v2__two.sql", "V2__add-two.sql", "V2_two.sql", "V2__two.SQL", "V02__two.sql", "two.sql"] {
        let folder = folder(&["V1__one"]);
        fs::write(folder.path().join("README.md"), "Two migrations.").unwrap();
        assert_eq!(Migrations::from_folder(folder.path()).unwrap().len(), 1);
        fs::write(folder.path().join(name), "SELECT 1;").unwrap();
        let problem = Migrations::from_folder(folder.path()).unwrap_err().to_string();
        assert!(problem.contains(&format!("{name} is not named V<version>__<snake_case>.sql: ")), "{problem}");
    }
}

#[test]
fn a_folder_in_the_folder_is_refused_hidden_or_not() {
    for name in ["archive", ".old"] {
        let folder = folder(&["V1__one"]);
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("V2__two.sql"), "SELECT 1;").unwrap();
        let problem = Migrations::from_folder(folder.path()).unwrap_err().to_string();
        assert!(problem.contains(&format!("{name} is a folder: move it to another place")), "{problem}");
    }
}

#[test]
fn a_file_of_the_folder_that_would_end_its_own_transaction_is_refused() {
    let folder = folder(&["V1__one"]);
    for end in ["COMMIT", "begin", "ROLLBACK", "PREPARE TRANSACTION 'x'"] {
        fs::write(folder.path().join("V2__two.sql"), format!("SELECT ';';\n  {end}; SELECT 1;")).unwrap();
        let problem = Migrations::from_folder(folder.path()).unwrap_err().to_string();
        let word = end.split(' ').next().unwrap();
        assert!(problem.contains(&format!("V2__two.sql:2:3: {word} would end the transaction")), "{problem}");
    }
    let harmless =
        "PREPARE p AS SELECT 1; DO $$ BEGIN NULL; END $$; SELECT 'COMMIT'; -- COMMIT;\n/* rollback\nCOMMIT; */";
    fs::write(folder.path().join("V2__two.sql"), harmless).unwrap();
    assert_eq!(Migrations::from_folder(folder.path()).unwrap().len(), 2);
}
