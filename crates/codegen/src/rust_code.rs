//! Lets cornucopia write the Rust, and adapts it: the statements' code is replaced, every item is documented, and the layout does not depend on the rustfmt that is installed.

use std::{fs, num::NonZero, panic, path::PathBuf, slice, thread};

use cornucopia::config::{Config, StaticFile};
use syn::{Attribute, Fields, Item, ItemStruct, Meta, parse_quote};
use tempfile::TempDir;
use tokio_postgres::Client;

use crate::{
    analysis::Annotations,
    cornucopia_input,
    diagnostic::{Diagnostic, Diagnostics},
    panics::caught,
    queries::{Module, Query, names::camel_case},
    query_check::Prepared,
    rust_values::{Values, remove_derive},
    settings::{self, Settings},
    statement_code::{self, CLIENT},
    types::{self, JsonColumns},
};

/// What cornucopia's code uses, and what of the client crate it uses instead.
const CLIENT_ITEMS: [(&str, &str); 6] = [
    ("tokio_postgres::Row", "Row"),
    ("crate::StringSql", "StringSql"),
    ("crate::BytesSql", "BytesSql"),
    ("crate::JsonSql", "JsonSql"),
    ("crate::ArraySql", "ArraySql"),
    ("crate::ArrayIterator", "types::Array"),
];

/// That of a process's first thread.
const STACK: usize = 8 * 1024 * 1024;

/// The text of every file of the generated Rust, by its name.
pub(crate) fn generate(
    settings: &Settings,
    modules: &[Module],
    annotations: &Annotations,
    prepared: &[Prepared<'_>],
    json: &JsonColumns,
    client: &Client,
) -> Result<Vec<(PathBuf, String)>, Diagnostics> {
    let custom = types::module(settings, prepared, json);
    let mut files = vec![(PathBuf::from("mod.rs"), index(settings, modules, custom.is_some()))];
    if let Some(code) = custom {
        files.push((PathBuf::from("types.rs"), types_file_text(settings, &code)?));
    }
    let values = Values { settings, prepared, json, not_copied: types::not_copied(&settings.types, prepared) };
    let of_module = |module: &Module| {
        let folder = cornucopia(settings, slice::from_ref(module), annotations, prepared, client);
        matches!(folder, Err(Problem::Panic(_)))
    };
    let of_part = |part: &[Module]| {
        // cornucopia wants a query.
        if part.iter().all(|module| module.queries.is_empty()) {
            let empty = |module: &Module| Ok((module_file(module), adapt(settings, module, &values, "")?));
            return part.iter().map(empty).collect();
        }
        let folder = cornucopia(settings, part, annotations, prepared, client).map_err(|problem| match problem {
            Problem::Found(found) => found,
            Problem::Panic(panic) => {
                let failed = part.iter().find(|module| of_module(module));
                let path = failed.map_or(settings.queries.as_str(), |module| &module.path);
                Diagnostic::error("panic", path, format!("cornucopia failed unexpectedly: {panic}"))
                    .help(
                        "leave out one query of this file after the other to find the one that it fails on, and report it",
                    )
                    .into()
            }
        })?;
        let output = folder.path().join("output/src/queries");
        let of_module = |module: &Module| {
            let written = output.join(module_file(module));
            let code =
                fs::read_to_string(&written).map_err(|error| failure(&format!("{}: {error}", written.display())))?;
            Ok((module_file(module), adapt(settings, module, &values, &code)?))
        };
        part.iter().map(of_module).collect::<Result<Vec<_>, Diagnostics>>()
    };
    for part in in_parallel(modules, of_part)? {
        files.extend(part);
    }
    Ok(files)
}

/// Runs `work` on parts of the modules, one for each processor: the code of a module depends on no other.
fn in_parallel<T: Send>(
    modules: &[Module],
    work: impl Fn(&[Module]) -> Result<T, Diagnostics> + Sync,
) -> Result<Vec<T>, Diagnostics> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let size = modules.len().div_ceil(processors).max(1);
    let work = &work;
    thread::scope(|scope| {
        // All of them start before the first is waited for.
        let start = |part| {
            let worker = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || caught(|| work(part)));
            worker.map_err(|error| failure(&format!("cannot start a thread: {error}")))
        };
        let workers: Vec<_> = modules.chunks(size).map(start).collect::<Result<_, Diagnostics>>()?;
        let done = workers.into_iter().map(|worker| match worker.join() {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => panic!("{panic}"),
            Err(panic) => panic::resume_unwind(panic),
        });
        done.collect()
    })
}

/// Why cornucopia wrote nothing.
enum Problem {
    Found(Diagnostics),
    Panic(String),
}

impl<D: Into<Diagnostics>> From<D> for Problem {
    fn from(found: D) -> Self {
        Self::Found(found.into())
    }
}

/// Lets cornucopia write its Rust into `output`, in a temporary folder. The root of what it writes becomes an empty file, so
/// that rustfmt, which it runs on all that the root reaches, finds nothing: [`adapt`] lays the code out anyway.
fn cornucopia(
    settings: &Settings,
    modules: &[Module],
    annotations: &Annotations,
    prepared: &[Prepared<'_>],
    client: &Client,
) -> Result<TempDir, Problem> {
    let folder = tempfile::tempdir().map_err(|error| failure(&format!("no temporary folder: {error}")))?;
    let queries = folder.path().join("queries");
    let output = folder.path().join("output");
    let types_file = folder.path().join("types.toml");
    let mapping = toml::Table::from_iter([("mapping".to_owned(), types::mapping(&settings.types, prepared).into())]);
    let types_settings = toml::Table::from_iter([("types".to_owned(), mapping.into())]);
    let root = folder.path().join("lib.rs");
    cornucopia_input::write(modules, annotations, &queries)
        .and_then(|()| fs::write(&types_file, types_settings.to_string()))
        .and_then(|()| fs::write(&root, ""))
        .map_err(|error| failure(&format!("cannot write to {}: {error}", folder.path().display())))?;
    let config = Config::builder_from_file(&types_file)
        .map_err(|error| Diagnostic::new(settings::FILE, error.to_string()))?
        .queries(&queries)
        .destination(&output)
        .static_files(vec![StaticFile::Detailed {
            path: root,
            destination: Some("src/lib.rs".into()),
            hard_link: false,
        }])
        .build();
    caught(|| cornucopia::gen_live(client, config)).map_err(Problem::Panic)?.map_err(|error| {
        // The copy has the lines of the original.
        failure(&error.report().replace(&format!("{}", queries.display()), &settings.queries))
    })?;
    Ok(folder)
}

/// The module of enums and composite types.
fn types_file_text(settings: &Settings, code: &str) -> Result<String, Diagnostics> {
    let file = syn::parse_file(code)
        .map_err(|error| failure(&format!("the code of the types does not parse: {error}\n{code}")))?;
    Ok(format!(
        "// Written by the build step from {}/. Edit those files: `cargo build` brings this one up to date.\n\n\
         //! The enums and composite types that the queries use.\n\n{}",
        settings.migrations,
        prettyplease::unparse(&file)
    ))
}

fn failure(message: &str) -> Diagnostics {
    Diagnostic::new("queries", message).into()
}

fn module_file(module: &Module) -> PathBuf {
    PathBuf::from(format!("{}.rs", module.name))
}

fn index(settings: &Settings, modules: &[Module], has_types: bool) -> String {
    let mut text = format!(
        "// Written by the build step from {0}/. Edit those files: `cargo build` brings this one up to date.\n\n\
         //! One module per file of `{0}/`, one function per statement.\n\n",
        settings.queries
    );
    for module in modules {
        text.push_str(&format!("pub mod {};\n", module.name));
    }
    if has_types {
        text.push_str("pub mod types;\n");
    }
    text
}

fn adapt(settings: &Settings, module: &Module, values: &Values<'_, '_>, code: &str) -> Result<String, Diagnostics> {
    let of_client = |code: String, (from, to): &(&str, &str)| code.replace(from, &format!("{CLIENT}::{to}"));
    let code = CLIENT_ITEMS.iter().fold(code.to_owned(), of_client);
    let mut file = syn::parse_file(&code).map_err(|error| {
        Diagnostic::new(&module.path, format!("cornucopia wrote code that does not parse: {error}"))
    })?;
    values.adapt(module, &mut file)?;
    for item in &mut file.items {
        if let Item::Struct(item) = item {
            adapt_struct(settings, module, item);
        }
    }
    let about: Vec<&str> = module.text.lines().map_while(|line| line.strip_prefix("-- ")).collect();
    Ok(format!(
        "// Written by the build step from {}. Edit that file: `cargo build` brings this one up to date.\n\n//! {}\n\n{}",
        module.path,
        about.join("\n//! "),
        statement_code::with_types_in_one_line(&prettyplease::unparse(&file))
    ))
}

fn adapt_struct(settings: &Settings, module: &Module, item: &mut ItemStruct) {
    let name = item.ident.to_string();
    let links = |wanted: &dyn Fn(&Query) -> bool| -> String {
        let names = module.queries.iter().filter(|query| wanted(query));
        names.map(|query| format!("[`{0}`](fn@{0})", query.name.text)).collect::<Vec<_>>().join(", ")
    };
    let documentation = if statement_code::is_statement(module, &name) {
        return;
    } else if let Some(statement) = name.strip_suffix("Params") {
        format!("The parameters of {}.", links(&|query| camel_case(&query.name.text) == statement))
    } else if let Some(owned) = name.strip_suffix("Borrowed") {
        format!("A [`{owned}`] that borrows from the row it was read from.")
    } else {
        let of_type = |query: &Query| match &query.row_type {
            Some(row_type) => row_type.text == name,
            None => camel_case(&query.name.text) == name,
        };
        format!("A row of {}.", links(&of_type))
    };
    document(&mut item.attrs, &documentation);
    let secret = match &item.fields {
        Fields::Named(fields) => fields
            .named
            .iter()
            .any(|field| field.ident.as_ref().is_some_and(|name| settings.secrets.iter().any(|secret| name == secret))),
        _ => false,
    };
    if secret {
        item.attrs.iter_mut().for_each(remove_debug);
        item.attrs.retain(|attribute| !matches!(&attribute.meta, Meta::List(list) if list.tokens.is_empty()));
    }
}

fn document(attributes: &mut Vec<Attribute>, text: &str) {
    let text = format!(" {text}");
    attributes.insert(0, parse_quote!(#[doc = #text]));
}

fn remove_debug(attribute: &mut Attribute) {
    remove_derive(attribute, "Debug");
}
