//! docs/observability.md lists the metrics as the code defines them.

use std::{fs, path::Path};

use barqnet_db::{
    client::metrics::{self, Metric, Unit},
    metrics::METRICS,
};

use super::markdown::ROOT;

fn row(metric: &Metric) -> String {
    let Metric { name, kind, unit, labels, description } = metric;
    let kind = format!("{kind:?}").to_lowercase();
    let unit = if *unit == Unit::Seconds { "s" } else { "" };
    let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
    format!("| `{name}` | {kind} | {unit} | {} | {description} |", labels.join(", "))
}

#[test]
fn the_table_of_metrics_is_that_of_the_code() {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/observability.md")).unwrap();
    let is_metric = |line: &&str| line.starts_with("| `") && line.matches(" | ").count() == 4;
    let found: Vec<_> = text.lines().filter(is_metric).collect();
    let expected: Vec<_> = metrics::METRICS.iter().chain(&METRICS).map(row).collect();
    assert_eq!(found, expected);
}
