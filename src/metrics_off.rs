//! What stands in for the metrics without the feature `metrics`: nothing.

use crate::otp::Purpose;

pub(crate) fn otp_sent(_: Purpose, _outcome: &'static str, _refused_by: Option<String>) {}

pub(crate) fn otp_verified(_: Purpose, _outcome: &'static str, _refused_by: Option<String>) {}

#[cfg(feature = "passwords")]
pub(crate) fn password_sign_in(_outcome: &'static str, _refused_by: Option<String>) {}

#[cfg(feature = "passwords")]
pub(crate) fn password_computed(_rounds: u64) {}

pub(crate) fn session_opened(_outcome: &'static str) {}

pub(crate) fn session_rotated(_outcome: &'static str) {}

pub(crate) fn connection_opened(_outcome: &'static str) {}
