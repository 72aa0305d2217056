//! What one Rust file imports, re-exports and names.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, UseTree, Visibility};

/// From where a query is called; a program counts more than a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    Test,
    Program,
}

/// A path as it stands in a file, and whether it stands in a test.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) segments: Vec<String>,
    pub(super) call: Call,
}

/// A path that is re-exported.
#[derive(Debug)]
pub(super) struct Export {
    pub(super) path: Vec<String>,
    /// The name that it gets; `*` if everything inside is meant.
    pub(super) name: String,
    /// The module in which the re-export stands.
    pub(super) within: String,
    pub(super) is_public: bool,
}

/// What a file imports.
#[derive(Debug, Default)]
pub(super) struct File {
    /// What each imported name is.
    pub(super) imports: BTreeMap<String, Vec<String>>,
    /// The paths whose contents are all imported.
    pub(super) globs: Vec<Vec<String>>,
    pub(super) exports: Vec<Export>,
    pub(super) paths: Vec<Found>,
}

impl File {
    pub(super) fn new(syntax: &syn::File, module: &str, call: Call) -> Self {
        let mut file = Self::default();
        file.items(&syntax.items, module, call);
        file
    }

    fn items(&mut self, items: &[Item], within: &str, call: Call) {
        for item in items {
            match item {
                Item::Use(import) => {
                    let mut imported = Vec::new();
                    imported_paths(&import.tree, &mut Vec::new(), &mut imported);
                    for (path, name) in &imported {
                        if !matches!(import.vis, Visibility::Inherited) {
                            let is_public = matches!(import.vis, Visibility::Public(_));
                            let (path, name, within) = (path.clone(), name.clone(), within.to_owned());
                            self.exports.push(Export { path, name, within, is_public });
                        }
                    }
                    self.import(imported);
                }
                Item::Mod(module) => {
                    let call = if is_test(&module.attrs) { Call::Test } else { call };
                    let name = module.ident.to_string();
                    if let Visibility::Public(_) = module.vis {
                        // `pub mod generated;` makes everything in it public.
                        let path = vec![name.clone()];
                        self.exports.push(Export {
                            path,
                            name: name.clone(),
                            within: within.to_owned(),
                            is_public: true,
                        });
                    }
                    if let Some((_, items)) = &module.content {
                        self.items(items, &name, call);
                    }
                }
                Item::Fn(function) if is_test(&function.attrs) => self.tokens(item.to_token_stream(), Call::Test),
                _ => self.tokens(item.to_token_stream(), call),
            }
        }
    }

    fn import(&mut self, imported: Vec<(Vec<String>, String)>) {
        for (path, name) in imported {
            if name == "*" {
                self.globs.push(path);
            } else {
                self.imports.insert(name, path);
            }
        }
    }

    /// Every path in the tokens, macros included; imports inside a function, too.
    fn tokens(&mut self, tokens: TokenStream, call: Call) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let is_symbol =
            |at: usize, symbol: char| matches!(trees.get(at), Some(TokenTree::Punct(it)) if it.as_char() == symbol);
        let mut at = 0;
        while at < trees.len() {
            match &trees[at] {
                TokenTree::Group(group) => self.tokens(group.stream(), call),
                TokenTree::Ident(word) if word == "use" => {
                    let end = (at..trees.len()).find(|end| is_symbol(*end, ';')).map_or(trees.len(), |end| end + 1);
                    if let Ok(import) = syn::parse2::<syn::ItemUse>(trees[at..end].iter().cloned().collect()) {
                        let mut imported = Vec::new();
                        imported_paths(&import.tree, &mut Vec::new(), &mut imported);
                        self.import(imported);
                        at = end;
                        continue;
                    }
                }
                TokenTree::Ident(_) => {
                    let mut segments = Vec::new();
                    while let Some(TokenTree::Ident(name)) = trees.get(at) {
                        segments.push(name.to_string().trim_start_matches("r#").to_owned());
                        if !(is_symbol(at + 1, ':') && is_symbol(at + 2, ':')) {
                            break;
                        }
                        at += 3;
                    }
                    self.paths.push(Found { segments, call });
                    if !matches!(trees.get(at), Some(TokenTree::Ident(_))) {
                        // Behind `::` comes something else, which may hold paths.
                        continue;
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            at += 1;
        }
    }
}

/// The paths of an import, and the name that each gets in the file; `*` for everything inside.
fn imported_paths(tree: &UseTree, prefix: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
    let mut add = |name: &syn::Ident, alias: &syn::Ident, prefix: &[String]| {
        let mut path = prefix.to_vec();
        // `use a::b::{self}`
        path.extend((name != "self").then(|| name.to_string()));
        let alias = if alias == "self" { path.last().cloned().unwrap_or_default() } else { alias.to_string() };
        found.push((path, alias));
    };
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            imported_paths(&path.tree, prefix, found);
            prefix.pop();
        }
        UseTree::Name(name) => add(&name.ident, &name.ident, prefix),
        UseTree::Rename(rename) => add(&rename.ident, &rename.rename, prefix),
        UseTree::Glob(_) => found.push((prefix.clone(), "*".to_owned())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| imported_paths(tree, prefix, found)),
    }
}

/// `#[cfg(test)]`, `#[test]` and the like.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = attribute.meta.to_token_stream().to_string();
        let is_cfg = text.starts_with("cfg") && text.split(|c: char| !c.is_alphanumeric()).any(|word| word == "test");
        is_cfg && !text.contains("not") || attribute.path().segments.last().is_some_and(|last| last.ident == "test")
    })
}
