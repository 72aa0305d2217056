//! Names that become Rust: each must be an identifier, and none may be one that the generated code uses itself.

/// Rust's keywords, in all editions.
#[rustfmt::skip]
const KEYWORDS: [&str; 54] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match",
    "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait",
    "true", "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "_",
];

/// The keywords that no `r#` makes an identifier.
const STRICT: [&str; 5] = ["Self", "_", "crate", "self", "super"];

/// The types and traits of Rust's prelude, those that are derived, and those that generated code imports or has for type
/// parameters.
#[rustfmt::skip]
const TYPES_IN_USE: [&str; 52] = [
    "AsMut", "AsRef", "AsyncFn", "AsyncFnMut", "AsyncFnOnce", "Box", "C", "Clone", "Copy", "Debug", "Default",
    "DoubleEndedIterator", "Drop", "Eq", "Err", "ExactSizeIterator", "Extend", "Fn", "FnMut", "FnOnce", "From",
    "FromIterator", "Future", "GenericClient", "Hash", "Into", "IntoFuture", "IntoIterator", "Iterator", "N", "None",
    "Ok", "Option", "Ord", "PartialEq", "PartialOrd", "R", "Result", "Send", "Sized", "Some", "StreamExt", "String",
    "Sync", "T", "ToOwned", "ToString", "TryFrom", "TryInto", "TryStreamExt", "Unpin", "Vec",
];

/// What a query, parameter or column is called in Rust.
pub(super) fn is_snake_case(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && name.trim_start_matches('_').starts_with(|c: char| c.is_ascii_lowercase())
        && !name.trim_matches('_').contains("__")
}

/// A near name in `snake_case`; `None` if nothing is left of it.
fn snake_case(name: &str) -> Option<String> {
    let mut snake = String::new();
    let mut after_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        match transcribed(c) {
            Some(letters) => snake.push_str(letters),
            None if c.is_ascii_alphanumeric() => snake.push(c.to_ascii_lowercase()),
            None => snake.push('_'),
        }
    }
    let words: Vec<_> = snake.split('_').filter(|word| !word.is_empty()).collect();
    let snake = words.join("_");
    let snake = if snake.starts_with(|c: char| c.is_ascii_digit()) { format!("n_{snake}") } else { snake };
    is_snake_case(&snake).then_some(snake)
}

fn transcribed(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' | 'Ä' => "ae",
        'ö' | 'Ö' => "oe",
        'ü' | 'Ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' => "a",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' => "i",
        'ò' | 'ó' | 'ô' => "o",
        'ù' | 'ú' | 'û' => "u",
        'ç' => "c",
        'ñ' => "n",
        _ => return None,
    })
}

/// Why a name can't be used, and what to do about it.
pub(crate) type Fault = (String, String);

/// What is wrong with the name of a query, which becomes a function and, in `CamelCase`, a type.
pub(super) fn fault_of_query(name: &str) -> Option<Fault> {
    if KEYWORDS.contains(&name) {
        return Some((
            format!("the query's name `{name}` is a keyword of Rust"),
            format!("call it {name}_row, for example"),
        ));
    }
    let suggestion = snake_case(name).map_or("give it another name".to_owned(), |snake| format!("write {snake}"));
    (!is_snake_case(name) || name.starts_with('_'))
        .then(|| ("a query's name becomes a Rust function: write it in snake_case".to_owned(), suggestion))
}

/// What is wrong with the name of a module, which is a file's.
pub(super) fn fault_of_module(name: &str) -> Option<Fault> {
    if KEYWORDS.contains(&name) {
        return Some((
            format!("`{name}` is a keyword of Rust and can't be a module"),
            format!("rename the file, for example to {name}_queries.sql"),
        ));
    }
    let generated = [
        ("types", "the types of the database"),
        ("constraints", "the constraints of the schema"),
        ("fakes", "what unit tests without a server need"),
    ];
    if let Some((_, held)) = generated.iter().find(|(module, _)| *module == name) {
        return Some((
            format!("the module `{name}` is generated: it holds {held}"),
            format!("rename the file, for example to {}_queries.sql", name.trim_end_matches('s')),
        ));
    }
    (!is_snake_case(name) || name.starts_with('_')).then(|| no_module(name))
}

/// Of a file whose name is not `snake_case.sql`.
pub(super) fn no_module(name: &str) -> Fault {
    let stem = name.split('.').next().unwrap_or_default();
    let suggestion = snake_case(stem).map_or(String::new(), |snake| format!(": {snake}.sql"));
    (
        "the file would not become a module".to_owned(),
        format!("name it in snake_case and end the name with .sql, in lower case{suggestion}"),
    )
}

/// What is wrong with the name of a parameter.
pub(super) fn fault_of_parameter(name: &str) -> Option<Fault> {
    if name == "client" {
        return Some((
            "the parameter `client` would have the name of the function's first one".to_owned(),
            "write :client_name, for example".to_owned(),
        ));
    }
    if STRICT.contains(&name) {
        return Some((
            format!("the parameter `{name}` is a keyword of Rust that can't be escaped"),
            format!("write :{}_value, for example", name.to_lowercase().trim_matches('_')),
        ));
    }
    let suggestion = snake_case(name).map_or("give it another name".to_owned(), |snake| format!("write :{snake}"));
    (!is_snake_case(name)).then(|| (format!("the parameter `{name}` is not in snake_case, as Rust has it"), suggestion))
}

/// What is wrong with the name of an order, which becomes a variant of an enum.
pub(super) fn fault_of_order(name: &str) -> Option<Fault> {
    let suggestion = snake_case(name).map_or("give it another name".to_owned(), |snake| format!("write {snake}"));
    (name == "self" || !is_snake_case(name))
        .then(|| (format!("an order becomes a variant of a Rust enum: write `{name}` in snake_case"), suggestion))
}

/// What is wrong with the name of a row type.
pub(crate) fn fault_of_row_type(name: &str) -> Option<Fault> {
    if is_in_use(name) {
        return Some((
            format!("the type `{name}` would hide the one of Rust or of the generated code with this name"),
            format!("write {name}Row, for example"),
        ));
    }
    if name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let camel = camel_case(&snake_case(name).unwrap_or_default());
    let suggestion = if camel.is_empty() || is_in_use(&camel) { format!("{camel}Row") } else { camel };
    Some((format!("a row type becomes a Rust struct: write `{name}` in CamelCase"), format!("write {suggestion}")))
}

/// Whether generated code means something else by this name.
fn is_in_use(name: &str) -> bool {
    name == "Self" || TYPES_IN_USE.contains(&name) || is_type_parameter(name) || is_rust_type(name)
}

/// `T1`, `T2`, …
fn is_type_parameter(name: &str) -> bool {
    name.strip_prefix('T').is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// What the type of a single column makes of `…Query`: `I64Query`.
fn is_rust_type(name: &str) -> bool {
    let scalar = name.trim_start_matches("Vec").trim_start_matches("Option");
    ["I8", "I16", "I32", "I64", "U8", "U32", "F32", "F64", "Bool", "String"].contains(&scalar)
}

/// What is wrong with a column that becomes a field. PostgreSQL calls a column without a name `?column?`.
pub(crate) fn fault_of_column(name: &str, expression: usize) -> Option<Fault> {
    if name == "?column?" {
        return Some((
            format!("column {expression} has no name: PostgreSQL calls it `?column?`"),
            "rename it with AS, for example … AS total".to_owned(),
        ));
    }
    let new_name = |name: String| format!("rename it with AS, for example … AS {name}");
    if STRICT.contains(&name) {
        let message = format!("the column `{name}` has the name of a keyword of Rust that can't be escaped");
        return Some((message, new_name(format!("{}_value", name.to_lowercase().trim_matches('_')))));
    }
    if is_snake_case(name) {
        return None;
    }
    let suggestion = snake_case(name).map_or("rename it with AS".to_owned(), new_name);
    Some((format!("the column `{name}` can't be a field of a Rust struct: write it in snake_case"), suggestion))
}

/// A statement's types are named after its function.
pub(crate) fn camel_case(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}

/// What Rust calls a query, parameter or column: a keyword is escaped.
pub(crate) fn identifier(name: &str) -> String {
    if KEYWORDS.contains(&name) { format!("r#{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_generated_code_and_of_rust_are_refused() {
        let check = |fault_of: fn(&str) -> Option<Fault>, bad: &str, good: &str| {
            for name in bad.split(' ') {
                assert!(fault_of(name).is_some(), "{name}");
            }
            for name in good.split(' ') {
                assert_eq!(fault_of(name), None, "{name}");
            }
        };
        check(
            fault_of_parameter,
            "client self Self super crate _ userId größe a__b",
            "params stmt row it query cached mapper extractor c a s t1 type futures postgres_types _a b_",
        );
        check(fault_of_query, "type self _a getUser get__user 2fa größe", "result client get_user_1");
        check(
            fault_of_row_type,
            "Result Option String StreamExt GenericClient C T N T1 I64 VecU8 type Self user User_Row Größe",
            "User Row T1x Params X",
        );
        check(fault_of_module, "mod type types constraints fakes self _a Users", "users client result");
    }

    #[test]
    fn a_column_that_is_no_field_gets_a_name_that_can_be_one() {
        for (name, part) in [
            ("?column?", "AS total"),
            ("2fa_enabled", "AS n_2fa_enabled"),
            ("user-id", "AS user_id"),
            ("user id", "AS user_id"),
            ("größe", "AS groesse"),
            ("userName", "AS user_name"),
            ("self", "AS self_value"),
            ("日本", "rename it with AS"),
        ] {
            let (_, help) = fault_of_column(name, 1).unwrap_or_else(|| panic!("{name}"));
            assert!(help.ends_with(part), "{name}: {help}");
        }
        for name in ["type", "client", "user_id", "a1", "_a"] {
            assert_eq!(fault_of_column(name, 1), None, "{name}");
        }
    }
}
