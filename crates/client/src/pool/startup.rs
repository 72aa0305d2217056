//! The settings sent when a connection starts: limits that the server enforces, and the time zone.

use std::time::Duration;

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

    /// The start-up flag, in milliseconds. An explicit "no limit" is 0, which overrides a limit of the role.
    fn flag(self, name: &str) -> Option<String> {
        let millis = match self.duration {
            // Under a millisecond must not become 0, which is "no limit"; PostgreSQL's maximum is that of an i32.
            Some(limit) => limit.as_millis().clamp(1, i32::MAX as u128),
            None if self.is_explicit => 0,
            None => return None,
        };
        Some(format!("-c {name}={millis}"))
    }
}

/// The start-up parameter `options`.
///
/// Of a setting given twice the server takes the last, hence the order: default limits, the user's `options`, explicit
/// limits, and the time zone, so that `TIMESTAMP` columns without a zone mean UTC in every session.
pub(super) fn options(limits: &[(&str, Limit)], user_options: &str) -> String {
    let flags = |is_explicit: bool| {
        let of_kind = limits.iter().filter(move |(_, limit)| limit.is_explicit == is_explicit);
        of_kind.filter_map(|(name, limit)| limit.flag(name))
    };
    let user_options = Some(user_options.to_owned()).filter(|options| !options.is_empty());
    let mut all: Vec<_> = flags(false).chain(user_options).collect();
    all.extend(flags(true));
    all.push("-c TimeZone=UTC".to_owned());
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
        assert_eq!(
            options(&limits, "-c geqo=off"),
            "-c statement_timeout=30000 -c geqo=off -c lock_timeout=1 \
             -c idle_in_transaction_session_timeout=0 -c TimeZone=UTC"
        );
    }

    #[test]
    fn a_default_without_a_limit_leaves_the_servers_own_in_place() {
        assert_eq!(options(&[("lock_timeout", Limit::default_of(None))], ""), "-c TimeZone=UTC");
    }
}
