//! The same tokens in a form that cornucopia can't misread. It takes every `\` for an escape, joins and trims lines, and
//! sees a dollar quote in every identifier with a dollar sign.

use std::borrow::Cow;

use barqnet_db_sql::{Kind, Token};

/// The token, in another form if cornucopia would misread it.
pub(super) fn plain<'s>(token: &Token<'s>) -> Cow<'s, str> {
    match token.kind {
        Kind::String => plain_string(token.joined()),
        Kind::DollarString => {
            let (body, _) = token.dollar_body().unwrap_or_default();
            Cow::Owned(format!("E'{}'", escaped(&body.replace('\'', "''"), false)))
        }
        Kind::QuotedIdentifier if token.text.starts_with('"') && token.text.contains(['\\', '\n', '\r']) => {
            let text = token.text.replace('\\', "\\\\").replace('\n', "\\000A").replace('\r', "\\000D");
            Cow::Owned(format!("U&{text}"))
        }
        Kind::Word if token.text.contains('$') => Cow::Owned(format!("\"{}\"", token.text.to_lowercase())),
        _ => Cow::Borrowed(token.text),
    }
}

fn plain_string(text: Cow<'_, str>) -> Cow<'_, str> {
    let (prefix, quoted) = text.split_at(text.find('\'').unwrap_or_default());
    let prefix = prefix.to_ascii_uppercase();
    let is_plain = match prefix.as_str() {
        "" | "N" => !quoted.contains(['\\', '\n', '\r']),
        "E" => !quoted.contains(['\n', '\r']),
        _ => true,
    };
    if is_plain || quoted.len() < 2 {
        return text;
    }
    let type_ = if prefix == "N" { "NCHAR " } else { "" };
    Cow::Owned(format!("{type_}E'{}'", escaped(&quoted[1..quoted.len() - 1], prefix == "E")))
}

/// The body of an escape string. In one that `escapes`, a backslash and what follows it stay as they are.
fn escaped(body: &str, escapes: bool) -> String {
    let mut text = String::with_capacity(body.len());
    let mut characters = body.chars();
    while let Some(c) = characters.next() {
        let (c, after_backslash) = match c {
            '\\' if escapes => (characters.next().unwrap_or('\\'), true),
            c => (c, false),
        };
        match c {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\\' => text.push_str("\\\\"),
            c if after_backslash => text.extend(['\\', c]),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use barqnet_db_sql::tokens;

    use super::*;

    #[test]
    fn what_cornucopia_would_misread_gets_another_form() {
        for (sql, form) in [
            ("'a''b'", "'a''b'"),
            ("'100\\%'", "E'100\\\\%'"),
            ("'it''s\n\\'", "E'it''s\\n\\\\'"),
            ("N'\\'", "NCHAR E'\\\\'"),
            ("E'a\\'b\nc\\\n\\\\'", "E'a\\'b\\nc\\n\\\\'"),
            ("$$it's\n\\d$$", "E'it''s\\n\\\\d'"),
            ("$x$ $$ $x$", "E' $$ '"),
            ("\"a\\\nb\"", "U&\"a\\\\\\000Ab\""),
            ("a$B$c", "\"a$b$c\""),
            ("U&'\\0061'", "U&'\\0061'"),
            ("\"a\"", "\"a\""),
        ] {
            assert_eq!(plain(&tokens(sql)[0]), form, "{sql}");
        }
    }
}
