//! The tokens of any text are its characters without the white space, in order; statements are parts of it.
#![no_main]

use barqnet_db_sql::{Kind, Place, session_settings, statements, tokens, transaction_statements, words};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut end = 0;
    for token in tokens(text) {
        assert!(text[end..token.offset].chars().all(char::is_whitespace), "{token:?}");
        assert_eq!(&text[token.range()], token.text);
        assert!(!token.text.is_empty());
        assert!(token.kind == Kind::String || token.joined() == token.text);
        let _ = (token.identifier(), token.dollar_body(), Place::new(text, token.offset));
        end = token.end();
    }
    assert!(text[end..].chars().all(char::is_whitespace));
    let mut end = 0;
    for statement in statements(text) {
        assert!(statement.offset >= end && !statement.tokens.is_empty());
        assert_eq!(&text[statement.range()], statement.text);
        end = statement.range().end;
    }
    let _ = (words(text), transaction_statements(text), session_settings(text));
});
