//! Reads what was counted, for tests of metrics.

use std::collections::BTreeMap;

use barqnet_db::{
    client::{self, metrics::Kind},
    metrics,
};
use metrics_util::{
    CompositeKey, MetricKind,
    debugging::{DebugValue, Snapshotter},
};

/// What was counted since the last look, by name and labels: `name{label=value,…}`.
#[derive(Debug)]
pub(crate) struct Counted(BTreeMap<String, DebugValue>);

impl Counted {
    /// Everything that was counted is in the list of metrics, with its labels and as what it is.
    pub(crate) fn take(snapshotter: &Snapshotter) -> Self {
        let snapshot = snapshotter.snapshot().into_vec().into_iter();
        Self(snapshot.map(|(key, _, _, value)| (text(&key), value)).collect())
    }

    /// Each key has this number of values, or this value.
    pub(crate) fn assert(&self, expected: &[(&str, f64)]) {
        for (key, value) in expected {
            assert!((self.get(key) - value).abs() < 1e-9, "{key}, {value}: {self:#?}");
        }
    }

    /// Everything, as text.
    pub(crate) fn text(&self) -> String {
        format!("{self:?}")
    }

    /// How many values a histogram has, or the value of a counter or gauge.
    pub(crate) fn get(&self, key: &str) -> f64 {
        match self.0.get(key) {
            None => panic!("{key}: {self:#?}"),
            Some(DebugValue::Histogram(values)) => {
                assert!(values.iter().all(|value| (0.0..600.0).contains(&value.0)), "{key}: {values:?}");
                f64::from(u32::try_from(values.len()).unwrap())
            }
            Some(DebugValue::Counter(value)) => f64::from(u32::try_from(*value).unwrap()),
            Some(DebugValue::Gauge(value)) => value.0,
        }
    }
}

fn text(key: &CompositeKey) -> String {
    let (kind, key) = (key.kind(), key.key());
    let all = || metrics::METRICS.iter().chain(&client::metrics::METRICS);
    let metric = all().find(|metric| metric.name == key.name()).unwrap_or_else(|| panic!("{key} is not listed"));
    let listed = match metric.kind {
        Kind::Counter => MetricKind::Counter,
        Kind::Gauge => MetricKind::Gauge,
        Kind::Histogram => MetricKind::Histogram,
    };
    assert_eq!(kind, listed, "{key}");
    let mut labels = Vec::new();
    for label in key.labels() {
        assert!(metric.labels.contains(&label.key()), "{key}");
        labels.push(format!("{}={}", label.key(), label.value()));
    }
    format!("{}{{{}}}", key.name(), labels.join(","))
}
