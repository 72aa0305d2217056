//! `?` and `!` of the annotations, against what the SQL says, and what follows for the generated code.

use std::collections::{BTreeSet, HashMap};

use barqnet_db_sql::Name;

use super::{Analysed, ColumnNullability};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    queries::{Module, Query},
};

/// The marks behind a name: `?`, `!`, `[?]`, `[!]`.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own")]
pub(super) struct Marked {
    pub(super) nullable: bool,
    pub(super) nullable_elements: bool,
    never: bool,
    never_elements: bool,
}

impl Marked {
    /// Those of a name in an annotation of the file `text`.
    pub(super) fn of(text: &str, name: &Name) -> Self {
        let marks = text.get(name.offset + name.text.len()..).unwrap_or_default();
        let marks: String = marks.chars().take_while(|c| " ?![]".contains(*c)).filter(|c| *c != ' ').collect();
        Self {
            nullable: marks.starts_with('?'),
            nullable_elements: marks.contains("[?]"),
            never: marks.starts_with('!'),
            never_elements: marks.contains("[!]"),
        }
    }
}

/// Queries that share a row type, or one that has its own.
type Group<'a> = (&'a str, &'a str);

fn group<'a>(module: &'a Module, query: &'a Query) -> Group<'a> {
    (&module.name, query.row_type.as_ref().unwrap_or(&query.name).text.as_str())
}

/// Compares the marks with what follows from the SQL.
pub(crate) fn check(analysed: &[Analysed<'_, '_>]) -> Diagnostics {
    let mut found = Diagnostics::default();
    let mut seen = BTreeSet::new();
    let mut groups: HashMap<Group<'_>, Vec<&Analysed<'_, '_>>> = HashMap::new();
    for it in analysed {
        groups.entry(group(it.prepared.module, it.prepared.query)).or_default().push(it);
    }
    for it in analysed {
        let prepared = it.prepared;
        let (module, query) = (prepared.module, prepared.query);
        let mut sharing = groups[&group(module, query)].clone();
        sharing.retain(|other| query.row_type.is_some() || other.prepared.query.name == query.name);
        // A row type's names are those of each query that names it.
        for name in query.nullable_columns.iter().chain(&query.non_null_columns) {
            if seen.insert((&module.path, name.offset)) {
                found.extend(needless(module, name, &sharing));
                found.extend(without_reason(module, name, &sharing));
            }
        }
        found.extend_of(query, refused_parameters(it));
    }
    found
}

/// Marks that say what the SQL refutes or says itself.
fn needless(module: &Module, name: &Name, sharing: &[&Analysed<'_, '_>]) -> Option<Diagnostic> {
    let marked = Marked::of(&module.text, name);
    let columns: Vec<&ColumnNullability> =
        sharing.iter().flat_map(|it| &it.columns).filter(|column| column.name == name.text).collect();
    let column = columns.first()?;
    let can_be_null = columns.iter().any(|column| column.nullable);
    let can_hold_null = columns.iter().any(|column| column.elements_nullable);
    let place = |diagnostic: Diagnostic| diagnostic.at(&module.text, name.offset);
    let shown = &name.text;
    if (marked.nullable && !can_be_null) || (marked.nullable_elements && !can_hold_null) {
        let (what, mark, reason) = if marked.nullable && !can_be_null {
            (format!("the column `{shown}`"), "?", column.reason.as_str())
        } else {
            (format!("an element of `{shown}`"), "[?]", "no expression puts a NULL into it")
        };
        return Some(place(
            Diagnostic::warning("needless-question-mark", &module.path, format!("{what} is never NULL"))
                .note(format!("why: {reason}"))
                .help(format!("remove the mark: {}", without_mark(module, name, mark))),
        ));
    }
    if (marked.never && !can_be_null) || (marked.never_elements && !can_hold_null) {
        let mark = if marked.never && !can_be_null { "!" } else { "[!]" };
        return Some(place(
            Diagnostic::warning(
                "needless-exclamation-mark",
                &module.path,
                format!("`{shown}{mark}` says what the SQL says already"),
            )
            .note(format!("why: {}", column.reason))
            .help(format!("remove the mark: {}", without_mark(module, name, mark))),
        ));
    }
    None
}

/// The line of an annotation without the mark of a name.
fn without_mark(module: &Module, name: &Name, mark: &str) -> String {
    let line = barqnet_db_sql::line_at(&module.text, name.offset);
    let start = module.text[..name.offset].rfind('\n').map_or(0, |newline| newline + 1);
    let (before, after) = line.split_at(name.offset - start);
    let after = &after[name.text.len()..];
    let rest = after.replacen(mark, "", 1);
    if !rest.trim_start().starts_with(['[', '!', '?']) {
        // Nothing is left to say of this column.
        let rest = rest.trim_start();
        let kept = match rest.strip_prefix(',') {
            Some(rest) => format!("{before}{}", rest.trim_start()),
            None => format!("{}{rest}", before.trim_end().trim_end_matches(',')),
        };
        return kept.replace("()", "").trim_end().trim_end_matches(':').trim_end().to_owned() + empty_row_type(&kept);
    }
    format!("{before}{}{rest}", name.text)
}

/// A row type that is declared in the annotation keeps its brackets.
fn empty_row_type(line: &str) -> &'static str {
    let row_type = line.trim_end().strip_suffix("()").and_then(|line| line.rsplit([' ', ':']).next());
    if row_type.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase())) { "()" } else { "" }
}

/// A `!` where the SQL says that NULL can come, and no sentence says why it can't. For a row type that several queries
/// share, one of them says it for all.
fn without_reason(module: &Module, name: &Name, sharing: &[&Analysed<'_, '_>]) -> Option<Diagnostic> {
    let marked = Marked::of(&module.text, name);
    let needs = |column: &ColumnNullability| {
        column.name == name.text
            && ((marked.never && column.nullable) || (marked.never_elements && column.elements_nullable))
    };
    let (query, column) =
        sharing.iter().find_map(|it| Some((it.prepared.query, it.columns.iter().find(|column| needs(column))?)))?;
    if sharing.iter().any(|it| has_reason(&documentation(module, it.prepared.query), &name.text)) {
        return None;
    }
    Some(
        Diagnostic::error(
            "exclamation-mark-without-reason",
            &module.path,
            format!("`{}` says that `{}!` is never NULL, but not why", query.name.text, name.text),
        )
        .at(&module.text, name.offset)
        .note(format!("by the SQL it can be NULL: {}", column.reason))
        .help(format!("add to the documentation of `{}`: --- `{}` is never NULL: …", query.name.text, name.text)),
    )
}

/// The text of the `---` lines.
fn documentation(module: &Module, query: &Query) -> String {
    let lines = module.text.get(query.annotation.end..query.sql.start).unwrap_or_default().lines();
    lines.filter_map(|line| line.strip_prefix("---")).map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Whether a sentence names the column and says that it is never NULL.
fn has_reason(documentation: &str, column: &str) -> bool {
    let mut sentences = documentation.split(". ");
    sentences.any(|sentence| {
        let lower = sentence.to_ascii_lowercase();
        let names = sentence.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == column);
        names && (lower.contains("never null") || lower.contains("not null because"))
    })
}

/// `?` on a parameter that is written to columns with NOT NULL and used for nothing else.
fn refused_parameters<'a>(it: &'a Analysed<'_, '_>) -> impl Iterator<Item = Diagnostic> + 'a {
    let prepared = it.prepared;
    let (module, query) = (prepared.module, prepared.query);
    query.nullable_parameters.iter().filter_map(move |name| {
        let number = query.flat.parameters.iter().position(|parameter| parameter.text == name.text)?;
        let column = it.written_not_null.get(number)?.as_ref()?;
        Marked::of(&module.text, name).nullable.then(|| {
            Diagnostic::error(
                "nullable-parameter-of-not-null-column",
                &module.path,
                format!("the parameter `{}` is written to {column}, which is NOT NULL", name.text),
            )
            .at(&module.text, name.offset)
            .note("with NULL the statement always fails".to_owned())
            .help(format!("remove the mark: {}", without_mark(module, name, "?")))
        })
    })
}

/// Whether the value of a parameter can be NULL, and whether its elements can: only if its annotation says so.
pub(crate) fn parameter_options(module: &Module, query: &Query, name: &str) -> (bool, bool) {
    let marks = query.nullable_parameters.iter().find(|it| it.text == name);
    let Marked { nullable, nullable_elements, .. } = marks.map(|it| Marked::of(&module.text, it)).unwrap_or_default();
    (nullable, nullable_elements)
}

/// The fields of a row type, by name: whether one is an `Option`, and whether its elements are.
type Fields = HashMap<String, (bool, bool)>;

/// Which fields of rows are an `Option`.
pub(crate) struct Annotations {
    /// By module and row type or query.
    fields: HashMap<(String, String), Fields>,
}

impl Annotations {
    /// What follows from the SQL, less what `!` rules out. Queries that share a row type share its fields.
    pub(crate) fn derive(analysed: &[Analysed<'_, '_>]) -> Self {
        let mut fields: HashMap<(String, String), Fields> = HashMap::new();
        for it in analysed {
            let (module, query) = (it.prepared.module, it.prepared.query);
            let (module_name, row_type) = group(module, query);
            let of_group = fields.entry((module_name.to_owned(), row_type.to_owned())).or_default();
            for column in &it.columns {
                let (nullable, elements_nullable) = can_be_null(module, query, column);
                let field = of_group.entry(column.name.clone()).or_default();
                field.0 |= nullable;
                field.1 |= elements_nullable;
            }
        }
        Self { fields }
    }

    /// Whether the field of a column is an `Option`, and whether its elements are.
    pub(crate) fn are_options(&self, module: &Module, query: &Query, column: &str) -> (bool, bool) {
        let (module, row_type) = group(module, query);
        let fields = self.fields.get(&(module.to_owned(), row_type.to_owned()));
        fields.and_then(|fields| fields.get(column)).copied().unwrap_or_default()
    }
}

/// Whether NULL can come in a column, and in its elements, in spite of a `!`.
pub(crate) fn can_be_null(module: &Module, query: &Query, column: &ColumnNullability) -> (bool, bool) {
    let mark = query.non_null_columns.iter().find(|name| name.text == column.name);
    let marked = mark.map(|name| Marked::of(&module.text, name)).unwrap_or_default();
    (column.nullable && !marked.never, column.elements_nullable && !marked.never_elements)
}
