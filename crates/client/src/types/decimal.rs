//! Numbers of the type `numeric` as [`Decimal`].

use postgres_types::Type;
use rust_decimal::Decimal;

use super::{Conversion, Lossless, take};

/// The sign of a negative number.
const NEGATIVE: u16 = 0x4000;

/// The most digits after the point, and the largest number of all digits, that a `Decimal` has.
const MAX_SCALE: u32 = 28;
const MAX_MANTISSA: u128 = (1 << 96) - 1;

/// `rust_decimal` rounds a number that has too many digits, and panics where it is too large.
impl Lossless for Decimal {
    fn check(_: &Type, mut raw: &[u8]) -> Conversion<()> {
        let groups = u16::from_be_bytes(take(&mut raw)?);
        let weight = i32::from(i16::from_be_bytes(take(&mut raw)?));
        match u16::from_be_bytes(take(&mut raw)?) {
            0 | NEGATIVE => {}
            0xC000 => return Err("NaN is not a decimal number".into()),
            _ => return Err("an infinite number is not a decimal number".into()),
        }
        let _displayed_scale: [u8; 2] = take(&mut raw)?;
        // Groups of four digits; the first is multiplied by 10000 to the power of `weight`.
        let mut mantissa = 0_u128;
        for _ in 0..groups {
            let group = u128::from(u16::from_be_bytes(take(&mut raw)?));
            mantissa = mantissa.checked_mul(10_000).and_then(|shifted| shifted.checked_add(group)).ok_or(TOO_LONG)?;
        }
        let mut exponent = 4 * (weight + 1 - i32::from(groups));
        while mantissa != 0 && exponent < 0 && mantissa.is_multiple_of(10) {
            mantissa /= 10;
            exponent += 1;
        }
        if mantissa != 0 && exponent > 0 {
            let power = 10_u128.checked_pow(exponent.unsigned_abs()).ok_or(TOO_LONG)?;
            mantissa = mantissa.checked_mul(power).ok_or(TOO_LONG)?;
        }
        let scale = if exponent < 0 { exponent.unsigned_abs() } else { 0 };
        if mantissa != 0 && (mantissa > MAX_MANTISSA || scale > MAX_SCALE) {
            return Err(TOO_LONG.into());
        }
        Ok(())
    }
}

const TOO_LONG: &str = "the number has more digits than Decimal holds (28)";
