//! Calling codes, and the countries that may get codes.

use std::{fmt, str::FromStr};

use crate::phone_number::PhoneNumber;

/// The calling code of a country or service, such as `+49`, as ITU-T E.164 assigns them. The countries of the Caribbean and the
/// Pacific that share `+1` are told apart by their area codes: Jamaica is `+1876`, while `+1` is the United States and Canada.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallingCode {
    digits: [u8; 4],
    length: usize,
}

/// The text is not a calling code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a calling code: write + and its digits, such as +49, or with the area code where countries share +1, such as +1876"
)]
pub struct InvalidCallingCode;

/// The codes of two digits, in order. `1` and `7` are the codes of one digit; all others have three.
const TWO_DIGITS: [&[u8; 2]; 44] = [
    b"20", b"27", b"30", b"31", b"32", b"33", b"34", b"36", b"39", b"40", b"41", b"43", b"44", b"45", b"46", b"47",
    b"48", b"49", b"51", b"52", b"53", b"54", b"55", b"56", b"57", b"58", b"60", b"61", b"62", b"63", b"64", b"65",
    b"66", b"81", b"82", b"84", b"86", b"90", b"91", b"92", b"93", b"94", b"95", b"98",
];

/// The area codes within `+1` of others than the United States and Canada, in order.
const AREAS: [&[u8; 3]; 27] = [
    b"242", b"246", b"264", b"268", b"284", b"340", b"345", b"441", b"473", b"649", b"658", b"664", b"670", b"671",
    b"684", b"721", b"758", b"767", b"784", b"787", b"809", b"829", b"849", b"868", b"869", b"876", b"939",
];

impl CallingCode {
    /// The calling code of a number.
    #[must_use]
    pub fn of(number: &PhoneNumber) -> Self {
        // A number has at least 7 digits.
        Self::at_start_of(&number.as_str().as_bytes()[1..])
    }

    fn at_start_of(number: &[u8]) -> Self {
        let length = match number {
            [b'1', area @ ..] if AREAS.iter().any(|known| area.starts_with(*known)) => 4,
            [b'1' | b'7', ..] => 1,
            _ if TWO_DIGITS.iter().any(|known| number.starts_with(*known)) => 2,
            _ => 3,
        };
        let mut digits = [0; 4];
        digits[..length].copy_from_slice(&number[..length]);
        Self { digits, length }
    }

    fn digits(&self) -> &str {
        // ASCII digits by construction.
        str::from_utf8(&self.digits[..self.length]).unwrap_or_default()
    }
}

impl FromStr for CallingCode {
    type Err = InvalidCallingCode;

    fn from_str(text: &str) -> Result<Self, InvalidCallingCode> {
        let digits = text.strip_prefix('+').ok_or(InvalidCallingCode)?.as_bytes();
        let is_number = matches!(digits, [b'1'..=b'9', ..]) && digits.iter().all(u8::is_ascii_digit);
        if !is_number || digits.len() > 4 {
            return Err(InvalidCallingCode);
        }
        // A number with it has this code and nothing shorter or longer, whatever follows.
        let number = [digits, b"00"].concat();
        let code = Self::at_start_of(&number);
        if code.length == digits.len() { Ok(code) } else { Err(InvalidCallingCode) }
    }
}

impl fmt::Display for CallingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.digits())
    }
}

impl fmt::Debug for CallingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The countries whose numbers get codes. A number of any other country is refused before the database is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Countries {
    /// Every country.
    #[default]
    All,
    /// Only these.
    Only(Vec<CallingCode>),
    /// Every country but these.
    Except(Vec<CallingCode>),
}

impl Countries {
    pub(super) fn allow(&self, country: CallingCode) -> bool {
        match self {
            Self::All => true,
            Self::Only(countries) => countries.contains(&country),
            Self::Except(countries) => !countries.contains(&country),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(number: &str) -> String {
        CallingCode::of(&number.parse().expect("a number")).to_string()
    }

    #[test]
    fn a_number_has_the_calling_code_of_its_country() {
        for (number, code) in [
            ("+4915112345678", "+49"),
            ("+12025550123", "+1"),
            ("+14165550123", "+1"),
            ("+18765550123", "+1876"),
            ("+79161234567", "+7"),
            ("+97455123456", "+974"),
            ("+8816123456789", "+881"),
            ("+252612345678", "+252"),
            ("+390612345678", "+39"),
        ] {
            assert_eq!(code_of(number), code, "{number}");
        }
    }

    #[test]
    fn every_text_of_a_code_is_read_and_no_part_of_one() {
        for text in ["+1", "+7", "+49", "+974", "+1876", "+881"] {
            assert_eq!(text.parse::<CallingCode>().expect("a code").to_string(), text);
        }
        for text in ["", "+", "49", "+0", "+4", "+491", "+97", "+9745", "+1202", "+187", "+18765", "+4a", "+ 49", "+٤٩"]
        {
            assert_eq!(text.parse::<CallingCode>(), Err(InvalidCallingCode), "{text}");
        }
    }

    #[test]
    fn countries_are_allowed_by_a_list_or_all_but_a_list() {
        let [germany, jamaica] = ["+49", "+1876"].map(|text| text.parse::<CallingCode>().expect("a code"));
        assert!(Countries::All.allow(germany));
        assert!(Countries::Only(vec![germany]).allow(germany) && !Countries::Only(vec![germany]).allow(jamaica));
        assert!(Countries::Except(vec![jamaica]).allow(germany) && !Countries::Except(vec![jamaica]).allow(jamaica));
    }
}
