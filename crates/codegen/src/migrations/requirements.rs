//! `-- barqnet: requires barqnet 104`: the migration of another source that must be there.

use barqnet_db_sql::MigrationFile;

use super::File;
use crate::{
    bases::Base,
    diagnostic::{Diagnostic, Diagnostics},
    did_you_mean::did_you_mean,
};

/// Refuses what no base has, as the runner would refuse the chain.
pub(super) fn check(own: &[File], of_bases: &[File], bases: &[Base], found: &mut Diagnostics) {
    for file in own {
        for required in MigrationFile::new(&file.sql).requirements() {
            let (source, version) = (required.source, required.version);
            let at = file.sql.find(&format!("requires {source}")).unwrap_or(0);
            let fail = |message: String| Diagnostic::error("requires", &file.path, message).at(&file.sql, at);
            let Some(base) = bases.iter().find(|base| base.settings.source == source) else {
                let names = bases.iter().map(|base| base.settings.source.as_str());
                let help = match did_you_mean(source, names.clone()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!(
                        "the sources are: {}; a base is named in on_top_of",
                        names.collect::<Vec<_>>().join(", ")
                    ),
                };
                found.push(fail(format!("no project below this one has the source `{source}`")).help(help));
                continue;
            };
            let is_of_base = |file: &&File| file.base.as_deref() == Some(base.name.as_str());
            let mut files = of_bases.iter().filter(is_of_base);
            let newest = files.clone().next_back().map_or(0, |file| file.name.version);
            let has = |file: &File| {
                file.name.version == version || MigrationFile::new(&file.sql).replaces().contains(&version)
            };
            if !files.any(has) {
                found.push(
                    fail(format!("{} has no V{version}: the newest is V{newest}", base.name))
                        .help(format!("use a newer release: cargo update -p {}", base.name)),
                );
            }
        }
    }
}
