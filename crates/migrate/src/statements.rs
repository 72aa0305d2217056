//! Where the statements of a migration begin: PostgreSQL names a place for what it can't parse or find, and none for a
//! row that breaks a rule or a table that exists. That one of them failed is known from how many were done before it.

use std::iter;

/// The beginning of each statement, as far as PostgreSQL cuts as this does.
pub(super) fn starts(sql: &str) -> impl Iterator<Item = usize> {
    let (mut at, mut depth, mut in_statement) = (0, 0_usize, false);
    iter::from_fn(move || {
        while let Some(first) = sql[at..].chars().next() {
            let here = at;
            let length = length(&sql[..here], &sql[here..], first);
            at += length;
            let is_blank = first.is_whitespace() || (length > 1 && matches!(first, '-' | '/'));
            match first {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                // The body of such a function has statements of its own.
                'A' | 'a' if sql[here..at].eq_ignore_ascii_case("ATOMIC") => return None,
                _ => {}
            }
            if first == ';' && depth == 0 {
                in_statement = false;
            } else if !is_blank && !in_statement {
                in_statement = true;
                return Some(here);
            }
        }
        None
    })
}

/// The word that SQL begins with.
pub(super) fn first_word(sql: &str) -> &str {
    &sql[..word(sql)]
}

/// How long the word, string, comment or other character is that `rest` begins with.
fn length(before: &str, rest: &str, first: char) -> usize {
    let up_to = |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    match first {
        '-' if rest.starts_with("--") => up_to("\n", 2),
        '/' if rest.starts_with("/*") => comment(rest),
        // A doubled quote ends one string and begins the next.
        '"' => up_to("\"", 1),
        '\'' if before.ends_with(['E', 'e']) => escaped(rest),
        '\'' => up_to("'", 1),
        '$' => {
            let tag = 1 + word(&rest[1..]);
            // `$1` is a parameter.
            let is_tag = rest[tag..].starts_with('$') && !rest[1..].starts_with(|c: char| c.is_ascii_digit());
            if is_tag { up_to(&rest[..=tag], tag + 1) } else { 1 }
        }
        // The letter of E'…' stands alone.
        c if is_word(c) => word(rest),
        c => c.len_utf8(),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word(rest: &str) -> usize {
    rest.find(|c| !is_word(c)).unwrap_or(rest.len())
}

fn escaped(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '\'' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Comments nest.
fn comment(rest: &str) -> usize {
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        let Some(next) = rest[at..].find(['/', '*']).map(|next| at + next) else { return rest.len() };
        let (step, change) = match rest.get(next..next + 2) {
            Some("/*") => (2, 1),
            Some("*/") => (2, -1),
            _ => (1, 0),
        };
        (at, depth) = (next + step, depth + change);
    }
    at
}

#[cfg(test)]
mod tests {
    /// What each statement begins with.
    fn starts(sql: &str) -> Vec<&str> {
        let begin = |at: usize| sql[at..].split([' ', ';', '\n']).next().unwrap_or_default();
        super::starts(sql).map(begin).collect()
    }

    #[test]
    fn statements_begin_where_postgresql_has_them_begin() {
        assert_eq!(starts("-- One; two.\nA 1;\n/* B; /* C; */ D; */\n;;\nE 2;\n  F 3"), ["A", "E", "F"]);
        for one in ["X ';' a", "X 'it''s;' a", "X E'\\';' a", "X \";\" a", "X $$;$$ a", "X $t$ $$;$$ $t$ a", "X (1; 2)"]
        {
            assert_eq!(starts(&format!("{one}; Y")), ["X", "Y"], "{one}");
        }
        assert_eq!(starts("X $1; Y"), ["X", "Y"]);
        assert_eq!(starts("X /* never closed; Y"), ["X"]);
        assert!(starts("-- Nothing.").is_empty() && starts(" ; ").is_empty());
    }

    #[test]
    fn a_body_with_statements_of_its_own_is_not_guessed_at() {
        assert_eq!(starts("CREATE FUNCTION f() RETURNS void BEGIN ATOMIC SELECT 1; END; Y"), ["CREATE"]);
    }
}
