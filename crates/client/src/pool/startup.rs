//! The settings sent when a connection starts: limits that the server enforces, and what SQL relies on.

use std::time::Duration;

/// The settings that decide what SQL means and how PostgreSQL writes text, with the values of every session: a server, a
/// database, a role or `PGOPTIONS` can set them otherwise, and a statement or a migration would then do something else.
///
/// A transaction may ask for another isolation level, and a session may change any of them until it is returned to the
/// pool. Not among them is `search_path`, which says where the tables are: that of the role, the database or
/// `options` applies.
pub const SESSION_SETTINGS: [(&str, &str); 10] = [
    ("TimeZone", "UTC"),
    ("default_transaction_isolation", "read committed"),
    ("standard_conforming_strings", "on"),
    ("transform_null_equals", "off"),
    ("quote_all_identifiers", "off"),
    ("DateStyle", "ISO, MDY"),
    ("IntervalStyle", "postgres"),
    ("extra_float_digits", "1"),
    ("check_function_bodies", "on"),
    // A check that a function fails only with other defaults, such as a variable that hides another.
    ("plpgsql.extra_errors", "none"),
];

/// A limit that the server enforces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) duration: Option<Duration>,
    /// Set by the user instead of by default: it then takes precedence over `options`.
    is_explicit: bool,
}

impl Limit {
    pub(super) fn default_of(duration: Option<Duration>) -> Self {
        Self { duration, is_explicit: false }
    }

    pub(super) fn explicit(duration: Option<Duration>) -> Self {
        Self { duration, is_explicit: true }
    }

    /// The start-up flag.
    fn flag(self, name: &str) -> Option<String> {
        self.setting().map(|millis| format!("-c {name}={millis}"))
    }

    /// The setting's value. An explicit "no limit" is 0, which overrides a limit of the role.
    pub(super) fn setting(self) -> Option<i32> {
        match self.duration {
            Some(limit) => Some(millis(Some(limit))),
            None => self.is_explicit.then_some(0),
        }
    }
}

/// A limit as PostgreSQL's settings have it.
pub(crate) fn millis(limit: Option<Duration>) -> i32 {
    // Under a millisecond must not become 0, which is "no limit"; PostgreSQL's maximum is that of an i32.
    limit.map_or(0, |limit| i32::try_from(limit.as_millis()).unwrap_or(i32::MAX).max(1))
}

/// The start-up parameter `options`.
///
/// Of a setting given twice the server takes the last, hence the order: default limits, the user's `options`, explicit
/// limits, and [`SESSION_SETTINGS`].
pub(super) fn options(limits: &[(&str, Limit)], user_options: &str) -> String {
    let flags = |is_explicit: bool| {
        let of_kind = limits.iter().filter(move |(_, limit)| limit.is_explicit == is_explicit);
        of_kind.filter_map(|(name, limit)| limit.flag(name))
    };
    let user_options = Some(user_options.to_owned()).filter(|options| !options.is_empty());
    let mut all: Vec<_> = flags(false).chain(user_options).collect();
    all.extend(flags(true));
    all.extend(SESSION_SETTINGS.map(|(name, value)| format!("-c {name}={}", value.replace(' ', "\\ "))));
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_user_override_default_limits_but_not_explicit_ones() {
        let limits = [
            ("statement_timeout", Limit::default_of(Some(Duration::from_secs(30)))),
            ("lock_timeout", Limit::explicit(Some(Duration::from_micros(1)))),
            ("idle_in_transaction_session_timeout", Limit::explicit(None)),
        ];
        let all = options(&limits, "-c geqo=off");
        let expected = "-c statement_timeout=30000 -c geqo=off -c lock_timeout=1 \
             -c idle_in_transaction_session_timeout=0 -c TimeZone=UTC ";
        assert!(all.starts_with(expected), "{all}");
    }

    #[test]
    fn a_default_without_a_limit_leaves_the_servers_own_in_place() {
        assert!(options(&[("lock_timeout", Limit::default_of(None))], "").starts_with("-c TimeZone=UTC "));
    }

    #[test]
    fn a_space_in_a_value_is_escaped() {
        let all = options(&[], "");
        assert!(all.contains(r"-c default_transaction_isolation=read\ committed -c "), "{all}");
        assert!(all.contains(r"-c DateStyle=ISO,\ MDY -c "), "{all}");
    }
}
