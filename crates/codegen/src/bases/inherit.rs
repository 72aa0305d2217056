//! What a base says of its own objects holds for the projects on top of it, too.

use std::collections::{BTreeMap, BTreeSet};

use crate::settings::{Composite, Enum, Settings, Types};

impl Settings {
    /// Takes over what a base says of its own objects.
    pub(crate) fn inherit(&mut self, base: &Self, name: &str) {
        self.tables.inherited.extend(base.tables.named().map(str::to_owned));
        self.optional.extend(base.optional.iter().cloned());
        self.secrets
            .extend(base.secrets.iter().filter(|secret| !self.secrets.contains(secret)).cloned().collect::<Vec<_>>());
        self.types.inherit(&base.types, &name.replace('-', "_"));
    }
}

impl Types {
    /// Takes over what a base says of its types. The project's own settings win. `crate::T` is a type of the crate `owner`.
    fn inherit(&mut self, base: &Self, owner: &str) {
        let own =
            |ty: &str| ty.strip_prefix("crate::").map_or_else(|| ty.to_owned(), |rest| format!("{owner}::{rest}"));
        for (key, value) in &base.mapping {
            if !self.mapping.contains_key(key) {
                let mut value = value.clone();
                let names = match &mut value {
                    toml::Value::Table(table) => table.iter_mut().map(|(_, value)| value).collect(),
                    value => vec![value],
                };
                for name in names {
                    if let toml::Value::String(ty) = name {
                        *ty = own(ty);
                    }
                }
                self.mapping.insert(key.clone(), value);
            }
        }
        inherit(&mut self.json, &base.json, &mut self.inherited, |ty| own(ty));
        inherit(&mut self.enums, &base.enums, &mut self.inherited, Enum::clone);
        inherit(&mut self.composites, &base.composites, &mut self.inherited, Composite::clone);
    }
}

/// Adds what the project does not have.
fn inherit<T>(
    own: &mut BTreeMap<String, T>,
    base: &BTreeMap<String, T>,
    inherited: &mut BTreeSet<String>,
    taken: impl Fn(&T) -> T,
) {
    for (key, value) in base {
        if !own.contains_key(key) {
            own.insert(key.clone(), taken(value));
            inherited.insert(key.clone());
        }
    }
}
