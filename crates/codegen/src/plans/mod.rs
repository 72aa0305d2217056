//! Which indexes the statements use, whether large tables are read as a whole, and whether pages come in order.
//!
//! The plans are generic ones of the migrated, empty database, with sequential scans, hash joins and merge joins as
//! expensive as possible: what PostgreSQL still reads as a whole, no index serves. Statements inside functions that are
//! not inlined, and the checks of foreign keys, are in no plan.

mod explain;
mod index_line;
mod plan;

use std::collections::BTreeSet;

use barqnet_db_sql::quote_identifier;
use tokio_postgres::{
    Client,
    error::{DbError, SqlState},
};

use self::{
    explain::{Plans, explain},
    plan::{IndexUse, Plan, Scan, ScanKind},
};
use crate::{
    access::{Access, Catalogue, Relation, compares, compares_by_equality, documentation::clause},
    analysis::Analysed,
    diagnostic::{Diagnostic, Diagnostics},
    place::{SqlText, marked, names},
    queries::{Mark, Query},
    settings::Settings,
};

/// A statement with what is known of it.
struct Statement<'s, 'p, 'm> {
    analysed: &'s Analysed<'p, 'm>,
    access: &'s Access,
    plan: Option<Plan>,
    /// The plan that avoids sorts.
    unsorted: Option<Plan>,
}

/// What is wrong with the plans, and with the `Index:` and `Locks:` of the documentation. `accesses` are
/// those of the statements, in their order.
pub(crate) async fn check(
    analysed: &[Analysed<'_, '_>],
    accesses: &[Access],
    catalogue: &Catalogue,
    settings: &Settings,
    client: &Client,
) -> Result<Diagnostics, tokio_postgres::Error> {
    let large: Vec<&str> = settings.tables.large().collect();
    let Plans { usual, unsorted, are_exact, failures } = explain(analysed, &large, client).await?;
    // The index of a partition counts as that of its table.
    let of_tables = |plan: Option<Plan>| {
        let mut plan = plan?;
        plan.rename_indexes(|name| {
            catalogue.index_named(name).map_or_else(|| name.to_owned(), |index| index.root.clone())
        });
        Some(plan)
    };
    let statements = analysed.iter().zip(accesses).zip(usual.into_iter().zip(unsorted));
    let statements: Vec<Statement<'_, '_, '_>> = statements
        .map(|((analysed, access), (plan, unsorted))| Statement {
            analysed,
            access,
            plan: of_tables(plan),
            unsorted: of_tables(unsorted),
        })
        .collect();
    let check = Check { catalogue, settings, are_exact };
    let mut found = check.large_tables();
    if !are_exact && statements.iter().any(Statement::names_indexes) {
        found.push(
            Diagnostic::warning(
                "indexes-not-checked",
                &settings.queries,
                "that statements use the indexes they name was not checked",
            )
            .note("only a superuser can make tables look filled; the role of BARQNET_CODEGEN_URL is none")
            .help("let CI, or a throwaway server, check them"),
        );
    }
    for (statement, failure) in statements.iter().zip(&failures) {
        let query = statement.query();
        found.extend_of(query, failure.as_ref().map(|failure| statement.fails(failure)));
        found.extend_of(query, check.scans(statement));
        found.extend_of(query, check.page(statement));
        if query.is_batch || !query.is_derived() {
            let of_query = |other: &&Statement<'_, '_, '_>| statement.is_of_query(other);
            found.extend(check.documentation(statement, &statements.iter().filter(of_query).collect::<Vec<_>>()));
        }
    }
    Ok(found)
}

struct Check<'c> {
    catalogue: &'c Catalogue,
    settings: &'c Settings,
    /// Which of several indexes PostgreSQL uses is known.
    are_exact: bool,
}

impl Check<'_> {
    /// Names in the settings that are no tables.
    fn large_tables(&self) -> Diagnostics {
        let mut found = Diagnostics::default();
        for table in self.settings.tables.named() {
            let relation = self.catalogue.relation_named(table);
            if relation.is_none_or(|(_, relation)| relation.view.is_some()) {
                found.push(self.settings.tables.error_at(
                    "unknown-table",
                    table,
                    format!("there is no table `{table}`"),
                ));
            }
        }
        found
    }

    /// The table that is scanned: itself, or the one whose partition this is.
    fn relation(&self, scan: &Scan) -> Option<&Relation> {
        let qualified = format!("{}.{}", scan.schema, scan.table);
        let named = |name: &str| self.catalogue.relation_named(name);
        let (_, mut relation) = named(&qualified).or_else(|| named(&scan.table))?;
        while let Some(parent) = relation.parent.and_then(|parent| self.catalogue.relation(parent)) {
            relation = parent;
        }
        Some(relation)
    }

    /// Its name, if it is a large table.
    fn large(&self, scan: &Scan) -> Option<&str> {
        let relation = self.relation(scan)?;
        self.settings.tables.large().find(|large| *large == relation.name)
    }

    /// Whether the rows of the scan are found by an index. A partial index holds the rows of its condition only.
    fn is_served(&self, scan: &Scan) -> bool {
        let is_partial =
            |index: &IndexUse| self.catalogue.index_named(&index.name).is_some_and(|index| index.condition.is_some());
        match scan.kind {
            ScanKind::Order => true,
            ScanKind::Sequential => false,
            // Without a condition on its first column, all of an index is read. Another one may have that column first.
            ScanKind::Condition => scan.indexes.is_empty() || scan.indexes.iter().any(|index| self.is_looked_up(index)),
            ScanKind::WholeIndex => scan.indexes.iter().all(is_partial),
        }
    }

    fn is_looked_up(&self, used: &IndexUse) -> bool {
        let condition = used.condition.as_deref().unwrap_or_default();
        let table = self.catalogue.index_named(&used.name).map(|index| index.table);
        let mut indexes = self.catalogue.indexes.iter().filter(|index| Some(index.table) == table);
        indexes.any(|index| (index.name == used.name || index.condition.is_none()) && index.is_looked_up(condition))
    }

    fn scans(&self, statement: &Statement<'_, '_, '_>) -> Vec<Diagnostic> {
        let Some(plan) = statement.plan.as_ref().filter(|_| !statement.is_report()) else { return Vec::new() };
        let mut found = Vec::new();
        let mut named = BTreeSet::new();
        for scan in &plan.scans {
            let Some(table) = self.large(scan).filter(|table| !self.is_served(scan) && named.insert(*table)) else {
                continue;
            };
            let mut diagnostic = statement
                .error_at_table("large-table-scan", format!("no index serves this: all of `{table}` is read"), table)
                .help(match self.new_index(scan, &[]) {
                    Some(index) => format!("compare columns that an index begins with, or create one: {index}"),
                    None => "compare a column, so that an index can find the rows, or read a page after the other: WHERE id > \
                             :after ORDER BY id LIMIT :rows"
                        .to_owned(),
                })
                .help(format!("if it is meant, and not run per request: {}", statement.marked_as_report()));
            if let Some(filter) = &scan.filter {
                diagnostic = diagnostic.note(format!("checked row by row: {filter}"));
            }
            found.push(diagnostic);
        }
        found
    }

    /// A page has its order from an index, unless it sorts on purpose.
    fn page(&self, statement: &Statement<'_, '_, '_>) -> Option<Diagnostic> {
        let plan = statement.plan.as_ref().filter(|_| !statement.is_report())?;
        let (scan, keys, problem, note) = self.page_problem(plan)?;
        let table = self.large(scan)?;
        // The plan without sorts may find the rows as well as the usual one.
        if statement.unsorted.as_ref().is_some_and(|unsorted| self.is_as_good(unsorted, plan)) {
            return None;
        }
        Some(
            statement
                .error_at_table("page-without-index-order", problem, table)
                .note(note)
                .help(format!(
                    "create an index that begins with what is compared and gives the order: {}",
                    self.new_index(scan, keys).unwrap_or_else(|| "CREATE INDEX CONCURRENTLY …".to_owned())
                ))
                .help("if few rows are found, say that sorting them is meant: ORDER BY id + 0")
                .help(format!("if it is not run per request: {}", statement.marked_as_report())),
        )
    }

    /// The scan, the keys of the order, what is wrong, and why.
    fn page_problem<'s>(&'s self, plan: &'s Plan) -> Option<(&'s Scan, &'s [String], String, String)> {
        for sort in plan.page_sorts.iter().filter(|sort| !sort.keys.iter().any(|key| is_deliberate(key))) {
            // A table that is read as a whole is a finding already.
            let scans = sort.scans.iter().map(|place| &plan.scans[*place]).filter(|scan| self.is_served(scan));
            let mut scans: Vec<(&Scan, &str)> = scans.filter_map(|scan| Some((scan, self.large(scan)?))).collect();
            scans.sort_by_key(|(scan, _)| !sort.keys.iter().any(|key| key.contains(&format!("{}.", scan.alias))));
            if let Some((scan, table)) = scans.first() {
                let problem =
                    format!("no index gives the order of the page: every row of `{table}` that is found is sorted");
                return Some((scan, &sort.keys, problem, format!("sorted by {}", sort.keys.join(", "))));
            }
        }
        plan.scans.iter().find_map(|scan| {
            let filter = scan.filter.as_ref().filter(|filter| scan.gives_order && is_selective(filter))?;
            let table = self.large(scan)?;
            let index = scan.indexes.first().and_then(|index| self.catalogue.index_named(&index.name));
            let keys = index.map_or(&[][..], |index| &index.keys);
            let problem = format!(
                "the index gives the order of the page, but not its rows: those of `{table}` are skipped one by one"
            );
            Some((scan, keys, problem, format!("checked row by row: {filter}")))
        })
    }

    /// The statement that creates an index on the columns that a scan compares with `=`, followed by those of an order.
    /// `None` if there are none.
    fn new_index(&self, scan: &Scan, order: &[String]) -> Option<String> {
        let relation = self.relation(scan);
        let table = relation.map_or(scan.table.as_str(), |relation| &relation.name);
        let conditions = scan.indexes.iter().filter_map(|index| index.condition.as_deref());
        let conditions: Vec<&str> = conditions.chain(scan.filter.as_deref()).collect();
        let columns = relation.into_iter().flat_map(|relation| &relation.columns).filter(|column| !column.is_empty());
        let compared = |column: &&String| {
            let is_equal = |condition: &&str| compares_by_equality(condition, column);
            let is_compared = |condition: &&str| compares(condition, column);
            conditions.iter().any(if order.is_empty() { &is_compared as &dyn Fn(&&str) -> bool } else { &is_equal })
        };
        let mut keys: Vec<String> = columns.filter(compared).map(|column| quote_identifier(column)).collect();
        let prefix = format!("{}.", scan.alias);
        keys.extend(
            order.iter().map(|key| key.replace(&prefix, "")).filter(|key| !keys.contains(key)).collect::<Vec<_>>(),
        );
        (!keys.is_empty()).then(|| format!("CREATE INDEX CONCURRENTLY ON {table} ({});", keys.join(", ")))
    }

    fn is_as_good(&self, unsorted: &Plan, plan: &Plan) -> bool {
        let is_filtered = |plan: &Plan, table: &str| {
            plan.scans.iter().any(|scan| self.large(scan) == Some(table) && scan.filter.is_some())
        };
        let is_good = |scan: &Scan| {
            self.large(scan)
                .is_none_or(|table| self.is_served(scan) && (scan.filter.is_none() || is_filtered(plan, table)))
        };
        unsorted.page_sorts.is_empty() && self.page_problem(unsorted).is_none() && unsorted.scans.iter().all(is_good)
    }

    /// `all` are the statements of the query, of which one is `statement`.
    fn documentation(&self, statement: &Statement<'_, '_, '_>, all: &[&Statement<'_, '_, '_>]) -> Vec<Diagnostic> {
        let (module, query) = (statement.analysed.prepared.module, statement.query());
        let mut found: Vec<Diagnostic> = self.index_line(all).into_iter().collect();
        found.extend(crate::access::check_locks(module, query, statement.access, self.catalogue));
        if self.settings.plans.documented {
            for word in ["Index:", "Locks:"].into_iter().filter(|word| clause(module, query, word).is_none()) {
                let line = match word {
                    "Index:" => self.derived_index_line(all),
                    _ => crate::access::derived_locks(statement.access),
                };
                found.push(
                    Diagnostic::error(
                        "missing-line",
                        &module.path,
                        format!("the documentation of `{}` has no `{word}`", query.name.text),
                    )
                    .at(&module.text, query.name.offset)
                    .help(format!("add --- {word} {line}")),
                );
            }
        }
        found
    }
}

impl Statement<'_, '_, '_> {
    fn query(&self) -> &Query {
        self.analysed.prepared.query
    }

    /// Whether both are statements of one query. Its batch form is one of its own.
    fn is_of_query(&self, other: &Self) -> bool {
        let of = |it: &Self| (it.analysed.prepared.module.path.as_str(), it.query().name.offset, it.query().is_batch);
        of(self) == of(other)
    }

    /// Whether its documentation has `Index:`.
    fn names_indexes(&self) -> bool {
        clause(self.analysed.prepared.module, self.query(), "Index:").is_some()
    }

    fn marked_as_report(&self) -> String {
        marked(self.analysed.prepared.module, self.query(), Mark::Report)
    }

    fn is_report(&self) -> bool {
        self.query().marks.has(Mark::Report)
    }

    /// PostgreSQL prepares a statement without planning it.
    fn fails(&self, error: &DbError) -> Diagnostic {
        let prepared = self.analysed.prepared;
        let sql = SqlText::new(prepared.module, prepared.query);
        let diagnostic = sql
            .error("fails-when-planned", error.message(), sql.all(&["ON", "CONFLICT"]).first().copied())
            .note("PostgreSQL prepares the statement, and refuses it whenever it runs")
            .note(format!("SQLSTATE {}", error.code().code()));
        if *error.code() == SqlState::INVALID_COLUMN_REFERENCE {
            diagnostic.help("name the columns of a unique index, or create one on these in a migration")
        } else {
            diagnostic
        }
    }

    /// At the first mention of the table. One that only a view or function mentions has none: then at the statement.
    fn error_at_table(&self, rule: &'static str, message: String, table: &str) -> Diagnostic {
        let prepared = self.analysed.prepared;
        let sql = SqlText::new(prepared.module, prepared.query);
        let name = table.rsplit('.').next().unwrap_or(table);
        let token = sql.tokens.iter().position(|token| names(token, name));
        sql.error(rule, message, token)
    }
}

/// A comparison with one value, which other rows do not pass.
fn is_selective(filter: &str) -> bool {
    filter.contains("= $") || filter.contains("= ($")
}

/// `id + 0`: an expression that changes nothing says that no index order is wanted.
fn is_deliberate(key: &str) -> bool {
    ["+ 0)", "- 0)", "|| ''::text)"].iter().any(|idiom| key.contains(idiom))
}
