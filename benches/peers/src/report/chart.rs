//! The chart, as SVG: a panel a workload, a bar a contender, as a share of the rate by hand. Readable in light and dark.

use super::{
    Results, median_of,
    tables::{BY_HAND, thousands},
};
use crate::contest::{Round, Workload};

const WIDTH: f64 = 860.0;
const COLUMNS: usize = 2;
const LABELS: f64 = 140.0;
const RATES: f64 = 72.0;
const BAR: f64 = 15.0;
const STEP: f64 = 20.0;
const HEAD: f64 = 44.0;
const GAP: f64 = 26.0;
const TOP: f64 = 62.0;

const STYLE: &str = "
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 16px }
.panel { font-weight: 600; font-size: 13px }
.quiet { fill: #59636e }
.bar { fill: #9aa7b4 }
.ours { fill: #0969da }
.hand { stroke: #1f2328; stroke-width: 1; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.quiet { fill: #9198a1 }
.bar { fill: #57606a }
.ours { fill: #4493f8 }
.hand { stroke: #f0f6fc }
}";

impl Results {
    pub(super) fn as_chart(&self) -> String {
        let tasks = self.cpu_tasks();
        let panels: Vec<Workload> = self.workloads().collect();
        let rows = panels.iter().map(|panel| self.contenders(*panel, tasks).len()).max().unwrap_or(0);
        let panel_height = HEAD + number(rows) * STEP + GAP;
        let height = TOP + panel_height * number(panels.len().div_ceil(COLUMNS));
        let panel_width = WIDTH / number(COLUMNS);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-label=\"Operations per second of ways to PostgreSQL from Rust\">\n<style>{STYLE}\n</style>\n\
             <text class=\"title\" x=\"16\" y=\"26\">Operations per second, {tasks} tasks</text>\n\
             <text class=\"quiet\" x=\"16\" y=\"46\">Longer is faster. The dashed line is tokio-postgres by hand with deadpool.</text>\n"
        );
        for (position, workload) in panels.iter().enumerate() {
            let x = 16.0 + panel_width * number(position % COLUMNS);
            let y = TOP + panel_height * number(position / COLUMNS);
            svg += &self.panel(*workload, tasks, x, y, panel_width - 32.0);
        }
        svg + "</svg>\n"
    }

    fn panel(&self, workload: Workload, tasks: usize, x: f64, y: f64, width: f64) -> String {
        let contenders = self.contenders(workload, tasks);
        let rates: Vec<f64> = contenders.iter().map(|(_, rounds)| median_of(rounds, Round::per_second)).collect();
        let scale = (width - LABELS - RATES) / rates.iter().copied().fold(1.0, f64::max);
        let start = x + LABELS;
        let mut svg = format!("<text class=\"panel\" x=\"{x}\" y=\"{:.1}\">{}</text>\n", y + 24.0, workload.title());
        for (position, ((name, _), rate)) in contenders.iter().zip(&rates).enumerate() {
            let top = y + HEAD + number(position) * STEP;
            let middle = top + 12.0;
            let class = if name.starts_with("barqnet-db") { "ours" } else { "bar" };
            svg += &format!(
                "<text x=\"{:.1}\" y=\"{middle:.1}\" text-anchor=\"end\">{name}</text>\
                 <rect class=\"{class}\" x=\"{start:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"2\"/>\
                 <text class=\"quiet\" x=\"{:.1}\" y=\"{middle:.1}\" text-anchor=\"end\">{}/s</text>\n",
                start - 8.0,
                rate * scale,
                x + width,
                thousands(*rate),
            );
        }
        let by_hand = contenders.iter().zip(&rates).find(|((name, _), _)| *name == BY_HAND);
        if let Some((_, rate)) = by_hand {
            let line = start + rate * scale;
            let (top, bottom) = (y + HEAD - 6.0, y + HEAD + number(contenders.len()) * STEP);
            svg += &format!(
                "<line class=\"hand\" x1=\"{line:.1}\" x2=\"{line:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\"/>\n"
            );
        }
        svg
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of bars and panels")]
fn number(count: usize) -> f64 {
    count as f64
}
