//! The one-time password itself.

use std::{fmt, str::FromStr};

use crate::digits::ascii_digit;

/// A one-time password of six decimal digits, the minimum of NIST SP 800-63B-4, 3.1.3.2. As text, its digits can be those of any
/// script: people type `٠٤٨٢١٣` for `048213`.
///
/// `Debug` does not show it and there is no `Display`: [`expose`](Self::expose) is the only way to its text. No statement
/// takes it as a parameter: the database gets a MAC of it.
#[derive(Clone)]
pub struct OtpCode([u8; 6]);

/// The text is not a one-time password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a one-time password: it must be 6 digits, such as 048213")]
pub struct InvalidCode;

impl OtpCode {
    /// A new random code. All codes are equally likely.
    ///
    /// # Panics
    /// If the operating system provides no random numbers.
    #[must_use]
    pub fn generate() -> Self {
        Self(std::array::from_fn(|_| {
            loop {
                let mut byte = [0];
                getrandom::fill(&mut byte).expect("the operating system provides random numbers");
                // 250 is the largest multiple of 10 in a byte: with larger values some digits would be more likely.
                if byte[0] < 250 {
                    return b'0' + byte[0] % 10;
                }
            }
        }))
    }

    /// The text of the code. Use it only in the message to its receiver.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Six ASCII digits by construction.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for OtpCode {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        let mut digits = text.chars().map(|character| ascii_digit(character).ok_or(InvalidCode));
        let mut code = [0; 6];
        for digit in &mut code {
            *digit = digits.next().ok_or(InvalidCode)?? as u8;
        }
        if digits.next().is_none() { Ok(Self(code)) } else { Err(InvalidCode) }
    }
}

impl fmt::Debug for OtpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtpCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_of_any_script() {
        for text in ["048213", "٠٤٨٢١٣", "۰۴۸۲۱۳", "०४८२१३", "０４８２１３"] {
            assert_eq!(text.parse::<OtpCode>().expect("six digits").expose(), "048213", "{text}");
        }
        for text in
            ["", "12345", "1234567", "12345a", "-12345", "١٢٣", "12345\0", "１２", "12345²", " 12345", "١٢٣٤٥٦٧"]
        {
            assert_eq!(text.parse::<OtpCode>().err(), Some(InvalidCode), "{text:?}");
        }
    }

    #[test]
    fn generated_codes_use_every_digit_at_every_position() {
        let codes: Vec<OtpCode> = (0..2000).map(|_| OtpCode::generate()).collect();
        for place in 0..6 {
            for digit in b'0'..=b'9' {
                // The chance that a digit is missing by accident is 10⁻⁹⁰.
                assert!(codes.iter().any(|code| code.0[place] == digit), "no {digit} at {place}");
            }
        }
    }
}
