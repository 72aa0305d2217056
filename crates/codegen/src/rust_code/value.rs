//! How generated code writes a value of a PostgreSQL type: as a parameter, in a row, and in a row that borrows.

use tokio_postgres::types::{Kind, Type};

use super::CLIENT;
use crate::{
    settings::Types,
    types::{CLIENT_TYPES, GENERATED_TYPES, RustType, is_text},
};

/// Whether a value can be NULL, and whether its elements can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) value: bool,
    pub(crate) elements: bool,
}

/// The Rust types of a PostgreSQL type.
#[derive(Clone, Debug)]
pub(super) struct Value {
    parameter: Parameter,
    owned: String,
    /// What a row that borrows has instead, with the lifetime `'a`.
    borrowed: Option<String>,
    /// That of an array.
    element: Option<Box<Self>>,
    is_copy: bool,
    /// The method that reads it from a row.
    read: &'static str,
}

/// What a parameter is.
#[derive(Clone, Debug)]
enum Parameter {
    /// Of any type with this trait of the client crate.
    Any(&'static str),
    /// Of this type.
    Type(String),
}

impl Value {
    /// The Rust types of `ty`, where JSON is of the project's type `json`. The settings take precedence at every level.
    pub(super) fn of(ty: &Type, json: Option<&String>, settings: &Types) -> Self {
        // Types without a Rust type are refused before.
        let (path, is_copy, is_checked) = match RustType::of(ty, settings) {
            Ok(RustType { path, is_copy, is_checked }) => (in_module(&path), is_copy, is_checked),
            Err(_) => Default::default(),
        };
        // The driver would change a value that the type can't hold: it has to be checked first.
        let read = if is_checked { "try_get_lossless" } else { "try_get" };
        let own = settings.mapping.get(&format!("{}.{}", ty.schema(), ty.name()));
        match ty.kind() {
            Kind::Domain(base) if own.is_none() => return Self::of(base, json, settings),
            Kind::Array(element) if own.is_none() => {
                let element = Some(Box::new(Self::of(element, json, settings)));
                let parameter = Parameter::Any("ArraySql");
                return Self { parameter, owned: path, borrowed: None, element, is_copy, read };
            }
            _ => {}
        }
        let is_json = matches!(*ty, Type::JSON | Type::JSONB);
        let (any, slice) = match *ty {
            Type::BYTEA => (Some("BytesSql"), Some("&'a [u8]")),
            _ if is_text(ty) => (Some("StringSql"), Some("&'a str")),
            _ if is_json => (Some("JsonSql"), None),
            _ => (None, None),
        };
        let named = own.and_then(|own| own.get("borrowed-type")?.as_str()).map(in_module);
        let parameter =
            any.map_or_else(|| Parameter::Type(named.clone().unwrap_or_else(|| path.clone())), Parameter::Any);
        let borrowed = named.or_else(|| slice.map(ToOwned::to_owned)).filter(|_| !(own.is_some() && is_copy));
        let owned = match json {
            Some(json) if is_json && own.is_none() => format!("{CLIENT}::types::Json<{json}>"),
            _ => path,
        };
        Self { parameter, owned, borrowed, element: None, is_copy, read }
    }

    /// A row of a type of the module, or an array of such rows.
    pub(super) fn embedded(row_type: &str, is_array: bool, has_null: bool) -> Self {
        let row = optional(row_type.to_owned(), is_array && has_null);
        let owned = if is_array { format!("Vec<{row}>") } else { row };
        let parameter = Parameter::Type(owned.clone());
        let read = if is_array { "try_get_rows" } else { "try_get" };
        Self { parameter, owned, borrowed: None, element: None, is_copy: false, read }
    }

    /// A type of the module itself, which is copied.
    pub(super) fn copied(path: &str) -> Self {
        let (parameter, owned) = (Parameter::Type(path.to_owned()), path.to_owned());
        Self { parameter, owned, borrowed: None, element: None, is_copy: true, read: "try_get" }
    }

    /// Whether a row can hold the value as it was read.
    pub(super) fn is_moved(&self) -> bool {
        self.borrowed.is_none() && self.element.is_none()
    }

    pub(super) fn is_copy(&self) -> bool {
        self.is_copy
    }

    /// The method that reads it from a row.
    pub(super) fn read(&self) -> &'static str {
        self.read
    }

    pub(super) fn owned(&self, options: Options) -> String {
        let value = match &self.element {
            Some(element) => format!("Vec<{}>", element.owned(options.of_element())),
            None => self.owned.clone(),
        };
        optional(value, options.value)
    }

    /// In a row that borrows for `lifetime`.
    pub(super) fn borrowed(&self, options: Options, lifetime: &str) -> String {
        let value = match (&self.element, &self.borrowed) {
            (Some(element), _) => {
                format!("{CLIENT}::types::Array<{lifetime}, {}>", element.borrowed(options.of_element(), lifetime))
            }
            (None, Some(borrowed)) => with_lifetime(borrowed, lifetime),
            (None, None) => self.owned.clone(),
        };
        optional(value, options.value)
    }

    /// What makes `expression` of a row that borrows a value of its own; `None` if it is one.
    pub(super) fn own(&self, expression: &str, options: Options) -> Option<String> {
        if self.is_moved() {
            return None;
        }
        if options.value {
            let value = self.own("v", Options { value: false, ..options })?;
            return Some(format!("{expression}.map(|v| {value})"));
        }
        let Some(element) = &self.element else { return Some(format!("{expression}.into()")) };
        Some(match element.own("v", options.of_element()) {
            Some(element) => format!("{expression}.map(|v| {element}).collect()"),
            None => format!("{expression}.collect()"),
        })
    }

    /// As a parameter that is borrowed for `lifetime`.
    pub(super) fn parameter(&self, options: Options, lifetime: &str) -> String {
        let value = match (&self.parameter, &self.element) {
            (Parameter::Any(name), Some(element)) => {
                format!("impl {CLIENT}::{name}<Item = {}>", element.parameter(options.of_element(), lifetime))
            }
            (Parameter::Any(name), None) => format!("impl {CLIENT}::{name}"),
            (Parameter::Type(path), _) => with_lifetime(path, lifetime),
        };
        optional(value, options.value)
    }

    /// As a field of a struct of parameters, with a type parameter of the name `generic` if it can be of several types.
    pub(super) fn field(&self, options: Options, generic: impl FnOnce() -> String) -> String {
        match &self.parameter {
            Parameter::Any(_) => optional(generic(), options.value),
            Parameter::Type(path) => optional(path.clone(), options.value),
        }
    }

    /// Whether a parameter can be of several types.
    pub(super) fn is_generic(&self) -> bool {
        matches!(self.parameter, Parameter::Any(_))
    }
}

impl From<(bool, bool)> for Options {
    fn from((value, elements): (bool, bool)) -> Self {
        Self { value, elements }
    }
}

impl Options {
    fn of_element(self) -> Self {
        Self { value: self.elements, elements: false }
    }
}

fn optional(ty: String, is_optional: bool) -> String {
    if is_optional { format!("Option<{ty}>") } else { ty }
}

fn with_lifetime(ty: &str, lifetime: &str) -> String {
    ty.replace("'a", lifetime)
}

/// The path of a type as a module of statements writes it.
fn in_module(path: &str) -> String {
    let is_in_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut text = String::new();
    let mut rest = path;
    while let Some(start) = rest.find(is_in_name) {
        let (before, from) = rest.split_at(start);
        let (name, after) = from.split_at(from.find(|c| !is_in_name(c)).unwrap_or(from.len()));
        text.push_str(before);
        let is_first = !before.ends_with(':') && after.starts_with("::");
        match name {
            CLIENT_TYPES if is_first => text.push_str(&format!("{CLIENT}::types")),
            GENERATED_TYPES if is_first => text.push_str(&format!("super::{GENERATED_TYPES}")),
            _ => text.push_str(name),
        }
        rest = after;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_a_module_of_statements() {
        for (path, expected) in [
            ("Vec<pg::Range<pg::rust_decimal::Decimal>>", "Vec<db::types::Range<db::types::rust_decimal::Decimal>>"),
            ("types::sales::Status", "super::types::sales::Status"),
            ("crate::types::Isbn", "crate::types::Isbn"),
            ("HashMap<String, Option<types::T>>", "HashMap<String, Option<super::types::T>>"),
            ("pg", "pg"),
        ] {
            assert_eq!(in_module(path), expected);
        }
    }
}
