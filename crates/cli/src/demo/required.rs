//! Values without which the demo cannot continue.

use crate::error::Error;

/// The value, or an error that names what is missing.
pub(super) fn required<T>(value: Option<T>, missing: &'static str) -> Result<T, Error> {
    value.ok_or(Error::Demo(missing))
}
