//! A statement: its name, its tracing span, its prepared form.

use tracing::{Span, debug_span};

/// A statement prepared ahead of its first use.
#[derive(Clone, Debug)]
pub struct Statement(pub(super) tokio_postgres::Statement);

/// The name that the build step writes before the SQL: `/* users.by_username */ SELECT …`. Hints for `pg_hint_plan`, in
/// `/*+ … */`, must stand before it.
pub(super) fn name(sql: &'static str) -> &'static str {
    let hints = sql.strip_prefix("/*+").and_then(|rest| rest.split_once("*/")).map(|(_, rest)| rest.trim_start());
    let named = hints.unwrap_or(sql).strip_prefix("/* ").and_then(|rest| rest.split_once(" */"));
    named.map_or("unnamed", |(name, _)| name)
}

/// The span of one run. It carries the name and no parameters, which may be personal data.
pub(super) fn span(name: &'static str) -> Span {
    debug_span!("statement", "otel.name" = name, "db.system.name" = "postgresql")
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn the_name_is_read_from_the_leading_comment_after_the_hints() {
        assert_eq!(name("/* users.by_username */ SELECT 1"), "users.by_username");
        assert_eq!(name("/*+ SeqScan(users) */ /* users.by_username */ SELECT 1"), "users.by_username");
        assert_eq!(name("/*+ SeqScan(users) */ SELECT 1"), "unnamed");
        assert_eq!(name("SELECT 1 /* users.by_username */"), "unnamed");
    }
}
