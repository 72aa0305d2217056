//! The measurements: each compares contenders in one run and prints ratios. `make bench` runs all, `make bench
//! BENCH=validate` one.

mod bulk;
mod citus;
mod codes;
mod cost_operations;
mod costs;
mod function_settings;
mod heartbeats;
mod median;
mod nearest;
mod outcome;
mod overload;
mod previous_release;
mod processor_time;
mod replicas;
mod server;
mod server_cost;
mod simulation;
mod storm;
mod storm_caller;
mod user_statistics;
mod validate;

use std::{env, process::ExitCode};

use outcome::Outcome;

/// The measurements by name, in the order they run.
const NAMES: &[&str] = &[
    "validate",
    "replicas",
    "heartbeats",
    "storm",
    "user-statistics",
    "nearest",
    "function-settings",
    "codes",
    "bulk",
    "overload",
    "costs",
    "simulation",
    "citus",
];

#[tokio::main]
async fn main() -> ExitCode {
    let asked: Vec<String> = env::args().skip(1).collect();
    match run(&asked).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the measurements with these names, or all if there are none.
async fn run(asked: &[String]) -> Outcome {
    if let Some(unknown) = asked.iter().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(format!("there is no measurement `{unknown}`: it must be one of {}", NAMES.join(", ")).into());
    }
    for name in NAMES.iter().filter(|name| asked.is_empty() || asked.iter().any(|asked| asked == *name)) {
        println!("== {name}");
        match *name {
            "function-settings" => function_settings::run().await?,
            "nearest" => nearest::run().await?,
            "overload" => overload::run().await?,
            "simulation" => simulation::run().await?,
            "costs" => costs::run().await?,
            "citus" => citus::run().await?,
            "codes" => codes::run().await?,
            "bulk" => bulk::run().await?,
            "validate" => validate::run().await?,
            "replicas" => replicas::run().await?,
            "heartbeats" => heartbeats::run().await?,
            "storm" => storm::run().await?,
            "user-statistics" => user_statistics::run().await?,
            other => return Err(format!("the measurement `{other}` has no function").into()),
        }
    }
    Ok(())
}
