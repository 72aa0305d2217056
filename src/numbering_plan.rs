//! The numbering plans of all countries: which digits belong to a number, and how many it has.

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat};

use crate::phone_number::InvalidPhoneNumber;

/// Writes a number, the digits after the `+`, as the plan of its country does: without a trunk prefix.
pub(crate) fn by_plan(mut digits: String) -> Result<String, InvalidPhoneNumber> {
    // Each round removes a prefix, so that the second or third one changes nothing.
    for _ in 0..4 {
        let number = match PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None) {
            Ok(number) => number,
            Err(ParseError::InvalidCountryCode) => return Err(InvalidPhoneNumber::Country),
            Err(_) => return Err(InvalidPhoneNumber::Form),
        };
        let written = written(&number);
        if written == digits {
            return if is_complete(&number) { Ok(digits) } else { Err(wrong_length(&number)) };
        }
        digits = written;
    }
    Err(InvalidPhoneNumber::Form)
}

fn written(number: &PhoneNumber) -> String {
    let digits = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164).trim_start_matches('+').to_owned();
    // Mexico's mobile numbers had a 1 after the country code until 2019, and apps still write it.
    match digits.strip_prefix("521") {
        Some(rest) if rest.len() == 10 => format!("52{rest}"),
        _ => digits,
    }
}

/// Whether numbers of its country have its length, with the area code.
fn is_complete(number: &PhoneNumber) -> bool {
    matches!(PHONE_NUMBER_UTIL.is_possible_number_with_reason(number), Ok(NumberLengthType::IsPossible))
}

fn wrong_length(number: &PhoneNumber) -> InvalidPhoneNumber {
    InvalidPhoneNumber::Length { country_code: u16::try_from(number.country_code).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(number: &str) -> Result<String, InvalidPhoneNumber> {
        number.parse().map(|number: crate::PhoneNumber| number.as_str().to_owned())
    }

    #[test]
    fn a_trunk_prefix_is_removed_where_the_plan_has_one() {
        for (number, typed) in [
            ("+61412345678", "+610412345678"),
            ("+4915112345678", "+49015112345678"),
            ("+447911123456", "+4407911123456"),
            // No range of the plan begins so.
            ("+446605550001", "+4406605550001"),
            ("+12025550143", "+112025550143"),
            ("+79161234567", "+789161234567"),
            ("+36301234567", "+3606301234567"),
            ("+8613812345678", "+86013812345678"),
            ("+966501234567", "+9660501234567"),
            ("+971501234567", "+9710501234567"),
            ("+989123456789", "+9809123456789"),
            ("+5511987654321", "+55011987654321"),
            ("+5491123456789", "+54111523456789"),
            ("+525512345678", "+5215512345678"),
        ] {
            assert_eq!(written(number).as_deref(), Ok(number));
            assert_eq!(written(typed).as_deref(), Ok(number), "{typed}");
        }
    }

    #[test]
    fn a_zero_that_is_part_of_the_number_stays() {
        // Italy, San Marino, Côte d'Ivoire, the Congo.
        for number in ["+390612345678", "+3780549886377", "+2250712345678", "+242061234567"] {
            assert_eq!(written(number).as_deref(), Ok(number));
        }
    }

    #[test]
    fn a_country_code_that_nobody_has_and_a_length_that_a_country_does_not_have_are_refused() {
        for unknown in ["+999123456789", "+21012345678"] {
            assert_eq!(written(unknown), Err(InvalidPhoneNumber::Country), "{unknown}");
        }
        for (number, country_code) in [("+1234567", 1), ("+15551234", 1), ("+1234567890123456", 1), ("+658123456", 65)]
        {
            assert_eq!(written(number), Err(InvalidPhoneNumber::Length { country_code }), "{number}");
        }
    }

    #[test]
    fn what_is_written_by_the_plan_is_written_so_again() {
        let mut accepted = 0;
        for code in 1..1000 {
            for national in ["0151234567", "151234567", "8912345678", "012345678", "1512345678", "06123456", "91234567"]
            {
                if let Ok(number) = written(&format!("+{code}{national}")) {
                    accepted += 1;
                    assert_eq!(written(&number).as_deref(), Ok(number.as_str()));
                }
            }
        }
        assert!(accepted > 500, "only {accepted}");
    }
}
