//! What a migration asks of the runner, in lines of its head comment: `-- barqnet: no-transaction`,
//! `-- barqnet: floor 7`. The build step refuses any other, so nothing is misspelt in silence.

use refinery::Migration;

/// What a migration asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Directives {
    /// To run outside a transaction, as `CREATE INDEX CONCURRENTLY` must; the file holds one statement.
    pub(super) no_transaction: bool,
    /// That no program runs on the database any more which knows fewer than this many versions.
    pub(super) floor: Option<i32>,
}

impl Directives {
    pub(super) fn of(migration: &Migration) -> Self {
        let head = migration.sql().unwrap_or_default().lines().take_while(|line| line.starts_with("--"));
        let mut directives = Self::default();
        for directive in head.filter_map(|line| line.strip_prefix("-- barqnet: ")) {
            match directive.trim().split_once(' ') {
                None if directive.trim() == "no-transaction" => directives.no_transaction = true,
                Some(("floor", version)) => directives.floor = version.trim().parse().ok(),
                _ => {}
            }
        }
        directives
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sql: &str) -> Directives {
        Directives::of(&Migration::unapplied("V1__x", sql).unwrap())
    }

    #[test]
    fn directives_stand_in_the_head_and_nowhere_else() {
        let both = "-- Why.\n-- barqnet: no-transaction\n-- barqnet: floor 7\nSELECT 1;\n";
        assert_eq!(of(both), Directives { no_transaction: true, floor: Some(7) });
        assert_eq!(of("-- Why.\nSELECT 1;\n-- barqnet: no-transaction\n"), Directives::default());
    }
}
