//! Reads the query files: annotations, and the SQL that follows each.

use std::{ops::Range, path::Path};

use barqnet_db_sql::Name;

mod annotation;
mod batch;
mod copy;
mod flat_sql;
mod kind;
mod marks;
pub(crate) mod names;
mod other_dialects;
mod quotes;
mod reader;
mod traps;
mod variants;

use self::reader::Reader;
pub(crate) use self::{
    annotation::Columns,
    batch::batch,
    copy::{CopyIn, copy_in, refuse_copy_out},
    flat_sql::FlatSql,
    marks::{Mark, Marks},
    traps::LONGEST_NAME,
    variants::{Choices, Part, Variant, key_of_parameter},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    folder::{file_names, read_text},
};

/// One file of queries/, which becomes one module.
pub(crate) struct Module {
    pub(crate) name: String,
    /// Relative to the project, as diagnostics show it.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) queries: Vec<Query>,
    /// The batch forms of those that are marked so, once the types of their parameters are known.
    pub(crate) batches: Vec<Query>,
    /// The other statements of queries that are several.
    pub(crate) variants: Vec<Query>,
}

pub(crate) struct Query {
    pub(crate) name: Name,
    /// The place of its `--!` line.
    pub(crate) annotation: Range<usize>,
    pub(crate) marks: Marks,
    pub(crate) nullable_parameters: Vec<Name>,
    pub(crate) row_type: Option<Name>,
    /// `column?`, of the annotation or of the row type that it names.
    pub(crate) nullable_columns: Vec<Name>,
    /// `column!`: never NULL although it looks so.
    pub(crate) non_null_columns: Vec<Name>,
    /// `column: RowType`: a column that is a row or an array of rows.
    pub(crate) embedded_columns: Vec<(Name, Name)>,
    /// The place of the SQL, without its semicolon.
    pub(crate) sql: Range<usize>,
    pub(crate) flat: FlatSql,
    /// Whether it is not in the file, but follows from another one's mark `batch`.
    pub(crate) is_batch: bool,
    /// What its caller chooses, if it is several statements.
    pub(crate) choices: Option<Choices>,
    /// Which of these statements this one is.
    pub(crate) variant: Option<Variant>,
}

impl Query {
    /// Whether it is not in the file: another query of it is marked `batch`, or is several statements.
    pub(crate) fn is_derived(&self) -> bool {
        self.is_batch || (self.variant.is_some() && self.choices.is_none())
    }
}

impl Module {
    /// The attributes of a row type, of which each stands in a line of its own below the line that declares it: those of the
    /// struct (`--#`), and those of the struct that borrows (`--&`).
    pub(crate) fn attributes_of_row_type(&self, name: &str) -> (String, String) {
        let mut lines = self.text.lines().skip_while(|line| annotation::declared_row_type(line) != Some(name)).skip(1);
        let is_attribute = |line: &&str| line.starts_with("--#") || line.starts_with("--&");
        let below: Vec<&str> = lines.by_ref().take_while(is_attribute).collect();
        let below = below.join("\n");
        (attributes(&below, "--#"), attributes(&below, "--&"))
    }
}

/// The attributes in the lines of `text` that begin with `mark`, as Rust writes them.
pub(crate) fn attributes(text: &str, mark: &str) -> String {
    text.lines().filter_map(|line| line.strip_prefix(mark)).map(|it| format!("#[{}]\n", it.trim())).collect()
}

/// Reads every module of the folder. A query that can't be read is left out, so that a mistake in one does not hide
/// those in others.
pub(crate) fn read(root: &Path, folder: &str, failures: &mut Diagnostics) -> Vec<Module> {
    let mut modules = Vec::new();
    for file_name in file_names(root, folder, failures).unwrap_or_default() {
        let path = format!("{folder}/{file_name}");
        let Some(name) = file_name.strip_suffix(".sql") else {
            failures.push(faulty(&path, names::no_module(&file_name)));
            continue;
        };
        if let Some(fault) = names::fault_of_module(name) {
            failures.push(faulty(&path, fault));
        }
        if let Some(text) = failures.collect(read_text(root, &path)) {
            modules.push(module(name.to_owned(), path, text, failures));
        }
    }
    modules
}

/// Reads the text of one file.
pub(crate) fn module(name: String, path: String, text: String, failures: &mut Diagnostics) -> Module {
    let mut reader = Reader::new(&path, &text);
    let queries = reader.module();
    let variants = reader.variants;
    failures.extend(reader.failures);
    Module { name, path, text, queries, batches: Vec::new(), variants }
}

fn faulty(path: &str, (message, help): names::Fault) -> Diagnostic {
    Diagnostic::error("module-name", path, message).help(help)
}
