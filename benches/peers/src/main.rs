//! This crate beside the other ways to PostgreSQL from Rust: the same statements on the same database, in turns, in one run.
//!
//! `barqnet-db-bench-peers [--rounds N] [--seconds S] [--tasks N,N…] [--only NAME,NAME…] [--write] [WORKLOAD…]`. `--only` names
//! contenders, `--write` puts the tables and the chart into docs/.

mod contest;
mod database;
mod inputs;
mod measure;
mod peer;
mod peers;
mod report;
mod round_trips;
mod rows;
mod start_up;
mod statements;

use std::{env, error::Error, process::ExitCode, time::Duration};

use self::{
    contest::{Contender, Of, Stage, Workload},
    database::Database,
    measure::CountingAllocator,
    peer::Result,
    peers::{ByHand, Cornucopia, Diesel, OnLane, Ours, SeaOrm, Sqlx, pgbench::Pgbench},
    report::Results,
};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// All contenders; the first is what the others are compared with.
fn contenders() -> Vec<Box<dyn Contender>> {
    vec![
        Of::<ByHand>::boxed(),
        Of::<Ours>::boxed(),
        Of::<OnLane>::boxed(),
        Of::<Cornucopia>::boxed(),
        Of::<Sqlx<true>>::boxed(),
        Of::<Sqlx<false>>::boxed(),
        Of::<Diesel<true>>::boxed(),
        Of::<Diesel<false>>::boxed(),
        Of::<SeaOrm<true>>::boxed(),
        Of::<SeaOrm<false>>::boxed(),
        Box::new(Pgbench),
    ]
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("error: {error}");
            let mut error: &dyn Error = error.as_ref();
            while let Some(source) = error.source() {
                eprint!(": {source}");
                error = source;
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
struct Asked {
    rounds: usize,
    length: Duration,
    tasks: Vec<usize>,
    only: Option<Vec<String>>,
    write: bool,
    workloads: Vec<Workload>,
    start_up: bool,
}

impl Asked {
    fn read() -> Result<Self> {
        let mut asked = Self {
            rounds: 5,
            length: Duration::from_secs(1),
            tasks: vec![1, 8, 16, 64],
            only: None,
            write: false,
            workloads: Vec::new(),
            start_up: false,
        };
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--rounds" => asked.rounds = value()?.parse()?,
                "--seconds" => asked.length = Duration::try_from_secs_f64(value()?.parse()?)?,
                "--tasks" => {
                    asked.tasks = value()?.split(',').map(str::parse).collect::<std::result::Result<_, _>>()?;
                }
                "--only" => asked.only = Some(value()?.split(',').map(str::to_owned).collect()),
                "--write" => asked.write = true,
                "start-up" => asked.start_up = true,
                name => {
                    let workload = Workload::ALL.into_iter().find(|workload| workload.name() == name);
                    asked.workloads.push(workload.ok_or_else(|| format!("there is no workload `{name}`"))?);
                }
            }
        }
        if asked.workloads.is_empty() && !asked.start_up {
            asked.workloads = Workload::ALL.to_vec();
            asked.start_up = true;
        }
        Ok(asked)
    }
}

async fn run() -> Result<()> {
    let asked = Asked::read()?;
    let server = database::start_server()?;
    let mut results = Results::new(&asked.tasks, asked.rounds, asked.length);
    if asked.start_up {
        results.start_up = start_up::measure(&server).await?;
    }
    if !asked.workloads.is_empty() {
        let stage = Stage::new(Database::create(server).await?);
        results.version = stage.database.version().await?;
        let mut contenders = contenders();
        if let Some(only) = &asked.only {
            contenders.retain(|contender| only.iter().any(|name| name == contender.name()));
        }
        statements::compare_cornucopia()?;
        compare_answers(&stage, &contenders).await?;
        stage.reset(None).await?;
        for &workload in &asked.workloads {
            count_allocations(&stage, &contenders, workload, &mut results).await?;
            for &tasks in &asked.tasks {
                for _ in 0..asked.rounds {
                    for contender in &contenders {
                        stage.reset(Some(workload)).await?;
                        let round = contender.round(&stage, workload, tasks, asked.length).await;
                        let round = round.inspect_err(|_| eprintln!("{}: {}", workload.title(), contender.name()))?;
                        results.add(workload, tasks, contender.name(), round);
                    }
                }
                eprintln!("{}, {tasks} tasks: measured", workload.title());
            }
        }
    }
    println!("{}", results.as_markdown());
    if asked.write { report::write(&results) } else { Ok(()) }
}

/// Fails unless every contender gives the first one's answers.
async fn compare_answers(stage: &Stage, contenders: &[Box<dyn Contender>]) -> Result<()> {
    let mut first = None;
    for contender in contenders {
        stage.reset(None).await?;
        let answers = contender.answers(stage).await.inspect_err(|_| eprintln!("answers: {}", contender.name()))?;
        let Some(answers) = answers else { continue };
        let expected = first.get_or_insert_with(|| answers.clone());
        if let Some((answer, other)) = answers.lines().zip(expected.lines()).find(|(answer, other)| answer != other) {
            return Err(format!("{} answers {answer} instead of {other}", contender.name()).into());
        }
        if answers.len() != expected.len() {
            return Err(format!("{} gives fewer or more answers than the others", contender.name()).into());
        }
    }
    Ok(())
}

async fn count_allocations(
    stage: &Stage,
    contenders: &[Box<dyn Contender>],
    workload: Workload,
    results: &mut Results,
) -> Result<()> {
    const OPERATIONS: usize = 100;
    for contender in contenders {
        stage.reset(Some(workload)).await?;
        let allocations = contender.allocations(stage, workload, OPERATIONS).await?;
        results.add_allocations(workload, contender.name(), allocations, OPERATIONS);
    }
    Ok(())
}
