//! The directives in the lines of a migration: `-- barqnet: …`.

use super::{DIRECTIVE_PREFIX, Requirement};

/// An instruction in a line of a migration.
pub(super) enum Directive<'t> {
    NoTransaction,
    MinVersion(i32),
    Check(&'t str),
    Requires(Requirement<'t>),
    Replaces(Vec<i32>),
    Accepts { rule: &'t str, reason: &'t str },
    Unknown,
}

/// The directive in a line, if it looks like one.
pub(super) fn directive(line: &str) -> Option<Directive<'_>> {
    let words = line.trim().strip_prefix("--")?.trim_start().strip_prefix(DIRECTIVE_PREFIX)?;
    // In a place or with a space that the runner does not expect, it has no effect.
    let in_place = line.starts_with("-- ") && line[3..].starts_with(DIRECTIVE_PREFIX) && words.starts_with(' ');
    if let Some(accepted) = words.strip_prefix(" accepts ") {
        return Some(accepts(accepted).unwrap_or(Directive::Unknown));
    }
    if let Some(sql) = words.strip_prefix(" check ").filter(|sql| in_place && !sql.trim().is_empty()) {
        return Some(Directive::Check(sql));
    }
    if let Some(ranges) = words.strip_prefix(" replaces ").filter(|_| in_place) {
        return Some(replaces(ranges).map_or(Directive::Unknown, Directive::Replaces));
    }
    Some(match words.split_whitespace().collect::<Vec<_>>()[..] {
        ["no-transaction"] if in_place => Directive::NoTransaction,
        ["min-version" | "floor", number] if in_place => {
            version(number).map_or(Directive::Unknown, Directive::MinVersion)
        }
        ["requires", source, number] if in_place => {
            version(number).map_or(Directive::Unknown, |version| Directive::Requires(Requirement { source, version }))
        }
        _ => Directive::Unknown,
    })
}

fn version(text: &str) -> Option<i32> {
    text.trim().parse().ok().filter(|version| *version > 0)
}

/// `<first>..<last>` and single versions, separated by commas, in ascending order.
fn replaces(text: &str) -> Option<Vec<i32>> {
    let mut versions: Vec<i32> = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once("..").unwrap_or((part, part));
        versions.extend(version(first)?..=version(last)?);
    }
    (!versions.is_empty() && versions.is_sorted_by(|one, next| one < next)).then_some(versions)
}

/// `<rule>: <reason>`
fn accepts(text: &str) -> Option<Directive<'_>> {
    let (rule, reason) = text.split_once(": ")?;
    let is_rule = !rule.is_empty() && rule.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let reason = reason.trim();
    (is_rule && !reason.is_empty()).then_some(Directive::Accepts { rule, reason })
}
