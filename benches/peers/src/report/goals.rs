//! The goals, and whether this run meets them.

use super::{Results, tables::BY_HAND};
use crate::contest::Workload;

const OURS: &str = "barqnet-db";
const LANE: &str = "barqnet-db, lane";
const PGBENCH: &str = "pgbench";

impl Results {
    /// The goals as a table. A goal over several measurements shows the worst of them.
    pub(super) fn goals(&self) -> String {
        let mut rows = Vec::new();
        let all = self.rounds.keys().copied();
        rows.push(self.worst("of tokio-postgres by hand, everywhere", 0.97, (OURS, BY_HAND), all));
        for (other, least) in [(BY_HAND, 1.3), (PGBENCH, 1.0)] {
            let many =
                self.rounds.keys().copied().filter(|(workload, tasks)| *workload == Workload::Validate && *tasks >= 16);
            rows.push(self.worst(
                &format!("× {other}, validate on the lane at 16 and 64 tasks"),
                least,
                (LANE, other),
                many,
            ));
        }
        for other in ["sqlx", "diesel-async", "sea-orm"] {
            let at_16 = self.rounds.keys().copied().filter(|(_, tasks)| *tasks == 16);
            rows.push(self.worst(&format!("× {other} at 16 tasks"), 1.7, (OURS, other), at_16));
        }
        let mut text = "| Goal | at least | lowest | where | |\n|---|---:|---:|---|---|\n".to_owned();
        for (name, goal, lowest, place) in rows.into_iter().flatten() {
            let verdict = if lowest >= goal { "met" } else { "**not met**" };
            text += &format!("| {name} | {goal:.2} | {lowest:.2} | {place} | {verdict} |\n");
        }
        for other in ["refinery", "sqlx"] {
            let (Some(ours), Some(theirs)) = (self.start_up_time(OURS), self.start_up_time(other)) else { continue };
            let verdict = if theirs / ours >= 2.0 { "met" } else { "**not met**" };
            text += &format!(
                "| {other}'s time at start-up × | 2.00 | {:.2} | connection included | {verdict} |\n",
                theirs / ours
            );
        }
        text + "\n"
    }

    fn worst(
        &self,
        goal: &str,
        least: f64,
        (contender, other): (&str, &str),
        places: impl Iterator<Item = (Workload, usize)>,
    ) -> Option<(String, f64, f64, String)> {
        let ratios = places.filter_map(|(workload, tasks)| {
            let place = format!("{}, {tasks} {}", workload.name(), if tasks == 1 { "task" } else { "tasks" });
            Some((self.ratio(workload, tasks, contender, other)?, place))
        });
        let (lowest, place) = ratios.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some((goal.to_owned(), least, lowest, place))
    }
}
