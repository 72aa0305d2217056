//! Limits and page sizes: `u32` in the interface, INTEGER or BIGINT in PostgreSQL; and what happens at a limit.

/// What happens to a user who has as many sessions, connections or devices as allowed and asks for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtLimit {
    /// The oldest one ends, and the new one is allowed: the session that was used least recently, the connection that was opened
    /// first, the device that was not used for longest.
    EndOldest,
    /// The new one is refused.
    Refuse,
}

/// A limit as INTEGER. One that does not fit, above 2,147,483,647, becomes the largest: more rows than any table here holds.
pub(crate) fn integer(limit: u32) -> i32 {
    i32::try_from(limit).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_beyond_integer_becomes_the_largest() {
        assert_eq!((integer(0), integer(7), integer(u32::MAX)), (0, 7, i32::MAX));
    }
}
