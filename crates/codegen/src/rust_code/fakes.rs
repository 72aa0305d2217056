//! The generated module `fakes`: how the rows of each statement are columns, for the client crate's `FakeClient`.

use tokio_postgres::types::{Kind, Type};

use super::{
    CLIENT as DB, layout,
    row::{Context, Rows},
    statement::type_of,
};
use crate::{query_check::Prepared, settings::Settings};

/// The name of the module.
pub(super) const MODULE: &str = "fakes";

/// When it is compiled.
pub(super) const CONDITION: &str = "#[cfg(any(test, feature = \"fakes\"))]\n";

/// The text of the module.
pub(super) fn code(settings: &Settings, statements: &[(&Prepared<'_>, Context<'_>)]) -> String {
    let faked: String = statements.iter().filter_map(|(prepared, context)| statement(prepared, *context)).collect();
    format!(
        "// Written by the build step from {}/. Edit those files: `cargo build` brings this one up to date.\n\n\
         //! The rows that `FakeClient` can return, for unit tests without a server.\n\n\
         use {} as {DB};\n\n\
         {DB}::faked! {{\n{faked}}}\n",
        settings.queries, settings.client
    )
}

/// `None` of a statement without rows, or with columns that are written only where the server describes their type.
fn statement(prepared: &Prepared<'_>, context: Context<'_>) -> Option<String> {
    let rows = Rows::of(prepared, context)?;
    if !prepared.statement.columns().iter().all(|column| can_be_encoded(column.type_())) {
        return None;
    }
    let path = format!("super::{}::{}", context.module.name, type_of(prepared.query));
    Some(match rows.name() {
        Some(_) => {
            let fields: Vec<String> = rows.fields().iter().map(|field| field.name.clone()).collect();
            layout::list(4, &format!("{path} {{"), &fields, "};") + "\n"
        }
        None => format!("    {path};\n"),
    })
}

fn can_be_encoded(ty: &Type) -> bool {
    match ty.kind() {
        Kind::Composite(_) | Kind::Pseudo => false,
        Kind::Array(inner) | Kind::Domain(inner) | Kind::Range(inner) | Kind::Multirange(inner) => {
            can_be_encoded(inner)
        }
        _ => true,
    }
}
