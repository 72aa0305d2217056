//! Phone numbers in the form of ITU-T E.164.

use std::{fmt, str::FromStr};

use crate::{digits::ascii_digit, text_enum::text_parameter};

/// A phone number in international form (ITU-T E.164): `+`, then 7 to 15 digits of which the first is not 0.
///
/// One number has one form, whatever was typed:
/// - Decimal digits of every script, and a full-width `＋`, are read as ASCII.
/// - With the feature `numbering-plans`, the plan of the country says what belongs to the number. A trunk prefix after the country
///   code is removed (`+61 04…` becomes `+61 4…`), and stays where it is part of the number, as in Italy. A number whose length the
///   country does not have, and a country code that nobody has, are refused. Whether somebody has the number is not checked. The
///   plans are those of Google's libphonenumber, from the crate `rlibphonenumber`: update it with each release.
/// - Without that feature only the form is checked: `+6104…` and `+614…` are two numbers.
///
/// `Display` shows the whole number. `Debug` hides its middle, because numbers are personal data and `Debug` output ends up
/// in logs.
///
/// ```
/// use barqnet_db::PhoneNumber;
///
/// let number: PhoneNumber = "+4915112345678".parse()?;
/// assert_eq!(number.as_str(), "+4915112345678");
/// assert_eq!("+٤٩١٥١١٢٣٤٥٦٧٨".parse::<PhoneNumber>()?, number);
/// assert!("0151 12345678".parse::<PhoneNumber>().is_err());
/// # Ok::<(), barqnet_db::phone_number::InvalidPhoneNumber>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

/// The text is not a phone number in international form. No variant contains the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPhoneNumber {
    /// It is not `+` and 7 to 15 digits, of which the first is not 0.
    #[error(
        "not a phone number in international form (E.164): write + and 7 to 15 digits with the country code first, \
         without spaces, such as +4915112345678"
    )]
    Form,
    /// No country has its country code.
    #[error(
        "no country has the country code of this phone number: write + and the country code first, such as +49 for Germany"
    )]
    Country,
    /// The country has no numbers of its length.
    #[error(
        "phone numbers with the country code +{country_code} have another length: look for a digit that is missing or one too many"
    )]
    Length {
        /// The country code.
        country_code: u16,
    },
}

impl PhoneNumber {
    /// The number with its `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last six digits, which all spellings of the number have.
    pub(crate) fn last_digits(&self) -> &str {
        &self.0[self.0.len() - 6..]
    }

    /// The number that another program, or one before numbers had one form, has stored. It can have blanks and other separators, and
    /// 00 in place of the `+`.
    pub(crate) fn from_stored(stored: &str) -> Option<Self> {
        let digits: String = stored.chars().filter_map(ascii_digit).collect();
        let international = match digits.strip_prefix("00") {
            Some(rest) if !stored.contains('+') => rest,
            _ => &digits,
        };
        format!("+{international}").parse().ok()
    }
}

impl FromStr for PhoneNumber {
    type Err = InvalidPhoneNumber;

    fn from_str(text: &str) -> Result<Self, InvalidPhoneNumber> {
        let digits = text.strip_prefix(['+', '＋']).ok_or(InvalidPhoneNumber::Form)?;
        // The longest number has 15 digits, and a trunk prefix has at most two.
        if digits.chars().nth(17).is_some() {
            return Err(InvalidPhoneNumber::Form);
        }
        let digits: String = digits.chars().map(ascii_digit).collect::<Option<_>>().ok_or(InvalidPhoneNumber::Form)?;
        if digits.len() < 7 || digits.starts_with('0') {
            return Err(InvalidPhoneNumber::Form);
        }
        let digits = by_plan(digits)?;
        if (7..=15).contains(&digits.len()) { Ok(Self(format!("+{digits}"))) } else { Err(InvalidPhoneNumber::Form) }
    }
}

#[cfg(feature = "numbering-plans")]
use crate::numbering_plan::by_plan;

/// Without plans, every number is as it should be.
#[cfg(not(feature = "numbering-plans"))]
#[expect(clippy::unnecessary_wraps, reason = "as the function of numbering plans")]
fn by_plan(digits: String) -> Result<String, InvalidPhoneNumber> {
    Ok(digits)
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…{}", &self.0[..3], &self.0[self.0.len() - 2..])
    }
}

text_parameter!(PhoneNumber, |number| number.as_str());

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<PhoneNumber, InvalidPhoneNumber> {
        text.parse()
    }

    #[test]
    fn only_international_numbers_are_taken() {
        for good in ["+4977009", "+4915112345678", "+390612345678"] {
            assert_eq!(parsed(good).expect(good).as_str(), good);
        }
        for bad in [
            "",
            "+",
            "4915112345678",
            "+0151123456",
            "+123456",
            "+49 151 1234567",
            "+4915112345\0",
            "++4915112345",
            "+4915112345x",
            "+491511234567890123",
        ] {
            assert_eq!(parsed(bad), Err(InvalidPhoneNumber::Form), "{bad:?}");
        }
    }

    #[test]
    fn digits_of_other_scripts_are_the_same_number() {
        let number = parsed("+4915112345678").expect("well formed");
        for text in ["+٤٩١٥١١٢٣٤٥٦٧٨", "+۴۹۱۵۱۱۲۳۴۵۶۷۸", "＋４９１５１１２３４５６７８", "+49१५११२३४५६७८"]
        {
            assert_eq!(parsed(text).as_ref(), Ok(&number), "{text}");
        }
    }

    #[test]
    fn a_number_that_was_stored_in_another_spelling_is_recognised() {
        let number = parsed("+61412345678").expect("well formed");
        for stored in ["+61412345678", "+61 412 345 678", "0061412345678", "00 61 (412) 345-678", "61412345678"] {
            assert_eq!(PhoneNumber::from_stored(stored).as_ref(), Some(&number), "{stored}");
        }
        for other in ["0412345678", "", "+", "none"] {
            assert_eq!(PhoneNumber::from_stored(other), None, "{other}");
        }
    }

    #[test]
    fn debug_hides_the_middle() {
        let number = parsed("+4915112345678").expect("well formed");
        assert_eq!(format!("{number:?}"), "+49…78");
    }
}
