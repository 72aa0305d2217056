//! Phone numbers in the form of ITU-T E.164.

use std::{fmt, str::FromStr};

use crate::text_enum::text_parameter;

/// A phone number in international form (ITU-T E.164): `+`, then 7 to 15 digits of which the first is not 0.
///
/// `Display` shows the whole number. `Debug` hides its middle, because numbers are personal data and `Debug` output ends up
/// in logs.
///
/// ```
/// use barqnet_db::PhoneNumber;
///
/// let number: PhoneNumber = "+4915112345678".parse()?;
/// assert_eq!(number.as_str(), "+4915112345678");
/// assert!("0151 12345678".parse::<PhoneNumber>().is_err());
/// # Ok::<(), barqnet_db::phone_number::InvalidPhoneNumber>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

/// The text is not a phone number in international form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a phone number in international form (E.164): write + and 7 to 15 digits with the country code first, \
     without spaces, such as +4915112345678"
)]
pub struct InvalidPhoneNumber;

impl PhoneNumber {
    /// The number with its `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PhoneNumber {
    type Err = InvalidPhoneNumber;

    fn from_str(text: &str) -> Result<Self, InvalidPhoneNumber> {
        let digits = text.strip_prefix('+').ok_or(InvalidPhoneNumber)?;
        let well_formed =
            (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        if well_formed { Ok(Self(text.to_owned())) } else { Err(InvalidPhoneNumber) }
    }
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

    #[test]
    fn only_international_numbers_are_taken() {
        for good in ["+1234567", "+4915112345678", "+123456789012345"] {
            assert_eq!(good.parse::<PhoneNumber>().expect(good).as_str(), good);
        }
        for bad in [
            "",
            "+",
            "4915112345678",
            "+0151123456",
            "+123456",
            "+1234567890123456",
            "+49 151 1234567",
            "+49151١٢٣٤٥",
            "+4915112345\0",
            "++4915112345",
            "+4915112345x",
        ] {
            assert_eq!(bad.parse::<PhoneNumber>(), Err(InvalidPhoneNumber), "{bad:?}");
        }
    }

    #[test]
    fn debug_hides_the_middle() {
        let number: PhoneNumber = "+4915112345678".parse().expect("well formed");
        assert_eq!(format!("{number:?}"), "+49…78");
    }
}
