//! The habits of other databases and drivers, which PostgreSQL answers with a syntax error elsewhere, or understands as
//! something else.

use barqnet_db_sql::{Kind, Token};

use super::traps::is_operand;

/// A token, and what to write instead.
pub(super) struct Habit<'t> {
    pub(super) token: &'t Token<'t>,
    pub(super) rule: &'static str,
    pub(super) message: String,
    pub(super) help: String,
}

/// What begins after an operand, so that a `?` before it is no operator.
const AFTER_OPERAND: [&str; 16] = [
    ")",
    "]",
    ",",
    "::",
    "AND",
    "OR",
    "ORDER",
    "GROUP",
    "LIMIT",
    "OFFSET",
    "RETURNING",
    "FOR",
    "THEN",
    "ELSE",
    "END",
    "UNION",
];

/// The first of each kind.
pub(super) fn habits<'t>(code: &[&'t Token<'t>]) -> Vec<Habit<'t>> {
    [placeholder, backtick, absolute_value].iter().filter_map(|find| find(code)).collect()
}

fn touches(code: &[&Token<'_>], index: usize) -> bool {
    code.get(index + 1).is_some_and(|next| next.offset == code[index].end())
}

fn previous<'t>(code: &[&'t Token<'t>], index: usize) -> Option<&'t Token<'t>> {
    Some(code[index.checked_sub(1)?])
}

/// Whether the symbol stands where an operand begins, and is no part of a longer operator.
fn begins_operand(code: &[&Token<'_>], index: usize) -> bool {
    previous(code, index).is_none_or(|before| {
        let is_operator = before.kind == Kind::Symbol && before.end() == code[index].offset;
        !is_operand(before) && (!is_operator || ["(", ",", "="].contains(&before.text))
    })
}

/// `?`, `%s`, `$name`, `{name}`.
fn placeholder<'t>(code: &[&'t Token<'t>]) -> Option<Habit<'t>> {
    let is_placeholder = |index: usize| {
        let token = code[index];
        let follows_symbol =
            previous(code, index).is_some_and(|it| it.kind == Kind::Symbol && it.end() == token.offset);
        let ends = || code.get(index + 1).is_none_or(|next| AFTER_OPERAND.iter().any(|word| next.is(word)));
        match token.text {
            "?" => begins_operand(code, index) || !follows_symbol && ends(),
            "%" => begins_operand(code, index) && touches(code, index),
            "$" => touches(code, index),
            "{" => true,
            _ => false,
        }
    };
    let is_symbol = |index: &usize| code[*index].kind == Kind::Symbol;
    let token = code[(0..code.len()).filter(is_symbol).find(|index| is_placeholder(*index))?];
    let message = "parameters have names here".to_owned();
    Some(Habit { token, rule: "placeholder", message, help: "write :name instead".to_owned() })
}

fn backtick<'t>(code: &[&'t Token<'t>]) -> Option<Habit<'t>> {
    let index = code.iter().position(|token| token.kind == Kind::Symbol && token.text == "`")?;
    let name = code.get(index + 1).map_or("name", |name| name.text);
    Some(Habit {
        token: code[index],
        rule: "other-dialect",
        message: "PostgreSQL quotes names in double quotes".to_owned(),
        help: format!("write {name}, or \"{name}\" if it needs quotes"),
    })
}

/// `@id` is a parameter elsewhere, and the absolute value here.
fn absolute_value<'t>(code: &[&'t Token<'t>]) -> Option<Habit<'t>> {
    let is_prefix = |index: &usize| {
        let name = code.get(index + 1).filter(|next| next.kind == Kind::Word && next.identifier().is_some());
        code[*index].kind == Kind::Symbol
            && code[*index].text == "@"
            && touches(code, *index)
            && name.is_some()
            && begins_operand(code, *index)
    };
    let index = (0..code.len()).find(is_prefix)?;
    let name = code[index + 1].text;
    Some(Habit {
        token: code[index],
        rule: "other-dialect",
        message: format!("`@{name}` is the absolute value of `{name}`, not a parameter"),
        help: format!("write :{name} for the parameter, ABS({name}) for the absolute value"),
    })
}

#[cfg(test)]
mod tests {
    use barqnet_db_sql::tokens;

    use super::*;

    fn found(sql: &str) -> Vec<(usize, &'static str)> {
        let all = tokens(sql);
        habits(&all.iter().collect::<Vec<_>>()).iter().map(|it| (it.token.offset, it.rule)).collect()
    }

    #[test]
    fn habits_of_other_databases_are_found_at_their_token() {
        for (sql, rule) in [
            ("SELECT a FROM t WHERE b = ^?", "placeholder"),
            ("SELECT a FROM t WHERE b=^? AND c = 1", "placeholder"),
            ("SELECT a FROM t WHERE b LIKE ^? ORDER BY a", "placeholder"),
            ("SELECT a FROM t WHERE b IN (^?, ?)", "placeholder"),
            ("SELECT a FROM t LIMIT ^?", "placeholder"),
            ("SELECT a FROM t WHERE b = ^%s", "placeholder"),
            ("SELECT a FROM t WHERE b = ^%(name)s", "placeholder"),
            ("SELECT a FROM t WHERE b = ^$name", "placeholder"),
            ("SELECT a FROM t WHERE b = ^{name}", "placeholder"),
            ("SELECT ^`a` FROM t", "other-dialect"),
            ("SELECT a FROM t WHERE a = ^@id", "other-dialect"),
        ] {
            let plain = sql.replacen('^', "", 1);
            assert_eq!(found(&plain), [(sql.find('^').expect(sql), rule)], "{sql}");
        }
    }

    #[test]
    fn operators_of_postgresql_are_left_alone() {
        for sql in [
            "SELECT a FROM t WHERE data ? :key AND data ?| :keys AND data ?& ARRAY['a']",
            "SELECT a FROM t WHERE data @? '$.a' AND data @> :b AND b <@ data AND c @@ d",
            "SELECT a % 3, a %b FROM t WHERE data ? 'a'",
            "SELECT @ -5, -@ a, @ a FROM t",
            "SELECT f(a => :a, b := 1) FROM t WHERE a >= 1 AND b <= 2 AND c != 3",
            "SELECT a FROM t WHERE a == :a AND b === c",
            "SELECT '?', '%s', \"`\", $$ ? $$ FROM t",
            "SELECT data ? key FROM t",
        ] {
            assert_eq!(found(sql), [], "{sql}");
        }
    }
}
