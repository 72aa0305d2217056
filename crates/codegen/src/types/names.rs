//! Rust names from the names of types, fields and labels.

/// Words that no Rust identifier may be.
const KEYWORDS: [&str; 53] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while",
    "yield",
];

/// A type or variant: `in-transit` becomes `InTransit`, `2nd` becomes `_2nd`, `self` becomes `Self_`. `None` if nothing of
/// the name can stand in Rust.
pub(crate) fn variant(name: &str) -> Option<String> {
    let is_shouted = !name.chars().any(char::is_lowercase);
    let mut found = String::new();
    for word in name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let mut letters = word.chars();
        found.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        if is_shouted {
            found.push_str(&letters.as_str().to_lowercase());
        } else {
            found.push_str(letters.as_str());
        }
    }
    if found.starts_with(|c: char| c.is_numeric()) {
        found.insert(0, '_');
    }
    if KEYWORDS.contains(&found.as_str()) {
        found.push('_');
    }
    syn::parse_str::<syn::Ident>(&found).is_ok().then_some(found)
}

/// A field or module: in lower case, `firstName` as `first_name`; what is no letter or digit becomes `_`, and a keyword is
/// written raw.
pub(super) fn field(name: &str) -> String {
    let mut found = String::new();
    let mut previous = '_';
    for c in name.chars() {
        if c.is_uppercase() && previous.is_lowercase() {
            found.push('_');
        }
        if c.is_alphanumeric() {
            found.extend(c.to_lowercase());
        } else {
            found.push('_');
        }
        previous = c;
    }
    if found.is_empty() || found == "_" || found.starts_with(|c: char| c.is_numeric()) {
        found.insert(0, '_');
    }
    match found.as_str() {
        "_" | "__" => "field".to_owned(),
        "self" | "super" | "crate" => found + "_",
        _ if KEYWORDS.contains(&found.as_str()) => format!("r#{found}"),
        _ => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_readable_variants() {
        for (label, expected) in [
            ("hardcover", "Hardcover"),
            ("in-transit", "InTransit"),
            ("in transit", "InTransit"),
            ("IN_TRANSIT", "InTransit"),
            ("eBook", "EBook"),
            ("2nd", "_2nd"),
            ("self", "Self_"),
            ("été", "Été"),
        ] {
            assert_eq!(variant(label).as_deref(), Some(expected), "{label}");
        }
        for label in ["", "+", "--", "²"] {
            assert_eq!(variant(label), None, "{label}");
        }
    }

    #[test]
    fn names_become_fields() {
        for (name, expected) in [
            ("type", "r#type"),
            ("self", "self_"),
            ("Self", "self_"),
            ("My Field", "my_field"),
            ("firstName", "first_name"),
            ("ID", "id"),
            ("1a", "_1a"),
            ("gen", "r#gen"),
        ] {
            assert_eq!(field(name), expected);
        }
    }
}
