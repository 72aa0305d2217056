//! What nothing uses: queries that no code calls, columns that no query reads or writes, indexes that no plan uses.
//!
//! This is a report: nothing here stops a build.

mod calls;
mod rust_file;

use std::{collections::BTreeSet, fmt, path::Path};

use barqnet_db_sql::words;
use serde::Serialize;

use self::{calls::calls, rust_file::Call};
use crate::{
    diagnostic::Diagnostics,
    schema::{Index, Table},
    settings::Settings,
    usage::{Gathered, Uses, gather},
};

/// Something that is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// `users.create` is a query, `users.note` a column, `idx_users_note` an index.
    pub(crate) name: String,
    /// Where a query is, as `queries/users.sql:12`; the table of a column or index.
    pub(crate) place: String,
    /// What is known beyond that.
    pub(crate) note: Option<String>,
}

/// What was found, each list in the order of the files or names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct UnusedReport {
    /// The folders whose Rust was searched for calls.
    pub(crate) folders: Vec<String>,
    /// Queries that no code calls, or tests only, and that no other package can call.
    pub(crate) queries: Vec<Finding>,
    /// Queries that no code calls, or tests only, but that are public.
    pub(crate) public_queries: Vec<Finding>,
    /// Columns that nothing reads or writes.
    pub(crate) columns: Vec<Finding>,
    /// Columns that no query names, but something else does.
    pub(crate) indirect_columns: Vec<Finding>,
    /// Indexes that no plan uses.
    pub(crate) indexes: Vec<Finding>,
    /// Indexes that no plan uses, but that have another purpose.
    pub(crate) excused_indexes: Vec<Finding>,
}

impl UnusedReport {
    /// Whether nothing was found.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        [
            &self.queries,
            &self.public_queries,
            &self.columns,
            &self.indirect_columns,
            &self.indexes,
            &self.excused_indexes,
        ]
        .iter()
        .all(|findings| findings.is_empty())
    }

    /// The report as JSON.
    #[must_use]
    pub(crate) fn to_json(&self) -> String {
        // Strings and lists always become JSON.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl fmt::Display for UnusedReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut part = |title: &str, findings: &[Finding]| -> fmt::Result {
            writeln!(f, "{title}: {}", findings.len())?;
            for Finding { name, place, note } in findings {
                let note = note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
                writeln!(f, "  {name} ({place}){note}")?;
            }
            Ok(())
        };
        part("queries that no code calls", &self.queries)?;
        part("queries that only other packages can call, because they are public", &self.public_queries)?;
        part("columns that nothing reads or writes", &self.columns)?;
        part("columns that no query names", &self.indirect_columns)?;
        part("indexes that no plan uses", &self.indexes)?;
        part("indexes that no plan uses, but that have another purpose", &self.excused_indexes)?;
        write!(f, "searched for calls: {}", self.folders.join(", "))
    }
}

/// What nothing uses in the project at `root`.
pub(crate) fn unused(root: &Path) -> Result<UnusedReport, Diagnostics> {
    let settings = Settings::read(root)?;
    let gathered = gather(root, &settings)?;
    let uses = Uses::new(&gathered);
    find(root, &settings, &gathered, &uses)
}

/// [`unused`] of what is gathered already.
pub(crate) fn find(
    root: &Path,
    settings: &Settings,
    gathered: &Gathered,
    uses: &Uses<'_>,
) -> Result<UnusedReport, Diagnostics> {
    let mut found = UnusedReport::default();
    queries(root, settings, gathered, &mut found)?;
    for table in gathered.schema.tables.iter().filter(|table| table.partition_of.is_none()) {
        columns(table, uses, &mut found);
        indexes(&table.name, Some(table), &table.indexes, (gathered, uses), &mut found);
    }
    for view in &gathered.schema.views {
        indexes(&view.name, None, &view.indexes, (gathered, uses), &mut found);
    }
    Ok(found)
}

fn queries(root: &Path, settings: &Settings, gathered: &Gathered, found: &mut UnusedReport) -> Result<(), Diagnostics> {
    let names: BTreeSet<(String, String)> =
        gathered.statements.iter().map(|it| (it.module.clone(), it.name.clone())).collect();
    let calls = calls(root, settings, &names)?;
    found.folders = calls.folders;
    for statement in &gathered.statements {
        let call = calls.found.get(&(statement.module.clone(), statement.name.clone()));
        let finding = Finding {
            name: statement.path(),
            place: format!("{}:{}", statement.file, statement.line),
            note: match call {
                Some(Call::Program) => continue,
                Some(Call::Test) => Some("only tests and examples call it".to_owned()),
                None => None,
            },
        };
        let is_public = calls.public.contains(&(statement.module.clone(), statement.name.clone()));
        if is_public { found.public_queries.push(finding) } else { found.queries.push(finding) }
    }
    Ok(())
}

fn columns(table: &Table, uses: &Uses<'_>, found: &mut UnusedReport) {
    for column in &table.columns {
        let statements = uses.column(table.oid, column.number);
        if !statements.reading.is_empty() || !statements.writing.is_empty() {
            continue;
        }
        let mut others: Vec<String> = uses
            .column_users(table.oid, column.number)
            .iter()
            .map(|user| format!("{} {}", user.kind, user.name))
            .chain(
                uses.functions_naming(&[&table.name, &column.name])
                    .into_iter()
                    .map(|it| format!("function {}", it.name)),
            )
            .collect();
        others.sort_unstable();
        others.dedup();
        // A key or an index alone is no use: it goes with its column.
        let (keys, others): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|it| it.starts_with("index ") || it.starts_with("constraint "));
        let is_indirect = !others.is_empty();
        let names: Vec<String> = others.into_iter().chain(keys).collect();
        let finding = Finding {
            name: format!("{}.{}", table.name, column.name),
            place: table.name.clone(),
            note: (!names.is_empty()).then(|| format!("named by {}", names.join(", "))),
        };
        if is_indirect { found.indirect_columns.push(finding) } else { found.columns.push(finding) }
    }
}

fn indexes(
    relation: &str,
    table: Option<&Table>,
    indexes: &[Index],
    (gathered, uses): (&Gathered, &Uses<'_>),
    found: &mut UnusedReport,
) {
    for index in indexes.iter().filter(|index| uses.index(&index.name).is_empty()) {
        let finding = |note: Option<String>| Finding { name: index.name.clone(), place: relation.to_owned(), note };
        if let Some(note) = excuse(relation, table, index, uses) {
            found.excused_indexes.push(finding(Some(note)));
            continue;
        }
        let equal = indexes.iter().find(|other| other.name != index.name && serves_the_same(other, index));
        if let Some(equal) = equal {
            found.indexes.push(finding(Some(format!("{} begins with the same columns", equal.name))));
        } else if let Some(statements) = gathered.alternatives.get(&index.name) {
            let paths: Vec<String> = statements.iter().map(|at| gathered.statements[*at].path()).collect();
            let paths = paths.join(", ");
            let note = format!("could serve {paths}, for which PostgreSQL prefers another index of an empty table");
            found.excused_indexes.push(finding(Some(note)));
        } else {
            found.indexes.push(finding(None));
        }
    }
}

/// Why an index that no plan uses must stay.
fn excuse(relation: &str, table: Option<&Table>, index: &Index, uses: &Uses<'_>) -> Option<String> {
    if let Some(constraint) = &index.constraint {
        return Some(format!("enforces the constraint {constraint}"));
    }
    if index.is_unique {
        return Some("keeps values unique".to_owned());
    }
    let table = table?;
    let serves = |columns: &[i16]| {
        index.columns.iter().take(columns.len()).all(|number| columns.contains(number))
            && index.columns.len() >= columns.len()
    };
    if let Some(key) = table.constraints.iter().find(|it| it.kind == 'f' && serves(&it.columns)) {
        return Some(format!(
            "serves the foreign key {}: without it, a DELETE in the other table reads this one",
            key.name
        ));
    }
    let naming: Vec<&str> = uses.functions_naming(&[&index.name]).iter().map(|it| it.name.as_str()).collect();
    if !naming.is_empty() {
        return Some(format!("is named by the function {}", naming.join(", ")));
    }
    // Plans of statements inside functions are not known.
    let name_of =
        |number: &i16| table.columns.iter().find(|column| column.number == *number).map(|it| it.name.as_str());
    let mut names: Vec<&str> = match index.columns.first() {
        // All that an expression names: functions, columns and operators' words.
        Some(0) => words(index.definition.split_once(" USING ")?.1).into_iter().collect(),
        first => first.into_iter().filter_map(name_of).collect(),
    };
    names.retain(|name| !["btree", "gist", "gin", "brin", "hash", "spgist"].contains(name));
    names.push(relation);
    let functions: Vec<&str> = uses.functions_naming(&names).iter().map(|it| it.name.as_str()).collect();
    (!functions.is_empty()).then(|| format!("may serve statements of the function {}", functions.join(", ")))
}

/// Whether every search that the second index serves is served by the first, too.
fn serves_the_same(first: &Index, second: &Index) -> bool {
    !second.columns.contains(&0) && first.columns.starts_with(&second.columns) && !first.definition.contains(" WHERE ")
}
