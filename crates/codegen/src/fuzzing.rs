//! What the fuzz targets call: the readers, with what must hold for any text.

use barqnet_db_sql::{Kind, Token, normal_form, tokens};

use crate::{
    diagnostic::Diagnostics,
    migrations,
    queries::{self, FlatSql},
};

/// Reads the text of a query file. Every diagnostic can be shown, and each query that is read reaches the server with the
/// tokens that it has in the file.
#[doc(hidden)]
pub fn read_query_file(text: &str) {
    let mut found = Diagnostics::default();
    let module = queries::module("fuzz".to_owned(), "queries/fuzz.sql".to_owned(), normal_form(text), &mut found);
    let _ = found.to_string();
    for query in &module.queries {
        let sql = &module.text[query.sql.clone()];
        flatten(sql);
    }
    for query in module.queries.iter().chain(&module.variants) {
        let characters = query.flat.numbered.chars().count();
        for character in (0..characters).step_by(characters / 64 + 1) {
            assert!(query.flat.original_offset(character) <= module.text.len());
        }
    }
}

/// Flattens SQL: the tokens stay the same.
#[doc(hidden)]
pub fn flatten(sql: &str) {
    let all = tokens(sql);
    let code: Vec<&Token<'_>> = all.iter().filter(|token| token.kind != Kind::Comment).collect();
    // What is refused before.
    if code.iter().any(|token| matches!(token.kind, Kind::Unterminated | Kind::Placeholder)) {
        return;
    }
    let flat = FlatSql::new(&code, 0);
    let sent = tokens(&flat.numbered);
    assert_eq!(sent.len(), code.len(), "{sql:?} is sent as {:?}", flat.numbered);
    for (sent, token) in sent.iter().zip(&code) {
        if token.kind == Kind::Parameter {
            assert_eq!(sent.kind, Kind::Placeholder, "{sql:?} is sent as {:?}", flat.numbered);
        } else {
            assert_eq!(sent.text, token.joined(), "{sql:?} is sent as {:?}", flat.numbered);
        }
    }
}

/// Checks the text of a migration file. Every diagnostic can be shown.
#[doc(hidden)]
pub fn check_migration_file(text: &str) {
    let text = normal_form(text);
    for diagnostic in migrations::lint("migrations/V1__fuzz.sql", &text) {
        let _ = diagnostic.to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces that have a meaning for one of the readers, or break one.
    #[rustfmt::skip]
    const PIECES: [&str; 77] = [
        "-- ", "--! q", "--! ", "--: ", "--- d", "--# a", "--", "/*", "*/", "/*+ ", "/* rollback\n", "-- barqnet: ",
        "no-transaction", "\n", "\n\n", "\r\n", " ", "\t", ";", "'", "''", "\"", "\\", "E'", "U&'", "N'", "$$", "$x$", "$",
        "$1", ":", "::", ":=", ":a", ":b", ":größe", "(", ")", "[", "]", ",", "?", "!", "*", ".", "-", "/", "+", "=", "1", "2.5",
        "a", "b$c", "größe", "--: order a: b; c: d DESC\n", ":a? ", " WHERE a = :b?", " AND ", " OR ", " ORDER BY ", ":order", " ORDER ",
        " LIMIT :l", " BETWEEN ", " DESC, b", "SELECT", "AND", "ARRAY", "INTO", "BEGIN", "ATOMIC", "END", "CASE", "CREATE FUNCTION",
        "\u{feff}", "\0", "\u{1f600}",
    ];

    /// The same texts in every run.
    fn texts() -> impl Iterator<Item = String> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
        };
        (0..3000).map(move |_| (0..next(40)).map(|_| PIECES[next(PIECES.len())]).collect())
    }

    /// A reader that went back for each piece would take minutes.
    #[test]
    fn no_long_text_makes_a_reader_hang() {
        for piece in [
            "(",
            "[",
            "a[:b] ",
            "/* ",
            "--\n",
            "'",
            "$a$",
            "E'\\",
            "'a'\n",
            ":a ",
            "CASE ",
            "\n--! q\n--- d\nSELECT 1;",
        ] {
            let text = piece.repeat(5_000);
            read_query_file(&format!("-- x\n\n--! q\n--- d\nSELECT {text};\n"));
            read_query_file(&format!("-- x\n\n--! q {text}"));
            check_migration_file(&text);
        }
    }

    #[test]
    fn no_text_makes_a_reader_fail() {
        for text in texts() {
            read_query_file(&text);
            read_query_file(&format!("-- x\n\n--! q (a?) : R(b!)\n--- d\nSELECT {text};\n"));
            read_query_file(&format!(
                "-- x\n\n--! q page\n--: order {text}\n--- d\nSELECT a FROM b {text} ORDER BY :order LIMIT :l;\n"
            ));
            read_query_file(&format!(
                "-- x\n\n--! q page\n--- d\nSELECT a FROM b WHERE c = :d? AND {text} ORDER BY a, {text} LIMIT :l;\n"
            ));
            flatten(&text);
            check_migration_file(&text);
        }
    }
}
