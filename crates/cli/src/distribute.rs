//! `distribute`: spreads connections and usage over the workers of a Citus cluster.

use barqnet_db::{
    distribution::{self, Shape},
    migrate::Migrations,
    pool::Settings,
};

use crate::{arguments::DistributeFlags, error::Error, exit::Exit, json, output::Output, prompt, units};

/// What confirms.
const WORD: &str = "distribute";

/// Shows the plan, asks, and distributes.
pub(crate) async fn run(
    settings: &Settings,
    built_in: &Migrations,
    flags: &DistributeFlags,
    output: &mut Output,
) -> Result<Exit, Error> {
    if !flags.yes && !flags.dry_run {
        prompt::require_terminal("distribute", flags.json.json)?;
    }
    let plan = distribution::plan(settings, built_in).await?;
    let as_json = flags.json.json;
    if !plan.refusals.is_empty() {
        if !as_json {
            return Err(distribution::Error::Refused(plan.refusals).into());
        }
        json::print(&json::Distribution::of(&plan, false), output)?;
        return Ok(Exit::Failed);
    }
    if !as_json {
        for line in plan.to_string().lines() {
            output.line(line)?;
        }
    }
    let runs = !plan.is_done() && !flags.dry_run;
    if runs {
        if !flags.yes {
            let question = format!("Type {WORD} to distribute {}:", units::place(settings));
            prompt::confirm(&question, WORD.to_owned(), output).await?;
        }
        distribution::distribute(settings, built_in).await?;
    }
    if as_json {
        json::print(&json::Distribution::of(&plan, runs), output)?;
    } else {
        let place = units::place(settings);
        output.line(&match (plan.is_done(), runs, plan.shape) {
            (true, ..) => format!("nothing to do: {place} is distributed"),
            (_, true, Shape::Plain) => format!("distributed {place} to {}", plan.workers.join(", ")),
            (_, true, Shape::Distributed { .. }) => format!("replaced the functions of {place}"),
            (_, false, _) => "nothing was changed".to_owned(),
        })?;
    }
    Ok(Exit::Done)
}
