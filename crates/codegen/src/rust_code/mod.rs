//! Writes the Rust of the queries: a module per file, a function per statement, structs for parameters and rows. The names and
//! the form of what it writes are those of cornucopia 1.0.

mod embedded;
mod fakes;
mod layout;
mod parameters;
mod row;
mod statement;
mod value;
mod variants;

use std::path::PathBuf;

use self::{
    embedded::EmbeddedStructs,
    row::{Context, Structs},
    statement::Statement,
};
use crate::{
    access::Reading,
    analysis::Annotations,
    constraints::{self, Constraints},
    diagnostic::{Diagnostic, Diagnostics},
    embedded::Embedded,
    queries::Module,
    query_check::Prepared,
    settings::{self, Settings},
    types::{self, JsonColumns},
    variants::{PageKeys, is_variant_of},
};

/// What generated code calls the client crate.
const CLIENT: &str = "db";

/// What is known of the statements and the schema.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'f> {
    pub(crate) annotations: &'f Annotations,
    pub(crate) json: &'f JsonColumns,
    pub(crate) reading: &'f Reading,
    pub(crate) embedded: &'f Embedded,
    pub(crate) pages: &'f PageKeys,
    pub(crate) constraints: &'f Constraints,
}

/// The text of every file of the generated Rust, by its name.
pub(crate) fn generate(
    settings: &Settings,
    modules: &[Module],
    prepared: &[Prepared<'_>],
    facts: Facts<'_>,
) -> Result<Vec<(PathBuf, String)>, Diagnostics> {
    syn::parse_str::<syn::Path>(&settings.client).map_err(|error| {
        Diagnostic::new(settings::FILE, format!("`{}` is not a Rust path: {error}", settings.client))
    })?;
    let custom = types::module(settings, prepared, facts.embedded, facts.json);
    let constraints = facts.constraints.code(settings);
    let further: Vec<&str> =
        [constraints.as_ref().map(|_| constraints::MODULE), custom.as_ref().map(|_| types::GENERATED_TYPES)]
            .into_iter()
            .flatten()
            .collect();
    let mut files = vec![(PathBuf::from("mod.rs"), index(settings, modules, &further))];
    files.extend(constraints.map(|code| (PathBuf::from(format!("{}.rs", constraints::MODULE)), code)));
    if let Some(code) = custom {
        files.push((PathBuf::from("types.rs"), types_file_text(settings, &code)?));
    }
    if settings.fakes {
        let statements = prepared.iter().filter(|it| !it.query.is_derived());
        let statements: Vec<_> = statements.map(|it| (it, Context { settings, module: it.module, facts })).collect();
        files.push((PathBuf::from(format!("{}.rs", fakes::MODULE)), fakes::code(settings, &statements)));
    }
    let mut rest = prepared;
    for module in modules {
        // The statements are in the order of the modules.
        let end = rest.iter().position(|it| it.module.name != module.name).unwrap_or(rest.len());
        let (of_module, others) = rest.split_at(end);
        rest = others;
        let context = Context { settings, module, facts };
        files.push((PathBuf::from(format!("{}.rs", module.name)), module_text(of_module, context)?));
    }
    Ok(files)
}

/// The text of a module.
fn module_text(prepared: &[Prepared<'_>], context: Context<'_>) -> Result<String, Diagnostics> {
    let Context { settings, module, .. } = context;
    let statements: Vec<&Prepared<'_>> = prepared.iter().filter(|it| !it.query.is_derived()).collect();
    let structs = Structs::of(&statements, context)?;
    let about: Vec<&str> = module.text.lines().map_while(|line| line.strip_prefix("-- ")).collect();
    let mut text = format!(
        "// Written by the build step from {}. Edit that file: `cargo build` brings this one up to date.\n\n//! {}\n\nuse {} as {CLIENT};\n",
        module.path,
        about.join("\n//! "),
        settings.client
    );
    for statement in &statements {
        text.extend(parameters::struct_code(settings, statement));
    }
    for (rows, _) in structs.iter() {
        text.push_str(&rows.code(module));
    }
    let embedded = EmbeddedStructs::of(&structs, context)?;
    text.push_str(&embedded.code(context));
    for statement in &statements {
        let batch = prepared.iter().find(|it| it.query.is_batch && it.query.name.offset == statement.query.name.offset);
        let mut variants: Vec<&Prepared<'_>> = prepared.iter().filter(|it| is_variant_of(it, statement)).collect();
        if let Some(variant) = &statement.query.variant {
            // Among the others by its number.
            variants.insert(variant.number, statement);
        }
        text.push_str(&Statement::new(statement, (batch, variants), &structs, context).code());
    }
    Ok(text)
}

/// The module of enums and composite types.
fn types_file_text(settings: &Settings, code: &str) -> Result<String, Diagnostics> {
    let file = syn::parse_file(code).map_err(|error| {
        Diagnostic::new("queries", format!("the code of the types does not parse: {error}\n{code}"))
    })?;
    Ok(format!(
        "// Written by the build step from {}/. Edit those files: `cargo build` brings this one up to date.\n\n\
         //! The enums and composite types that the queries use.\n\n{}",
        settings.migrations,
        prettyplease::unparse(&file)
    ))
}

fn index(settings: &Settings, modules: &[Module], further: &[&str]) -> String {
    let mut text = format!(
        "// Written by the build step from {0}/. Edit those files: `cargo build` brings this one up to date.\n\n\
         //! One module per file of `{0}/`, one function per statement.\n\n",
        settings.queries
    );
    for module in modules {
        text.push_str(&format!("pub mod {};\n", module.name));
    }
    for name in further {
        text.push_str(&format!("pub mod {name};\n"));
    }
    if settings.fakes {
        text.push_str(&format!("{}mod {};\n", fakes::CONDITION, fakes::MODULE));
    }
    text
}
