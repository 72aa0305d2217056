//! What stands in for the metrics without the feature `metrics`: nothing.

use std::time::Duration;

use super::telemetry::Telemetry;

pub(crate) const IS_ON: bool = false;

pub(crate) fn statement_ended(_: &Telemetry, _: &'static str, _: Duration, _: Option<&str>) {}

pub(crate) fn waited(_: &Telemetry, _: Duration, _: Option<&str>) {}

pub(crate) fn opened(_: &Telemetry, _: Duration) {}

pub(crate) fn cancellation_sent(_: &Telemetry, _is_delivered: bool) {}

pub(crate) fn prepared_again(_: &'static str) {}

pub(crate) fn read(_: &Telemetry, _is_on_replica: bool) {}
