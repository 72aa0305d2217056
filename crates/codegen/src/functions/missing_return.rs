//! Whether a function can end without RETURN. `plpgsql_check` says so, too, of functions that end with a loop without EXIT or
//! with a CASE without ELSE: the end of the first is never reached, and the second raises an error.

use barqnet_db_sql::{Kind, Token, tokens};

/// Whether the last statement of the body can be followed by the end.
pub(super) fn can_reach_the_end(body: &str) -> bool {
    let all = tokens(body);
    let code: Vec<&Token<'_>> = all.iter().filter(|token| token.kind != Kind::Comment).collect();
    let Some(end) = code.iter().rposition(|token| token.is("END")) else { return true };
    let Some(last) = code[..end].iter().rposition(|token| token.is("END")) else { return true };
    // `END LOOP;` or `END LOOP label;` before the END of the body.
    let ends_with = |word: &str| code[last + 1].is(word) && matches!(end - last, 3 | 4);
    if ends_with("LOOP") {
        !is_endless_loop(&code[..last])
    } else if ends_with("CASE") {
        has_else(&code[..last])
    } else {
        true
    }
}

/// Whether the loop that ends after the code has no condition and no EXIT.
fn is_endless_loop(before_end: &[&Token<'_>]) -> bool {
    let mut depth = 0_usize;
    for (index, token) in before_end.iter().enumerate().rev() {
        let previous = index.checked_sub(1).map(|before| before_end[before]);
        let follows = |words: &[&str]| previous.is_some_and(|previous| words.iter().any(|word| previous.is(word)));
        if token.is("EXIT") {
            return false;
        }
        if token.is("LOOP") && follows(&["END"]) {
            depth += 1;
        } else if token.is("LOOP") && depth > 0 {
            depth -= 1;
        } else if token.is("LOOP") {
            return follows(&[";", "BEGIN", "THEN", "ELSE", "LOOP", ">"]);
        }
    }
    false
}

/// Whether the CASE that ends after the code has an ELSE: one that no END of another statement follows.
fn has_else(before_end: &[&Token<'_>]) -> bool {
    let last = before_end.iter().rposition(|token| token.is("ELSE") || token.is("END"));
    last.is_some_and(|last| before_end[last].is("ELSE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_without_exit_and_a_case_without_else_never_reach_the_end() {
        for body in [
            "BEGIN LOOP UPDATE a SET b = 1; IF FOUND THEN RETURN 1; END IF; END LOOP; END",
            "BEGIN a := 1; <<outer>> LOOP FOR i IN 1 .. 3 LOOP RETURN 1; END LOOP; END LOOP outer; END;",
            "BEGIN CASE a WHEN 1 THEN RETURN 1; WHEN 2 THEN RETURN 2; END CASE; END",
        ] {
            assert!(!can_reach_the_end(body), "{body}");
        }
        for body in [
            "BEGIN IF a THEN RETURN 1; END IF; END",
            "BEGIN LOOP EXIT WHEN a; RETURN 1; END LOOP; END",
            "BEGIN FOR i IN 1 .. 3 LOOP RETURN i; END LOOP; END",
            "BEGIN WHILE a LOOP RETURN 1; END LOOP; END",
            "BEGIN LOOP RETURN 1; END LOOP; a := 1; END",
            "BEGIN CASE a WHEN 1 THEN RETURN 1; ELSE b := 2; END CASE; END",
            "BEGIN PERFORM 1; END",
            "",
        ] {
            assert!(can_reach_the_end(body), "{body}");
        }
    }
}
