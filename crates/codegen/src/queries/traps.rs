//! What PostgreSQL accepts although it is probably not meant, as far as the tokens show it.

use barqnet_db_sql::{Kind, Token};

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
pub(super) fn is_operand(token: &Token<'_>) -> bool {
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
        let begins_an_arm = previous.is_none() || follows(&["("]) || follows_set_operation(&code[..index]);
        if token.is("(") {
            open.push(is_outermost);
            is_outermost &= begins_an_arm;
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
        } else if token.is("TABLE") && (begins_an_arm || follows(&[")"])) {
            found.push(*token);
        }
    }
    found
}

/// The words NATURAL of joins: these compare all columns of one name, also those that a later migration adds.
pub(super) fn natural_joins<'t>(code: &[&'t Token<'t>]) -> Vec<&'t Token<'t>> {
    let joins = ["JOIN", "INNER", "LEFT", "RIGHT", "FULL"];
    let is_natural = |two: &&[&'t Token<'t>]| two[0].is("NATURAL") && joins.iter().any(|word| two[1].is(word));
    code.windows(2).filter(is_natural).map(|two| two[0]).collect()
}

/// How many bytes of a name PostgreSQL keeps.
pub(crate) const LONGEST_NAME: usize = 63;

/// The names of which PostgreSQL cuts off the end, without an error.
pub(super) fn long_names<'t>(code: &[&'t Token<'t>]) -> Vec<&'t Token<'t>> {
    let is_long = |token: &&&Token<'_>| token.identifier().is_some_and(|name| name.len() > LONGEST_NAME);
    code.iter().filter(is_long).copied().collect()
}

/// Whether the tokens end with UNION, EXCEPT or INTERSECT, after which ALL or DISTINCT may stand. The ALL of `= ALL (…)` is
/// another one.
fn follows_set_operation(before: &[&Token<'_>]) -> bool {
    let is_any = |token: &Token<'_>, words: &[&str]| words.iter().any(|word| token.is(word));
    let before = match before {
        [rest @ .., last] if is_any(last, &["ALL", "DISTINCT"]) => rest,
        _ => before,
    };
    before.last().is_some_and(|last| is_any(last, &["UNION", "EXCEPT", "INTERSECT"]))
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
            ("SELECT a FROM t UNION DISTINCT (SELECT * FROM t)", 39),
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
            "SELECT a FROM t WHERE a = ALL (SELECT * FROM u)",
            "SELECT a FROM t WHERE (a, b) <> ALL (TABLE u)",
            "TRUNCATE TABLE t",
            "REINDEX TABLE t",
        ] {
            assert_eq!(found(sql), [] as [usize; 0], "{sql}");
        }
    }
}
