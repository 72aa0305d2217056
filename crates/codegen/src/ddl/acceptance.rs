//! `-- barqnet: accepts <rule>: <reason>`: the findings that a migration accepts.

use barqnet_db_sql::{Acceptance, MigrationFile, statements};

use super::finding::Weighed;
use crate::{
    diagnostic::Diagnostic,
    migrations::{File, NOT_REPEATABLE},
};

/// The findings that are not accepted, and the acceptances without a finding. `base` is the offset of the migration's body.
pub(super) fn apply(file: &File, found: &[Weighed], base: usize) -> Vec<Diagnostic> {
    let migration = MigrationFile::new(&file.sql);
    let statements = statements(migration.body());
    let acceptances: Vec<_> = migration.acceptances().into_iter().filter(|it| it.rule != NOT_REPEATABLE).collect();
    let accepts = |acceptance: &Acceptance<'_>, found: &Weighed| {
        let holds = || {
            let statement = statements.iter().find(|statement| statement.range().contains(&found.finding.offset));
            let comment = statement.and_then(|statement| statement.comment);
            comment.is_some_and(|comment| {
                let begin = migration.offset_of(comment);
                (begin..begin + comment.len()).contains(&acceptance.offset)
            })
        };
        acceptance.rule == found.finding.rule && (acceptance.is_in_head || holds())
    };
    let needless = acceptances.iter().filter(|acceptance| !found.iter().any(|found| accepts(acceptance, found)));
    let needless = needless.map(|acceptance| {
        let message = format!("nothing here is a finding of the rule {}", acceptance.rule);
        Diagnostic::warning("needless-acceptance", &file.path, message)
            .at(&file.sql, acceptance.offset)
            .help("delete the line, or put it directly above the statement")
    });
    let open = found.iter().filter(|found| !acceptances.iter().any(|acceptance| accepts(acceptance, found)));
    open.map(|found| found.diagnostic(file, base)).chain(needless).collect()
}
