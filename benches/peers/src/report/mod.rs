//! The results: as tables, as a chart, in docs/.

mod chart;
mod document;
mod goals;
mod tables;

use std::{collections::BTreeMap, time::Duration};

use crate::{
    contest::{Round, Workload, as_f64},
    measure::Allocations,
    start_up::StartUp,
};

pub(crate) use self::document::write;

/// The rounds by contender, in the order of the run.
type Measured = Vec<(&'static str, Vec<Round>)>;

/// Everything that was measured.
pub(crate) struct Results {
    tasks: Vec<usize>,
    /// By workload and number of tasks.
    rounds: BTreeMap<(Workload, usize), Measured>,
    /// Number and bytes of an operation.
    allocations: BTreeMap<(Workload, &'static str), (f64, f64)>,
    pub(crate) start_up: Vec<StartUp>,
    /// The server's.
    pub(crate) version: String,
    /// How many rounds of what length.
    extent: String,
}

impl Results {
    pub(crate) fn new(tasks: &[usize], rounds: usize, length: Duration) -> Self {
        Self {
            tasks: tasks.to_vec(),
            rounds: BTreeMap::new(),
            allocations: BTreeMap::new(),
            start_up: Vec::new(),
            version: String::new(),
            extent: format!("{rounds} rounds of {} s", length.as_secs_f64()),
        }
    }

    pub(crate) fn add(&mut self, workload: Workload, tasks: usize, name: &'static str, round: Option<Round>) {
        let Some(round) = round else { return };
        let contenders = self.rounds.entry((workload, tasks)).or_default();
        match contenders.iter_mut().find(|(contender, _)| *contender == name) {
            Some((_, rounds)) => rounds.push(round),
            None => contenders.push((name, vec![round])),
        }
    }

    pub(crate) fn add_allocations(
        &mut self,
        workload: Workload,
        name: &'static str,
        allocations: Option<Allocations>,
        operations: usize,
    ) {
        let Some(Allocations { number, bytes }) = allocations else { return };
        let operations = as_f64(operations as u64);
        self.allocations.insert((workload, name), (as_f64(number) / operations, as_f64(bytes) / operations));
    }

    fn workloads(&self) -> impl Iterator<Item = Workload> {
        Workload::ALL.into_iter().filter(|workload| self.rounds.keys().any(|(measured, _)| measured == workload))
    }

    fn contenders(&self, workload: Workload, tasks: usize) -> &[(&'static str, Vec<Round>)] {
        self.rounds.get(&(workload, tasks)).map_or(&[], Vec::as_slice)
    }

    fn of(&self, workload: Workload, tasks: usize, name: &str) -> Option<&[Round]> {
        let found = self.contenders(workload, tasks).iter().find(|(contender, _)| *contender == name);
        found.map(|(_, rounds)| rounds.as_slice())
    }

    /// The median over the rounds of a contender's rate as a share of another's in the same round: load from elsewhere
    /// affects both.
    fn ratio(&self, workload: Workload, tasks: usize, name: &str, other: &str) -> Option<f64> {
        let (rounds, others) = (self.of(workload, tasks, name)?, self.of(workload, tasks, other)?);
        let ratios = rounds.iter().zip(others).map(|(round, other)| round.per_second() / other.per_second());
        Some(median(ratios.collect()))
    }
}

/// The median; of an even number of values, the higher one of the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn median_of(rounds: &[Round], value: fn(&Round) -> f64) -> f64 {
    median(rounds.iter().map(value).collect())
}

/// Half the distance between the lowest and the highest value, as a share of the median.
fn spread_of(rounds: &[Round], value: fn(&Round) -> f64) -> f64 {
    let values = || rounds.iter().map(value);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    (high - low) / 2.0 / median_of(rounds, value)
}
