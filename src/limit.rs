//! Limits and page sizes: `u32` in the interface, INTEGER or BIGINT in PostgreSQL.

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
