//! Parameters in quotes: `'%:word%'` is a text with a colon in it, which is probably not meant.

use barqnet_db_sql::{Kind, Token};

/// The offset in a string or quoted identifier, the token `index` of a statement, of a `:word` that was probably meant as a
/// parameter. `10:30`, `host:port`, `::`, JSON's `"key":true` and the `[:alpha:]`, `(?:…)` and `+:x` of regular expressions
/// are not.
pub(super) fn parameter_in_quotes(code: &[&Token<'_>], index: usize) -> Option<(usize, String)> {
    let token = code[index];
    if !matches!(token.kind, Kind::String | Kind::DollarString | Kind::QuotedIdentifier) {
        return None;
    }
    token.text.match_indices(':').find_map(|(at, _)| {
        let (before, after) = (&token.text[..at], &token.text[at + 1..]);
        let word = &after[..after.find(|c| !is_word(c)).unwrap_or(after.len())];
        let previous = last_character(before)?;
        let json = previous == '"' && ["true", "false", "null"].contains(&word);
        let class = previous == '[' && after[word.len()..].starts_with(":]");
        // In an expression, a colon after something that is matched is matched itself.
        let matched = || before.ends_with(['+', '*', '?', ']', ')', '}']) && is_regular_expression(code, index);
        let text = is_word(previous) || previous == ':' || json || class || before.ends_with("(?") || matched();
        let is_name = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
        (is_name && !text).then(|| (at, word.to_owned()))
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The last character of the beginning of a string. In `E'…'`, the `n` of `\n` is no letter.
fn last_character(before: &str) -> Option<char> {
    let last = before.chars().next_back()?;
    let backslashes = before[..before.len() - last.len_utf8()].chars().rev().take_while(|c| *c == '\\').count();
    let is_escape = before.starts_with(['e', 'E']) && backslashes % 2 == 1 && "bfnrt".contains(last);
    Some(if is_escape { ' ' } else { last })
}

/// Whether the string `index` is a regular expression: the right side of `~` and its kin, or an argument of a function such
/// as `REGEXP_REPLACE`.
fn is_regular_expression(code: &[&Token<'_>], index: usize) -> bool {
    let before = &code[..index];
    let operand = before.iter().rev().find(|token| !token.is("*"));
    if operand.is_some_and(|token| token.is("~")) {
        return true;
    }
    let mut depth = 0_usize;
    let bracket = before.iter().rposition(|token| {
        depth += usize::from(token.is(")"));
        let is_open = token.is("(") && depth == 0;
        depth -= usize::from(token.is("(") && !is_open);
        is_open
    });
    let function = bracket.and_then(|bracket| before.get(bracket.checked_sub(1)?));
    function.and_then(|function| function.identifier()).is_some_and(|name| name.starts_with("regexp_"))
}

#[cfg(test)]
mod tests {
    use barqnet_db_sql::tokens;

    use super::*;

    /// The `:word` of the first string that has one, and its offset in the statement.
    fn found(sql: &str) -> Option<(usize, String)> {
        let all = tokens(sql);
        let code: Vec<_> = all.iter().collect();
        (0..code.len()).find_map(|index| {
            let (at, word) = parameter_in_quotes(&code, index)?;
            Some((code[index].offset + at, word))
        })
    }

    #[test]
    fn a_word_after_a_colon_in_quotes_is_a_parameter_that_was_meant() {
        for sql in [
            "'%:word%'",
            "':word'",
            "'a :word'",
            "E'\\n :word'",
            "E'\\n:word'",
            "E'a\\\\\\t:word'",
            "$$ :word $$",
            "\":word\"",
            "'{\"a\": :word}'",
            "'a' \n 'b :word'",
            "a ~ '^:word'",
            "a ~ '(:word)'",
            "a LIKE '[a]:word'",
            "CONCAT('a+:word')",
        ] {
            assert_eq!(found(sql), Some((sql.find(":word").expect(sql), "word".to_owned())), "{sql}");
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
            "E'a\\\\n:word'",
            "a ~ '^[[:alpha:]]+:x'",
            "a !~* '^[a-z]*:(b|c)?:x$'",
            "REGEXP_REPLACE(LOWER(a), '(b):c', '')",
        ] {
            assert_eq!(found(sql), None, "{sql}");
        }
    }
}
