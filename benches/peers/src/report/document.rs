//! Puts the results into docs/.

use std::{env, fs, path::PathBuf, process::Command};

use super::Results;
use crate::peer::Result;

const BEGIN: &str = "<!-- written by `make bench BENCH=peers` from here -->\n";
const END: &str = "<!-- to here -->\n";

/// Replaces the chart, and the generated part of the page.
pub(crate) fn write(results: &Results) -> Result<()> {
    let docs = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
    let page = docs.join("benchmarks.md");
    let text = fs::read_to_string(&page)?;
    let missing = || format!("{} has no part that this command writes", page.display());
    let (before, rest) = text.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    let generated = format!("{}\n\n{}", machine(results)?, results.as_markdown());
    fs::write(&page, format!("{before}{BEGIN}\n{generated}{END}{after}"))?;
    Ok(fs::write(docs.join("benchmarks.svg"), results.as_chart())?)
}

/// The machine, and the versions that were compared.
fn machine(results: &Results) -> Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let models: Vec<&str> = processors
        .lines()
        .filter(|line| line.starts_with("model name"))
        .filter_map(|line| line.split(": ").nth(1))
        .collect();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let date = Command::new("date").args(["-u", "+%F"]).output()?;
    let rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("--version").output()?;
    let lock = include_str!("../../Cargo.lock");
    let version = |name: &str| {
        let found = lock.split("[[package]]\n").find(|package| package.starts_with(&format!("name = \"{name}\"\n")));
        found.and_then(|package| package.split('"').nth(3)).unwrap_or("?").to_owned()
    };
    let peers = ["tokio-postgres", "deadpool-postgres", "sqlx", "diesel-async", "diesel", "sea-orm", "refinery"];
    let peers: Vec<String> = peers.iter().map(|name| format!("{name} {}", version(name))).collect();
    Ok(format!(
        "{}, {}, on {} × {}, Linux {}; client, server and benchmark share the machine. PostgreSQL {}, {}; {}, cornucopia 1.0.1.",
        String::from_utf8_lossy(&date.stdout).trim(),
        results.extent,
        models.len(),
        models.first().unwrap_or(&"an unknown processor"),
        kernel.trim(),
        results.version,
        String::from_utf8_lossy(&rustc.stdout).trim().split(" (").next().unwrap_or_default(),
        peers.join(", "),
    ))
}
