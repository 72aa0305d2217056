//! What PostgreSQL accepts although it is probably not meant, as far as the tokens show it.

use barqnet_db_sql::{Kind, Token};

/// The offset in a string or quoted identifier of a `:word` that was probably meant as a parameter. `10:30`, `host:port`,
/// `::`, JSON's `"key":true` and the `[:alpha:]` and `(?:…)` of regular expressions are not.
pub(super) fn parameter_in_quotes(token: &Token<'_>) -> Option<(usize, String)> {
    let quotes = matches!(token.kind, Kind::String | Kind::DollarString | Kind::QuotedIdentifier);
    token.text.match_indices(':').filter(|_| quotes).find_map(|(at, _)| {
        let (before, after) = (&token.text[..at], &token.text[at + 1..]);
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let word = &after[..after.find(|c| !is_word(c)).unwrap_or(after.len())];
        let previous = before.chars().next_back()?;
        let json = previous == '"' && ["true", "false", "null"].contains(&word);
        let expression = (previous == '[' && after[word.len()..].starts_with(":]")) || before.ends_with("(?");
        let parameter = word.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && !(is_word(previous) || previous == ':' || json || expression);
        parameter.then(|| (at, word.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use barqnet_db_sql::tokens;

    use super::*;

    #[test]
    fn a_word_after_a_colon_in_quotes_is_a_parameter_that_was_meant() {
        for sql in [
            "'%:word%'",
            "':word'",
            "'a :word'",
            "E'\\n :word'",
            "$$ :word $$",
            "\":word\"",
            "'{\"a\": :word}'",
            "'a' \n 'b :word'",
        ] {
            let all = tokens(sql);
            let (at, word) = all.iter().find_map(parameter_in_quotes).unwrap_or_else(|| panic!("{sql}"));
            assert_eq!((&all.last().expect(sql).text[at..=at], word.as_str()), (":", "word"), "{sql}");
        }
    }

    #[test]
    fn other_colons_in_quotes_are_text() {
        for sql in [
            "'10:30'",
            "'host:port'",
            "'a::text'",
            "':: x'",
            "'a: b'",
            "'{\"a\":true,\"b\":null}'",
            "'[[:alpha:]]+'",
            "'(?:a|b)'",
            "'HH24:MI:SS'",
            "'http://x'",
            "'a:'",
            "':'",
            "'::word'",
            "':1'",
            ":word",
        ] {
            assert!(tokens(sql).iter().all(|token| parameter_in_quotes(token).is_none()), "{sql}");
        }
    }
}
