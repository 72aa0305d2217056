//! Refuses types that have no Rust type, and names in types that have no Rust name.

use std::collections::BTreeMap;

use barqnet_db_sql::{Kind as TokenKind, tokens};
use tokio_postgres::types::{Field, Kind, Type};

use super::{RustType, names, used};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    embedded::Embedded,
    migrations,
    query_check::Prepared,
    settings::{self, Types},
};

/// What is wrong with the types of parameters and columns.
pub(crate) fn check(
    prepared: &[Prepared<'_>],
    embedded: &Embedded,
    settings: &Types,
    migrations: &[migrations::File],
) -> Diagnostics {
    let mut found = Diagnostics::default();
    // The variants of a query have the types of the first one.
    for query in prepared.iter().filter(|it| it.query.is_batch || !it.query.is_derived()) {
        parameters(query, settings, &mut found);
        columns(query, settings, &mut found);
    }
    let used = used(prepared, embedded);
    for (section, name) in settings.sections() {
        let (schema, type_name) = name.split_once('.').unwrap_or(("public", name));
        let is_used = used.get(&(schema, type_name)).is_some_and(|ty| match ty.kind() {
            Kind::Enum(_) => section == "enums",
            Kind::Composite(_) => section == "composites",
            _ => false,
        });
        if !is_used {
            found.push(
                Diagnostic::warning(
                    "type-setting",
                    settings::FILE,
                    format!("[types.{section}] names `{name}`, but no query uses such a type"),
                )
                .help("name it \"schema.type\"; the schema `public` may be left out"),
            );
        }
    }
    let mut names_of_types = BTreeMap::new();
    for ty in used.into_values() {
        if settings.mapping.contains_key(&format!("{}.{}", ty.schema(), ty.name())) {
            continue;
        }
        match ty.kind() {
            Kind::Enum(labels) => enum_labels(ty, labels, settings, migrations, &mut found),
            Kind::Composite(fields) => composite_fields(ty, fields, &mut found),
            _ => continue,
        }
        let name = settings.type_name(ty);
        if syn::parse_str::<syn::Ident>(&name).is_err() {
            found.push(no_name(ty, format!("the type {} has no Rust name", quoted(ty))));
        } else if let Some(other) = names_of_types.insert((ty.schema(), name.clone()), ty.name()) {
            found.push(no_name(
                ty,
                format!(
                    "the types {other} and {} of the schema {} would both be called `{name}`",
                    ty.name(),
                    ty.schema()
                ),
            ));
        }
    }
    found
}

fn quoted(ty: &Type) -> String {
    format!("{}.{}", ty.schema(), ty.name())
}

fn no_name(ty: &Type, message: String) -> Diagnostic {
    let section = if matches!(ty.kind(), Kind::Enum(_)) { "enums" } else { "composites" };
    Diagnostic::error("type-name", settings::FILE, message).help(format!(
        "name it in {}:\n\n[types.{section}.\"{}\"]\nname = \"…\"",
        settings::FILE,
        quoted(ty)
    ))
}

fn parameters(Prepared { module, query, statement }: &Prepared<'_>, settings: &Types, found: &mut Diagnostics) {
    for (name, ty) in query.flat.parameters.iter().zip(statement.params()) {
        if let Err(unsupported) = RustType::of(ty, settings) {
            let type_name = &unsupported.name;
            let parameter = &name.text;
            let help = match type_name.as_str() {
                // PostgreSQL reads no row without its type.
                "_record" => format!("cast it to an array of the composite type: :{parameter}::my_type[]"),
                "record" => format!(
                    "cast it to the composite type, or to the table whose row it is: :{parameter}::my_type; or compare the \
                     fields one by one, each with a parameter of its own"
                ),
                _ => format!(
                    "pass it as another type, and cast it in the SQL: :{parameter}::{}::{type_name}",
                    unsupported.cast
                ),
            };
            found.push(
                Diagnostic::error(
                    "unsupported-type",
                    &module.path,
                    format!("the parameter `{}` has the type {type_name}, which has no Rust type here", name.text),
                )
                .at(&module.text, name.offset)
                .help(help),
            );
        }
    }
}

fn columns(Prepared { module, query, statement }: &Prepared<'_>, settings: &Types, found: &mut Diagnostics) {
    for column in statement.columns() {
        let name = column.name();
        if query.embedded_columns.iter().any(|(embedded, _)| embedded.text == name) {
            continue;
        }
        if let Err(unsupported) = RustType::of(column.type_(), settings) {
            let sql = &module.text[query.sql.clone()];
            let all = tokens(sql);
            let written = all.iter().rposition(|token| token.identifier().as_deref() == Some(name));
            let offset = query.sql.start + written.map_or(0, |index| all[index].offset);
            let is_column = written.is_some_and(|index| index > 0 && !all[index - 1].is("AS"));
            let value = if is_column { name } else { "(…)" };
            let help = match unsupported.name.as_str() {
                "record" | "record[]" | "_record" => format!(
                    "if it is the row of a subquery, name its type in the annotation: ({name}: RowType); otherwise name the \
                     composite type, or select its fields one by one"
                ),
                "void" => {
                    "the function returns nothing: call it in FROM, as in SELECT FROM my_function(:value)".to_owned()
                }
                _ => format!("cast it in the SQL: {value}::{} AS {name}", unsupported.cast),
            };
            found.push(
                Diagnostic::error(
                    "unsupported-type",
                    &module.path,
                    format!("the column `{name}` has the type {}, which has no Rust type here", unsupported.name),
                )
                .at(&module.text, offset)
                .help(help),
            );
        }
    }
}

/// Every field of a composite type needs a name of its own.
fn composite_fields(ty: &Type, fields: &[Field], found: &mut Diagnostics) {
    let mut rust_names = BTreeMap::new();
    for field in fields {
        let rust_name = names::field(field.name());
        if let Some(other) = rust_names.insert(rust_name.clone(), field.name()) {
            let message = format!(
                "the fields `{other}` and `{}` of the type {} would both be called `{rust_name}`",
                field.name(),
                quoted(ty)
            );
            found.push(
                Diagnostic::error("type-name", settings::FILE, message)
                    .help("rename one of them in a migration, or select the fields one by one"),
            );
        }
    }
}

/// Every label needs a variant of its own.
fn enum_labels(
    ty: &Type,
    labels: &[String],
    settings: &Types,
    migrations: &[migrations::File],
    found: &mut Diagnostics,
) {
    let own = settings.enum_settings(ty);
    let mut variants: BTreeMap<String, String> = BTreeMap::new();
    if own.is_some_and(|own| own.unknown) {
        variants.insert("Unknown".to_owned(), "what other labels become".to_owned());
    }
    for label in labels {
        let problem = match settings.variant(ty, label) {
            None => format!("the label '{label}' of the enum {} has no Rust name", quoted(ty)),
            Some(name) => match variants.insert(name.clone(), format!("the label '{label}'")) {
                None => continue,
                Some(other) => {
                    format!("the label '{label}' of the enum {} would be called `{name}` like {other}", quoted(ty))
                }
            },
        };
        let suggestion = format!(
            "name the variant in {}:\n\n[types.enums.\"{}\"]\nvariants = {{ \"{}\" = \"…\" }}",
            settings::FILE,
            quoted(ty),
            label.escape_default(),
        );
        found.push(at_label(label, migrations, problem).help(suggestion));
    }
}

/// Points at the migration that has the label.
fn at_label(label: &str, migrations: &[migrations::File], message: String) -> Diagnostic {
    let literal = format!("'{}'", label.replace('\'', "''"));
    for file in migrations {
        let tokens = tokens(&file.sql);
        let of_type = |index: usize| {
            tokens[..index].iter().rev().take_while(|token| !token.is(";")).any(|token| token.is("TYPE"))
        };
        let place = tokens
            .iter()
            .enumerate()
            .find(|(index, token)| token.kind == TokenKind::String && token.text == literal && of_type(*index));
        if let Some((_, token)) = place {
            return Diagnostic::error("enum-label", &file.path, message).at(&file.sql, token.offset);
        }
    }
    Diagnostic::error("enum-label", settings::FILE, message)
}

impl Types {
    /// The Rust name of a label.
    pub(super) fn variant(&self, ty: &Type, label: &str) -> Option<String> {
        let own = self.enum_settings(ty).and_then(|settings| settings.variants.get(label));
        match own {
            Some(name) => syn::parse_str::<syn::Ident>(name).is_ok().then(|| name.clone()),
            None => names::variant(label),
        }
    }

    /// The Rust name of an enum or a composite type.
    pub(super) fn type_name(&self, ty: &Type) -> String {
        let own = match ty.kind() {
            Kind::Enum(_) => self.enum_settings(ty).and_then(|settings| settings.name.clone()),
            _ => self.composite_settings(ty).and_then(|settings| settings.name.clone()),
        };
        own.or_else(|| names::variant(ty.name())).unwrap_or_default()
    }
}
