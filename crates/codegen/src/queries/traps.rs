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

/// Words that an operand may follow: after them a colon begins a parameter.
const OPERATORS: [&str; 14] =
    ["AND", "OR", "NOT", "CASE", "WHEN", "THEN", "ELSE", "IN", "IS", "LIKE", "ILIKE", "BETWEEN", "SELECT", "ALL"];

/// The tokens `:name` that may be the end of a slice or a parameter: `tags[:n]`, `tags[1:n]`. `ARRAY[:n]`, `[(:n)]`,
/// `[ : n]`, `[1 : :n]` and `[:low : 5]` are clear.
pub(super) fn ambiguous_slices<'t>(code: &[&'t Token<'t>]) -> Vec<&'t Token<'t>> {
    // The open brackets, each with whether it is a subscript's.
    let mut open: Vec<(bool, &str)> = Vec::new();
    let mut found = Vec::new();
    for (index, token) in code.iter().enumerate() {
        let previous = index.checked_sub(1).map(|before| code[before]);
        let after_operand = previous.is_some_and(is_operand);
        match (token.kind, token.text) {
            (Kind::Symbol, "[") => {
                open.push((after_operand && !previous.is_some_and(|previous| previous.is("ARRAY")), "]"));
            }
            (Kind::Symbol, "(") => open.push((false, ")")),
            (Kind::Symbol, close @ (")" | "]")) => {
                open.pop_if(|(_, expected)| *expected == close);
            }
            (Kind::Parameter, _) if open.last().is_some_and(|(is_subscript, _)| *is_subscript) => {
                let after_bracket = previous.is_some_and(|previous| previous.is("["));
                if after_operand || (after_bracket && !colon_follows(&code[index + 1..])) {
                    found.push(*token);
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a colon stands before the end of the subscript, also one that looks like a parameter's.
fn colon_follows(code: &[&Token<'_>]) -> bool {
    let mut depth = 0_usize;
    for (index, token) in code.iter().enumerate() {
        match token.text {
            _ if token.kind == Kind::Parameter && depth == 0 => {
                let previous = index.checked_sub(1).map(|before| code[before]);
                if previous.is_none_or(is_operand) {
                    return true;
                }
            }
            _ if token.kind != Kind::Symbol => {}
            "(" | "[" => depth += 1,
            "]" if depth == 0 => return false,
            ")" | "]" => depth = depth.saturating_sub(1),
            ":" if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

/// Whether the token can be the end of an operand.
fn is_operand(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Symbol => [")", "]"].contains(&token.text),
        Kind::Word => !OPERATORS.iter().any(|word| token.is(word)),
        _ => true,
    }
}

/// The `*`, or the word TABLE, by which the statement returns every column. In a subquery each is harmless: its columns are
/// read by their names.
pub(super) fn every_column<'t>(code: &[&'t Token<'t>]) -> Vec<&'t Token<'t>> {
    // For each open bracket, whether what is around it is a part of the outermost query.
    let mut open: Vec<bool> = Vec::new();
    let mut found = Vec::new();
    let mut is_outermost = true;
    for (index, token) in code.iter().enumerate() {
        let previous = index.checked_sub(1).map(|before| code[before]);
        let follows = |words: &[&str]| previous.is_some_and(|previous| words.iter().any(|word| previous.is(word)));
        let begins_a_query = previous.is_none() || follows(&["(", "UNION", "EXCEPT", "INTERSECT", "ALL", ")"]);
        if token.is("(") {
            open.push(is_outermost);
            is_outermost &= previous.is_none() || follows(&["(", "UNION", "EXCEPT", "INTERSECT", "ALL"]);
        } else if token.is(")") {
            is_outermost = open.pop().unwrap_or(is_outermost);
        } else if !is_outermost {
            // Another's columns.
        } else if token.is("*") {
            let next = code.get(index + 1);
            if follows(&["."]) && next.is_some_and(|next| next.is("::"))
                || is_unnested_into_a_table(&code[..index], &code[index..])
            {
                continue;
            }
            let ends_a_column = next.is_none_or(|next| [",", ")", "FROM"].iter().any(|word| next.is(word)));
            let words = ["SELECT", "RETURNING", "DISTINCT", "ALL", ",", "."];
            if follows(&words) || ends_a_column {
                found.push(*token);
            }
        } else if token.is("TABLE") && begins_a_query {
            found.push(*token);
        }
    }
    found
}

/// Whether a `*` between these tokens is that of `INSERT … SELECT * FROM UNNEST(…)`: it has as many columns as there are arrays, and
/// none is returned.
fn is_unnested_into_a_table(before: &[&Token<'_>], from_star: &[&Token<'_>]) -> bool {
    before.last().is_some_and(|token| token.is("SELECT"))
        && before.iter().any(|token| token.is("INSERT"))
        && !before.iter().any(|token| token.is("RETURNING"))
        && matches!(from_star, [_, from, function, ..] if from.is("FROM") && function.is("UNNEST"))
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
    fn a_name_after_a_colon_in_a_subscript_is_ambiguous() {
        let ambiguous = |sql: &str| {
            let all = tokens(sql);
            ambiguous_slices(&all.iter().collect::<Vec<_>>())
                .iter()
                .map(|token| token.text.to_owned())
                .collect::<Vec<_>>()
        };
        for sql in [
            "tags[:n]",
            "tags[1:n]",
            "tags[1 :n]",
            "(tags)[:n]",
            "tags[a + 1:n]",
            "tags[f(a):n]",
            "a[1][:n]",
            "\"t\"[ 2:n]",
            "tags[:low:n]",
            "ARRAY[a[:n]]",
        ] {
            assert_eq!(ambiguous(sql), [":n"], "{sql}");
        }
        for sql in [
            "tags[1:2]",
            "tags[1 : n]",
            "tags[ : n]",
            "tags[1 : :n]",
            "tags[: :n]",
            "tags[(:n)]",
            "tags[:low : :high]",
            "tags[:low : 5]",
            "ARRAY[:n]",
            "ARRAY[[:n, :m], [:a, :b]]",
            "a = :n",
            "f(a, :n)",
            "tags[f(:n)]",
            "tags[n + :n]",
            "a[CASE WHEN b THEN:n END]",
            "a::int[] = :n",
            "tags[1:]",
        ] {
            assert_eq!(ambiguous(sql), [] as [&str; 0], "{sql}");
        }
    }

    #[test]
    fn every_column_is_found_where_the_query_returns_it() {
        let found = |sql: &str| {
            let all = tokens(sql);
            every_column(&all.iter().collect::<Vec<_>>()).iter().map(|token| token.offset).collect::<Vec<_>>()
        };
        for (sql, offset) in [
            ("SELECT * FROM t", 7),
            ("SELECT a, t.* FROM t", 12),
            ("UPDATE t SET a = 1 RETURNING *", 29),
            ("SELECT DISTINCT ON (a) * FROM t", 23),
            ("(SELECT * FROM t)", 8),
            ("SELECT a FROM t UNION ALL (SELECT * FROM t)", 34),
            ("TABLE t", 0),
            ("SELECT a FROM t UNION TABLE t", 22),
            ("WITH a AS (SELECT 1) TABLE a", 21),
        ] {
            assert_eq!(found(sql), [offset], "{sql}");
        }
        for sql in [
            "SELECT COUNT(*), 2 * 3 FROM t",
            "SELECT a FROM t WHERE EXISTS (SELECT * FROM u)",
            "WITH u AS (SELECT * FROM t) SELECT a FROM u",
            "SELECT TO_JSONB(t.*) AS a FROM t",
            "SELECT t.*::TEXT AS a FROM t",
            "INSERT INTO t (a, b) SELECT * FROM UNNEST(:a::INT[], :b::INT[])",
            "SELECT (a) * (b) AS c FROM t",
            "SELECT COUNT(*) FILTER (WHERE a) FROM (TABLE t) u",
            "TRUNCATE TABLE t",
            "REINDEX TABLE t",
        ] {
            assert_eq!(found(sql), [] as [usize; 0], "{sql}");
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
