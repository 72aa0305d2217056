//! SQL with its parts marked: keywords, strings, numbers, comments, parameters, and links to what it names.

use barqnet_db_sql::{Kind, Token, tokens};

use super::markup::{Markup, element, link, text};

/// Words that are shown as keywords. A column may have such a name; the colour is then wrong, nothing else.
const KEYWORDS: &str = " ADD AFTER ALL ALTER ALWAYS AND ANY ARRAY AS ASC ATOMIC BEFORE BEGIN BETWEEN BY CALLED CASCADE CASE \
    CAST CHECK COALESCE COLLATE CONCURRENTLY CONFLICT CONSTRAINT CREATE CROSS CURRENT_DATE CURRENT_TIMESTAMP CURSOR DECLARE \
    DEFAULT DEFERRABLE DEFERRED DELETE DESC DISTINCT DO EACH ELSE ELSIF END EXCEPT EXCEPTION EXCLUDE EXCLUDED EXECUTE EXISTS \
    EXIT EXTRACT FALSE FETCH FILTER FIRST FOLLOWING FOR FOREIGN FOUND FROM FULL FUNCTION GENERATED GET GREATEST GROUP GROUPING \
    HAVING IDENTITY IF ILIKE IMMUTABLE IN INDEX INNER INSERT INSTEAD INTERSECT INTERVAL INTO IS JOIN KEY LANGUAGE LAST LATERAL \
    LEAST LEFT LIKE LIMIT LOCKED LOOP MATCHED MATERIALIZED MERGE NEXT NO NOT NOTHING NOWAIT NULL NULLIF NULLS OF OFFSET OLD ON \
    ONLY OR ORDER OTHERS OUT OUTER OVER PARALLEL PARTITION PERFORM PLPGSQL PRECEDING PRIMARY PROCEDURE RAISE RANGE RECORD \
    RECURSIVE REFERENCES REFERENCING REFRESH REINDEX REPLACE RESTRICT RETURN RETURNING RETURNS RIGHT ROLLUP ROW ROWS SAFE \
    SECURITY SELECT SET SETOF SHARE SIMILAR SKIP SQL STABLE STRICT TABLE TABLESAMPLE THEN TO TRIGGER TRUE TRUNCATE UNBOUNDED \
    UNION UNIQUE UPDATE USING VACUUM VALUES VIEW VOLATILE WHEN WHERE WHILE WINDOW WITH WITHIN ";

/// A block of SQL. `anchor` has the place in the page of what an identifier names.
pub(super) fn sql(sql: &str, label: &str, anchor: &dyn Fn(&str) -> Option<String>) -> Markup {
    let code = element("code", &[], [inline(sql, anchor)]);
    // Long lines scroll, so the block can be reached by the keyboard.
    element("pre", &[("tabindex", "0"), ("role", "group"), ("aria-label", label)], [code])
}

/// The same without the block.
pub(super) fn inline(sql: &str, anchor: &dyn Fn(&str) -> Option<String>) -> Markup {
    let mut pieces = Vec::new();
    let mut end = 0;
    let all = tokens(sql);
    for (at, token) in all.iter().enumerate() {
        pieces.push(text(&sql[end..token.offset]));
        pieces.push(one(token, all.get(at + 1), anchor));
        end = token.end();
    }
    pieces.push(text(&sql[end..]));
    pieces.into_iter().collect()
}

fn one(token: &Token<'_>, next: Option<&Token<'_>>, anchor: &dyn Fn(&str) -> Option<String>) -> Markup {
    let marked = |class| element("span", &[("class", class)], [text(token.text)]);
    match token.kind {
        Kind::Comment => marked("c"),
        Kind::String | Kind::Unterminated => marked("s"),
        Kind::Parameter | Kind::Placeholder => marked("p"),
        Kind::DollarString => match token.dollar_body() {
            Some((body, start)) => {
                let (quote, rest) = token.text.split_at(start - token.offset);
                let quote = || element("span", &[("class", "s")], [text(quote)]);
                debug_assert!(rest.starts_with(body));
                [quote(), inline(body, anchor), quote()].into_iter().collect()
            }
            None => marked("s"),
        },
        Kind::Word if token.text.starts_with(|c: char| c.is_ascii_digit()) => marked("n"),
        Kind::Word | Kind::QuotedIdentifier => {
            let found = token.identifier().and_then(|name| anchor(&name));
            let is_call = next.is_some_and(|next| next.is("(") && next.offset == token.end());
            match found {
                _ if token.kind == Kind::Word && is_keyword(token.text) => marked("k"),
                Some(anchor) => link(&anchor, token.text),
                None if is_call => marked("f"),
                None => text(token.text),
            }
        }
        Kind::Symbol => text(token.text),
    }
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&format!(" {} ", word.to_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_the_sql_is_kept_and_escaped() {
        let sql =
            "SELECT a<b, '<i>', \"x\"\"<\", $1 -- <b>\nFROM t WHERE x = :y AND f(E'\\'') AND $$ it's <u> $$ <> ';";
        let html = inline(sql, &|_| None).into_string();
        let mut plain = String::new();
        let mut rest = html.as_str();
        while let Some(begin) = rest.find('<') {
            plain += &rest[..begin];
            rest = &rest[begin + rest[begin..].find('>').expect("the tag is closed") + 1..];
        }
        plain += rest;
        let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
        assert_eq!(plain.replace("&amp;", "&"), sql);
    }

    #[test]
    fn what_a_statement_names_is_linked_and_keywords_are_marked() {
        let anchor = |name: &str| (name == "users").then(|| "table:users".to_owned());
        assert_eq!(
            inline("select id FROM Users", &anchor).into_string(),
            "<span class=\"k\">select</span> id <span class=\"k\">FROM</span> <a href=\"#table:users\">Users</a>"
        );
    }
}
