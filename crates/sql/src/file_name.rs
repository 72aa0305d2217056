//! The name of a migration file: `V<version>__<snake_case>.sql`, as refinery reads it.

use std::fmt;

/// A migration file's name. Shown without its `.sql`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// The number that orders the migrations; at least 1.
    pub version: i32,
    /// What the migration does, in `snake_case`.
    pub description: String,
}

/// What is wrong with a file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFileName {
    /// Every fault, as a sentence without a full stop.
    pub faults: Vec<String>,
    /// The name the file should have, if its version and description can be guessed.
    pub suggestion: Option<String>,
}

impl FileName {
    /// Reads the name of a file, without its folder. refinery skips a file whose name it does not accept, and
    /// misreads a number with leading zeros or of more than 31 bits; here each is an error.
    pub fn parse(name: &str) -> Result<Self, BadFileName> {
        let mut faults = Vec::new();
        let stem = name.strip_suffix(".sql").unwrap_or_else(|| {
            faults.push("the name must end in .sql, in lower case".to_owned());
            name.rsplit_once('.').map_or(name, |(stem, _)| stem)
        });
        let numbered = stem.strip_prefix('V').unwrap_or_else(|| {
            faults.push("the name must start with a capital V and the version number".to_owned());
            stem.trim_start_matches(|c: char| !c.is_ascii_digit())
        });
        let digits = numbered.find(|c: char| !c.is_ascii_digit()).unwrap_or(numbered.len());
        let (number, rest) = numbered.split_at(digits);
        let version = number.parse::<i32>().ok().filter(|version| *version > 0);
        if version.is_none() || number.starts_with('0') {
            faults.push(format!("the version must be a number from 1 to {}, without leading zeros", i32::MAX));
        }
        let description = rest.strip_prefix("__").unwrap_or_else(|| {
            faults.push("two underscores must stand between the version and the description".to_owned());
            rest.trim_start_matches(|c: char| !c.is_alphanumeric())
        });
        if description.is_empty() || description.starts_with('_') || !description.chars().all(is_snake_case) {
            faults.push("the description must be in snake_case: letters a to z, digits, single underscores".to_owned());
        }
        match version {
            Some(version) if faults.is_empty() => Ok(Self { version, description: description.to_owned() }),
            _ => {
                let lower = description.to_lowercase();
                let description: String = lower.chars().map(|c| if is_snake_case(c) { c } else { '_' }).collect();
                let description = description.trim_matches('_');
                let suggestion = version.filter(|_| !description.is_empty());
                let suggestion = suggestion.map(|version| format!("V{version}__{description}.sql"));
                Err(BadFileName { faults, suggestion })
            }
        }
    }
}

fn is_snake_case(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V{}__{}", self.version, self.description)
    }
}

impl fmt::Display for BadFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.faults.join("; "))?;
        self.suggestion.iter().try_for_each(|suggestion| write!(f, "; rename it to {suggestion}"))
    }
}

impl std::error::Error for BadFileName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_name_has_a_version_and_a_description() {
        let name = FileName::parse("V12__add_phone_2.sql").expect("the name is good");
        assert_eq!((name.version, name.description.as_str()), (12, "add_phone_2"));
        assert_eq!(name.to_string(), "V12__add_phone_2");
    }

    #[test]
    fn a_name_that_refinery_skips_is_refused_with_the_right_name() {
        for (name, right) in [
            ("V2__add-phone.sql", "V2__add_phone.sql"),
            ("v2__add_phone.sql", "V2__add_phone.sql"),
            ("V2__add_phone.SQL", "V2__add_phone.sql"),
            ("V2_add_phone.sql", "V2__add_phone.sql"),
            ("002_add_phone.sql", "V2__add_phone.sql"),
            ("V02__add_phone.sql", "V2__add_phone.sql"),
            ("U2__add_phone.sql", "V2__add_phone.sql"),
        ] {
            let bad = FileName::parse(name).expect_err(name);
            assert_eq!(bad.suggestion.as_deref(), Some(right), "{name}: {bad}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_guessed_is_refused_all_the_same() {
        for name in ["V1.2__x.sql", "V__x.sql", "V0__x.sql", "V99999999999__x.sql", "notes.sql", "|4__x.sql", ""] {
            assert!(!FileName::parse(name).expect_err(name).faults.is_empty(), "{name}");
        }
    }
}
