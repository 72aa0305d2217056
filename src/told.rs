//! Text that is only told, such as the name of a device, and is never a reason to refuse anything.

use std::borrow::Cow;

/// The text as PostgreSQL can hold it: it has no character U+0000. What is too long is cut by the statements.
pub(crate) fn told(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{FFFD}")) } else { Cow::Borrowed(text) }
}
