//! Usage of random sessions, as the reports should show it.

use std::collections::BTreeMap;

use barqnet_db::queries::usage;
use chrono::NaiveDate;

/// Sessions, bytes in, bytes out, seconds.
pub(super) type Totals = (i64, i64, i64, i64);

pub(super) fn by_day(rows: Vec<usage::DailyUsage>) -> BTreeMap<NaiveDate, Totals> {
    assert!(rows.is_sorted_by(|one, next| one.day < next.day));
    rows.into_iter().map(|row| (row.day, (row.sessions, row.bytes_in, row.bytes_out, row.duration_seconds))).collect()
}
