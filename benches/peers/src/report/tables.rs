//! The tables, as Markdown.

use super::{Results, median_of, spread_of};
use crate::{
    contest::{Round, Workload},
    start_up,
};

/// The contender that the others are compared with.
pub(super) const BY_HAND: &str = "tokio-postgres";

impl Results {
    /// All tables.
    pub(crate) fn as_markdown(&self) -> String {
        let mut text = String::new();
        if !self.rounds.is_empty() {
            text += &self.goals();
        }
        for workload in self.workloads() {
            text += &self.table(workload);
        }
        if !self.start_up.is_empty() {
            text += &self.start_up_table();
        }
        text
    }

    fn table(&self, workload: Workload) -> String {
        let mut text = format!("### {}\n\n|  |", workload.title());
        for tasks in &self.tasks {
            text += &format!(" {tasks} {} |", if *tasks == 1 { "task" } else { "tasks" });
        }
        let cpu_at = self.cpu_tasks();
        text += &format!(
            " client CPU at {cpu_at} | server CPU at {cpu_at} | allocations |\n|---|{}\n",
            "---:|".repeat(self.tasks.len() + 3)
        );
        for (name, _) in self.contenders(workload, cpu_at) {
            text += &format!("| {name} |");
            for &tasks in &self.tasks {
                text += &self.cell(workload, tasks, name);
            }
            let rounds = self.of(workload, cpu_at, name).unwrap_or_default();
            let (client, server) =
                (median_of(rounds, Round::client_microseconds), median_of(rounds, Round::server_microseconds));
            let allocations = self
                .allocations
                .get(&(workload, *name))
                .map_or_else(|| "–".to_owned(), |(number, bytes)| format!("{number:.0} ({:.1} kB)", bytes / 1000.0));
            text += &format!(" {client:.0} µs | {server:.0} µs | {allocations} |\n");
        }
        text + "\n"
    }

    /// The rate, its spread, and its share of the rate by hand.
    fn cell(&self, workload: Workload, tasks: usize, name: &str) -> String {
        let Some(rounds) = self.of(workload, tasks, name) else { return " – |".to_owned() };
        let rate = median_of(rounds, Round::per_second);
        let spread = spread_of(rounds, Round::per_second) * 100.0;
        let ratio = self.ratio(workload, tasks, name, BY_HAND).unwrap_or(1.0);
        format!(" {} ±{spread:.0} % · {ratio:.2} |", thousands(rate))
    }

    /// The tasks with which processor time is shown: 16, or the most.
    pub(super) fn cpu_tasks(&self) -> usize {
        self.tasks.iter().copied().find(|tasks| *tasks == 16).or(self.tasks.last().copied()).unwrap_or(1)
    }

    fn start_up_table(&self) -> String {
        let mut text = "### Start-up with nothing to migrate\n\n\
                        |  | round trips | median | above a connection alone | fastest tenth | slowest tenth |\n\
                        |---|---:|---:|---:|---:|---:|\n"
            .to_owned();
        let connection = self.start_up_time(start_up::CONNECTION).unwrap_or_default();
        for start_up in &self.start_up {
            let tenth = |tenths: usize| start_up.times[start_up.times.len() * tenths / 10].as_secs_f64() * 1000.0;
            let above = (start_up.median().as_secs_f64() - connection) * 1000.0;
            text += &format!(
                "| {} | {} | {:.2} ms | {above:.2} ms | {:.2} ms | {:.2} ms |\n",
                start_up.name,
                start_up.round_trips,
                tenth(5),
                tenth(1),
                tenth(9),
            );
        }
        text + "\n"
    }

    /// The median of a runner, in seconds.
    pub(super) fn start_up_time(&self, name: &str) -> Option<f64> {
        self.start_up.iter().find(|start_up| start_up.name == name).map(|start_up| start_up.median().as_secs_f64())
    }
}

/// A rate with separators, such as 43,700.
pub(super) fn thousands(rate: f64) -> String {
    if rate < 1000.0 {
        return format!("{rate:.0}");
    }
    let digits = format!("{rate:.0}");
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    groups.iter().map(|group| String::from_utf8_lossy(group).into_owned()).collect::<Vec<_>>().join(",")
}
