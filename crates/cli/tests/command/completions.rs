//! `completions` and `man`.

use std::{ffi::OsString, fs, process::Command};

use barqnet_db::embedded;
use barqnet_db_cli::{Commands, Exit};

use crate::program::{Folder, program, run};

#[test]
fn every_shell_gets_completions_that_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&mut program(["completions", shell])).ended_with(0).stdout;
        for word in ["migrate", "rollback", "release-number", "lock-timeout"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
    run(&mut program(["completions", "tcsh"])).failed_with(2, "tcsh");
}

#[test]
fn bash_completes_a_command_from_its_beginning() {
    let script = run(&mut program(["completions", "bash"])).ended_with(0).stdout;
    let ask = "COMP_WORDS=(barqnet-db rol); COMP_CWORD=1
               $(complete -p barqnet-db | sed 's/.*-F \\([^ ]*\\) .*/\\1/') barqnet-db rol barqnet-db
               echo \"${COMPREPLY[@]}\"";
    let answer = Command::new("bash").args(["-c", &format!("{script}\n{ask}")]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.stdout), "rollback\n", "{answer:?}");
}

#[test]
fn the_man_page_lists_commands_and_exit_codes_and_a_folder_gets_one_page_each() {
    let page = run(&mut program(["man"])).ended_with(0).stdout;
    for text in [".TH barqnet-db 1", "rollback", "Exit codes:"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let folder = Folder::of("man", &[]);
    run(&mut program(["man", "--dir", folder.path()])).ended_with(0);
    let page = fs::read_to_string(format!("{}/barqnet-db-migrate.1", folder.path())).unwrap();
    assert!(page.contains("lock\\-timeout"), "{page}");
    let commands = Commands::new("myservice db", embedded::migrations());
    assert_eq!(commands.run(["db", "man", "--dir", folder.path()].map(OsString::from)), Exit::Done);
    let page = fs::read_to_string(format!("{}/myservice-db-migrate.1", folder.path())).unwrap();
    assert!(page.contains(".SH NAME"), "{page}");
}
