//! Flags as Go's package `flag` reads them, so that scripts for `run_migrations` only need a new program name:
//! `-host localhost`, `-host=localhost`, `-status`. The argument after a flag is its value, even if it begins with a dash.

use std::ffi::{OsStr, OsString};

/// The Go tool's flags that take a value.
const WITH_VALUE: [&str; 7] = ["host", "port", "user", "password", "dbname", "sslmode", "migrations"];

/// The arguments with two dashes before every one-dash word, and with the value of a Go flag joined to it by `=`: a
/// password can begin with a dash, too.
pub(crate) fn translated(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments = arguments.into_iter();
    let mut result: Vec<OsString> = arguments.next().into_iter().collect();
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            result.push(argument);
            break;
        }
        let Some(flag) = flag(&argument) else {
            result.push(argument);
            continue;
        };
        let mut long = OsString::from(format!("--{flag}"));
        if WITH_VALUE.contains(&flag)
            && let Some(value) = arguments.next()
        {
            long.push("=");
            long.push(value);
        }
        result.push(long);
    }
    result.extend(arguments);
    result
}

/// The word after the dashes; negative numbers and single letters are not words, and `-vv` is a letter twice.
fn flag(argument: &OsStr) -> Option<&str> {
    let text = argument.to_str()?;
    let word = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
    let is_repeated = word.bytes().all(|letter| letter == b'v');
    let is_word = word.len() > 1 && word.starts_with(|first: char| first.is_ascii_alphabetic()) && !is_repeated;
    is_word.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translate(line: &str) -> String {
        let words = translated(line.split(' ').map(OsString::from));
        words.iter().map(|word| word.to_str().expect("the test's own text")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn one_dash_words_become_long_flags_with_their_value() {
        assert_eq!(translate("x -host localhost -port=5432 -status"), "x --host=localhost --port=5432 --status");
        assert_eq!(translate("x --user postgres migrate"), "x --user=postgres migrate");
    }

    #[test]
    fn the_argument_after_a_flag_is_its_value() {
        assert_eq!(translate("x -password -status -status=false"), "x --password=-status --status=false");
        assert_eq!(translate("x -password"), "x --password");
    }

    #[test]
    fn negative_numbers_and_single_letters_stay() {
        assert_eq!(translate("x nearest -33.8 -70.6 -host h -h"), "x nearest -33.8 -70.6 --host=h -h");
        assert_eq!(translate("x status -vv -host h"), "x status -vv --host=h");
        assert_eq!(translate("x nearest - -- -host h"), "x nearest - -- -host h");
    }

    #[test]
    fn an_unknown_word_stays_unknown_instead_of_becoming_single_letters() {
        assert_eq!(translate("x -hots localhost"), "x --hots localhost");
    }
}
