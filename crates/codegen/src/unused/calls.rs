//! Finds calls of queries in Rust sources, by the paths in them.
//!
//! A call is a path that ends in the module and the name of a query: `queries::users::create`, or `users::create` and `create`
//! where an import says what these are. Paths inside macros count. A name that an import or re-export gives to a module is
//! followed. In doubt a query counts as called.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::rust_file::{Call, Export, File, Found};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    settings::Settings,
};

#[derive(Debug, Default)]
pub(super) struct Calls {
    /// By module and query.
    pub(super) found: BTreeMap<(String, String), Call>,
    /// The queries that other packages can call.
    pub(super) public: BTreeSet<(String, String)>,
    /// The folders that were searched.
    pub(super) folders: Vec<String>,
}

/// Searches `src`, `tests`, `examples` and `benches` of the project, and the folders of the settings.
pub(super) fn calls(
    root: &Path,
    settings: &Settings,
    queries: &BTreeSet<(String, String)>,
) -> Result<Calls, Diagnostics> {
    let mut calls = Calls::default();
    let own = ["src", "tests", "examples", "benches"].map(str::to_owned);
    let folders: BTreeSet<String> = own.into_iter().chain(settings.callers.iter().cloned()).collect();
    let mut files = Vec::new();
    for folder in folders {
        let before = files.len();
        let is_test = !settings.callers.contains(&folder) && folder != "src";
        let failed = |error| Diagnostic::new(&folder, format!("cannot read the folder: {error}"));
        for path in rust_files(&root.join(&folder), &root.join(&settings.generated)).map_err(failed)? {
            let text = fs::read_to_string(&path).map_err(failed)?;
            // What is no Rust calls nothing: the compiler reports it.
            if let Ok(syntax) = syn::parse_file(&text) {
                let is_test = is_test || path.components().any(|part| part.as_os_str() == "tests");
                files.push(File::new(&syntax, &module_of(&path), if is_test { Call::Test } else { Call::Program }));
            }
        }
        if files.len() > before {
            calls.folders.push(folder);
        }
    }
    let generated = Path::new(&settings.generated).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names = Names::new(&files, queries, generated);
    calls.public.clone_from(&names.public);
    for file in &files {
        for Found { segments, call } in &file.paths {
            for query in file.queries(segments, &names, queries) {
                let known = calls.found.entry(query).or_insert(*call);
                *known = (*known).max(*call);
            }
        }
    }
    Ok(calls)
}

/// Every file of the folder and of those inside, but the generated ones.
fn rust_files(folder: &Path, generated: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if folder == generated || !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_hidden =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.') || name == "target");
        if path.is_dir() && !is_hidden {
            files.extend(rust_files(&path, generated)?);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The module that a file is: its name, or that of its folder; `crate` for the file of the whole package.
fn module_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    match stem.as_str() {
        "lib" | "main" => "crate".to_owned(),
        "mod" => folder,
        _ => stem,
    }
}

/// The names that queries, their modules, and what holds these have in the package.
struct Names {
    /// The generated module by each of its names.
    modules: BTreeMap<String, String>,
    /// The modules in which generated modules stand: the generated folder, and where they are re-exported.
    parents: BTreeSet<String>,
    /// A query by the module in which it is re-exported and its name there.
    functions: BTreeMap<(String, String), (String, String)>,
    public: BTreeSet<(String, String)>,
}

impl Names {
    fn new(files: &[File], queries: &BTreeSet<(String, String)>, generated: String) -> Self {
        let mut names = Self {
            modules: queries.iter().map(|(module, _)| (module.clone(), module.clone())).collect(),
            parents: BTreeSet::from([generated]),
            functions: BTreeMap::new(),
            public: BTreeSet::new(),
        };
        // A re-export can name another one.
        for _ in 0..4 {
            for export in files.iter().flat_map(|file| &file.exports) {
                names.add(export, queries);
            }
        }
        names
    }

    fn add(&mut self, export: &Export, queries: &BTreeSet<(String, String)>) {
        let Export { path, name, within, is_public } = export;
        let from_end = |back: usize| path.len().checked_sub(back).map(|at| path[at].as_str()).unwrap_or_default();
        let of_module = |module: &str| queries.iter().filter(|query| query.0 == module).cloned().collect::<Vec<_>>();
        let is_parent = |names: &Self, name: &str| names.parents.contains(name);
        if name == "*" && is_parent(self, from_end(1)) {
            self.parents.insert(within.clone());
            self.public.extend(queries.iter().filter(|_| *is_public).cloned());
        } else if name != "*" && is_parent(self, from_end(1)) {
            self.parents.insert(name.clone());
            self.public.extend(queries.iter().filter(|_| *is_public).cloned());
        } else if is_parent(self, from_end(2)) {
            let Some(module) = self.modules.get(from_end(1)).cloned() else { return };
            self.public.extend(of_module(&module).into_iter().filter(|_| *is_public));
            if name == "*" {
                let inside = of_module(&module).into_iter();
                self.functions.extend(inside.map(|query| ((within.clone(), query.1.clone()), query)));
            } else {
                self.modules.insert(name.clone(), module);
                self.parents.insert(within.clone());
            }
        } else if is_parent(self, from_end(3)) {
            let Some(module) = self.modules.get(from_end(2)).cloned() else { return };
            let query = (module, from_end(1).to_owned());
            if queries.contains(&query) {
                self.public.extend(is_public.then(|| query.clone()));
                self.functions.insert((within.clone(), name.clone()), query);
            }
        }
    }
}

impl File {
    /// The queries that a path may be.
    fn queries(&self, path: &[String], names: &Names, queries: &BTreeSet<(String, String)>) -> Vec<(String, String)> {
        let mut whole = path.to_vec();
        // An import may begin with another import's name.
        for _ in 0..4 {
            match self.imports.get(&whole[0]) {
                Some(import) if import != &whole => {
                    whole.splice(0..1, import.iter().cloned());
                }
                _ => break,
            }
        }
        let query = |parents: &[String], module: &str, name: &str| {
            let exported = names.functions.get(&(module.to_owned(), name.to_owned())).cloned();
            let is_ours = match parents.last() {
                None => self.globs.iter().any(|glob| glob.last().is_some_and(|it| names.parents.contains(it))),
                Some(parent) => names.parents.contains(parent),
            };
            let own = names.modules.get(module).map(|module| (module.clone(), name.to_owned()));
            exported.or_else(|| own.filter(|query| is_ours && queries.contains(query)))
        };
        match whole.as_slice() {
            [] => Vec::new(),
            [name] => {
                let globs = self.globs.iter().filter_map(|glob| glob.split_last());
                globs.filter_map(|(module, parents)| query(parents, module, name)).collect()
            }
            [parents @ .., module, name] => query(parents, module, name).into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The queries that are called by a file of these lines.
    fn called(source: &str) -> Vec<String> {
        called_from(&[("lib", source)])
    }

    fn called_from(sources: &[(&str, &str)]) -> Vec<String> {
        let queries: BTreeSet<(String, String)> = [("users", "create"), ("users", "by_id"), ("orders", "create")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into();
        let file = |(name, text): &(&str, &str)| {
            File::new(&syn::parse_file(text).expect("it is Rust"), &module_of(Path::new(name)), Call::Program)
        };
        let files: Vec<File> = sources.iter().map(file).collect();
        let names = Names::new(&files, &queries, "generated".to_owned());
        let of_file = |file: &File| -> Vec<(String, String)> {
            file.paths.iter().flat_map(|path| file.queries(&path.segments, &names, &queries)).collect()
        };
        let found: BTreeSet<_> = files.iter().flat_map(of_file).collect();
        found.into_iter().map(|(module, query)| format!("{module}.{query}")).collect()
    }

    #[test]
    fn a_query_is_called_by_its_path_or_by_what_is_imported() {
        for source in [
            "fn f() { generated::users::create(); }",
            "fn f() { crate::generated::users::create().bind(&client); }",
            "use crate::generated::users; fn f() { users::create(); }",
            "use crate::{generated::{users::{self, Params}, orders}}; fn f() { users::create(); }",
            "use crate::generated::users as accounts; fn f() { accounts::create(); }",
            "use crate::generated::users::create; fn f() { create(); }",
            "use crate::generated::users::create as make; fn f() { make(); }",
            "use crate::generated::users::*; fn f() { create(); }",
            "use crate::generated::*; fn f() { users::create(); }",
            "use crate::generated as sql; fn f() { sql::users::create(); }",
            "use crate::generated; use generated::users; fn f() { users::create(); }",
            "fn f() { use crate::generated::users; users::create(); }",
            "fn f() { tokio::join!(generated::users::create(), 1); }",
            "fn f() { let it = generated::users::create; }",
            "fn f() { generated :: users :: r#create(); }",
            "mod inner { fn f() { super::generated::users::create(); } }",
            "struct A; impl A { fn f() { generated::users::create(); } }",
        ] {
            assert_eq!(called(source), ["users.create"], "{source}");
        }
    }

    #[test]
    fn an_import_alone_or_another_path_is_no_call() {
        for source in [
            "use crate::generated::users::create;",
            "pub use crate::generated::users;",
            "fn f() { users::create(); }",
            "fn f() { crate::users::create(); }",
            "mod users { pub fn create() {} }",
            "fn create() {} fn f() { create(); }",
            "fn f() { generated::users::User::create(); }",
            "// generated::users::create()\nfn f() { \"generated :: users :: create\"; }",
        ] {
            assert_eq!(called(source), Vec::<String>::new(), "{source}");
        }
    }

    #[test]
    fn what_is_re_exported_is_called_by_its_new_path() {
        for (exports, call) in [
            ("pub use crate::generated::users;", "api::users::create()"),
            ("pub use crate::generated::users as accounts;", "crate::api::accounts::create()"),
            ("pub use crate::generated as sql;", "crate::api::sql::users::create()"),
            ("pub(crate) use crate::generated::*;", "crate::api::users::create()"),
            ("pub use crate::generated::users::*;", "crate::api::create()"),
            ("pub use crate::generated::users::create as make;", "package::api::make()"),
            ("pub mod users { pub use crate::generated::users::create; }", "crate::api::users::create()"),
        ] {
            let caller = format!("fn f() {{ {call}; }}");
            assert_eq!(
                called_from(&[("src/api.rs", exports), ("src/main.rs", &caller)]),
                ["users.create"],
                "{exports}"
            );
            assert_eq!(
                called_from(&[("src/api/mod.rs", exports), ("src/main.rs", &caller)]),
                ["users.create"],
                "{exports}"
            );
        }
    }

    #[test]
    fn tests_are_known_by_their_attributes() {
        let call = |source: &str| {
            let file = File::new(&syn::parse_file(source).expect("it is Rust"), "crate", Call::Program);
            file.paths.iter().find(|path| path.segments.len() == 3).map(|path| path.call)
        };
        let body = "fn f() { generated::users::create(); }";
        assert_eq!(call(body), Some(Call::Program));
        assert_eq!(call(&format!("#[cfg(test)] mod tests {{ {body} }}")), Some(Call::Test));
        assert_eq!(call(&format!("#[tokio::test] async {body}")), Some(Call::Test));
        assert_eq!(call(&format!("#[cfg(not(test))] mod other {{ {body} }}")), Some(Call::Program));
    }
}
