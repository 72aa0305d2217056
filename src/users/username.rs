//! Names of accounts, and what they look like.

use std::{fmt, str::FromStr};

use precis_profiles::{UsernameCaseMapped, precis_core::profile::PrecisFastInvocation};
use unicode_security::{RestrictionLevel, RestrictionLevelDetection, confusable_detection};

use crate::text_enum::text_parameter;

/// The longest name, in characters.
const MAX_CHARACTERS: usize = 64;

/// The name of a new account, such that one person can't look like another or break a path:
///
/// - It has the form of PRECIS `UsernameCaseMapped` (RFC 8265, 3.3): letters in lower case, full-width characters in their ordinary
///   form, NFC; no blanks, no control characters, no symbols outside ASCII; right-to-left text only as a whole (RFC 5893).
/// - It has at most 64 characters, of scripts that belong together: one script, or Latin with Japanese, Chinese or Korean, in
///   characters that are recommended for identifiers (UTS #39, level *Highly Restrictive*). Besides these only `@` is allowed.
/// - `/`, `\` and `:` are refused, and so are `..` and a name that begins with `.` or `-`.
/// - No other new name looks like it. Names look alike if their [skeletons](Self::skeleton) are equal: `b0b` and `bob`, `mike` and
///   `rnike`, `ada` in Latin and in Cyrillic letters. The database refuses the second one
///   ([`RegisterOutcome::NameTaken`](super::RegisterOutcome::NameTaken)), also if the first one belonged to an
///   [erased](super::erase) person.
///
/// Names of before are left alone: they keep working, also if they break this rule or look like each other, and a new name that looks
/// like one of them is refused once the maintenance has computed their skeletons
/// ([task](crate::maintenance::task) `name-skeletons`). [`sign_in_with_password`](super::sign_in_with_password) looks for the
/// name as it was typed first, and then for the `Username` of it.
///
/// ```
/// use barqnet_db::users::Username;
///
/// assert_eq!(Username::new("Ada")?.as_str(), "ada");
/// assert_eq!(Username::new("b0b")?.skeleton(), Username::new("Bob")?.skeleton());
/// assert!(Username::new("../../etc").is_err() && Username::new("ada ").is_err());
/// # Ok::<(), barqnet_db::users::InvalidUsername>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Username {
    name: String,
    skeleton: String,
}

/// The text can't be the name of a new account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUsername {
    /// It is empty.
    #[error("the name is empty")]
    Empty,
    /// It is longer than 64 characters.
    #[error("the name has {characters} characters: the maximum is 64")]
    Long {
        /// Its length.
        characters: usize,
    },
    /// A character is not allowed in names.
    #[error("the name can't contain the character U+{:04X}: use letters, digits, and . _ - or @, without blanks", u32::from(*.0))]
    Character(char),
    /// It begins with `.` or `-`, or contains `..`.
    #[error("the name can't begin with . or -, nor contain ..")]
    Dots,
    /// It mixes scripts, has characters that are not recommended for names, or mixes right-to-left and left-to-right text.
    #[error("the name mixes scripts, or has unusual characters: use the letters of one script")]
    Mixed,
}

impl Username {
    /// Checks a name and gives it its form.
    pub fn new(text: &str) -> Result<Self, InvalidUsername> {
        // Before the tables are searched: the text can come from anybody.
        let characters = text.chars().count();
        if characters > MAX_CHARACTERS {
            return Err(InvalidUsername::Long { characters });
        }
        if text.is_empty() {
            return Err(InvalidUsername::Empty);
        }
        let mapped = UsernameCaseMapped::enforce(text).map_err(|error| match error {
            precis_profiles::precis_core::Error::BadCodepoint(found) => {
                char::from_u32(found.cp).map_or(InvalidUsername::Mixed, InvalidUsername::Character)
            }
            _ => InvalidUsername::Mixed,
        })?;
        if let Some(refused) = mapped.chars().find(|&character| character.is_ascii() && !is_ascii_of_names(character)) {
            return Err(InvalidUsername::Character(refused));
        }
        if mapped.starts_with(['.', '-']) || mapped.contains("..") {
            return Err(InvalidUsername::Dots);
        }
        let without_at = mapped.replace('@', "");
        if !without_at.as_str().check_restriction_level(RestrictionLevel::HighlyRestrictive) {
            return Err(InvalidUsername::Mixed);
        }
        // Lower case and NFC can make a text longer.
        let characters = mapped.chars().count();
        if characters > MAX_CHARACTERS {
            return Err(InvalidUsername::Long { characters });
        }
        Ok(Self { skeleton: skeleton(&mapped), name: mapped.into_owned() })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What the name looks like: the skeleton of UTS #39, in lower case. It is for comparing only, and depends on the version of
    /// Unicode, so the database stores it with the name.
    #[must_use]
    pub fn skeleton(&self) -> &str {
        &self.skeleton
    }
}

fn is_ascii_of_names(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-' | '@' | '\'')
}

/// What a name looks like, also one that is no [`Username`].
pub(crate) fn skeleton(name: &str) -> String {
    let once = |text: &str| confusable_detection::skeleton(&text.to_lowercase()).collect::<String>().to_lowercase();
    // The prototype of 0 is the capital O, that of its lower case the o.
    once(&once(name))
}

impl FromStr for Username {
    type Err = InvalidUsername;

    fn from_str(text: &str) -> Result<Self, InvalidUsername> {
        Self::new(text)
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.name, f)
    }
}

text_parameter!(Username, |username| username.as_str());

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Result<String, InvalidUsername> {
        Username::new(text).map(|username| username.as_str().to_owned())
    }

    #[test]
    fn names_get_one_form() {
        for (typed, form) in [
            ("ada", "ada"),
            ("Ada", "ada"),
            ("ＡＤＡ", "ada"),
            ("Jose\u{301}", "josé"),
            ("u0123456789abcdef", "u0123456789abcdef"),
            ("ada.lovelace@example.org", "ada.lovelace@example.org"),
            ("o'neil-2_x", "o'neil-2_x"),
            ("Ёлка", "ёлка"),
            ("عمر", "عمر"),
            ("日本ada", "日本ada"),
        ] {
            assert_eq!(name(typed).as_deref(), Ok(form), "{typed}");
            assert_eq!(name(form).as_deref(), Ok(form), "{form}");
        }
    }

    #[test]
    fn blanks_control_characters_paths_and_mixed_scripts_are_refused() {
        use InvalidUsername::{Character, Dots, Empty, Long, Mixed};

        for (typed, reason) in [
            ("", Empty),
            ("ada ", Character(' ')),
            ("ada\n", Character('\n')),
            ("ada\0", Character('\0')),
            ("ada\u{a0}", Character('\u{a0}')),
            ("ad\u{200b}a", Character('\u{200b}')),
            ("ad\u{202e}a", Character('\u{202e}')),
            ("../../etc", Character('/')),
            ("a\\b", Character('\\')),
            ("a:b", Character(':')),
            ("ada;--", Character(';')),
            ("<ada>", Character('<')),
            (".", Dots),
            ("..", Dots),
            ("a..b", Dots),
            ("-rf", Dots),
            // The first letter is Cyrillic.
            ("\u{430}da", Mixed),
            ("adaعمر", Mixed),
        ] {
            assert_eq!(name(typed), Err(reason), "{typed:?}");
        }
        assert_eq!(name(&"a".repeat(64)).map(|name| name.len()), Ok(64));
        assert_eq!(name(&"a".repeat(65)), Err(Long { characters: 65 }));
    }

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        for (one, other) in [
            ("bob", "B0B"),
            ("mike", "rnike"),
            ("paul1", "paull"),
            ("ocean", "\u{43e}\u{441}\u{435}\u{430}n"),
            ("x\u{430}", "xa"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        for (one, other) in [("ada", "adam"), ("user-1", "user-2"), ("jose", "josé"), ("u0", "u1")] {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
        for text in ["I0O1l|m", "Straße", "ΜΑΡΙΑ", "\u{130}", "日本", "", "🦀", "ẞ"] {
            assert_eq!(skeleton(&skeleton(text)), skeleton(text), "{text}");
        }
    }
}
