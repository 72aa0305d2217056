//! pgbench -M prepared: what a client that computes nothing gets from the server. It holds its connections for the whole
//! round, has no pool, and decodes no values. It measures the workloads that only read.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use barqnet_db_throwaway::Installation;
use futures::future::BoxFuture;
use nix::sys::resource::UsageWho;
use tokio::{task::spawn_blocking, time::sleep};

use crate::{
    contest::{Contender, Round, Stage, Workload},
    inputs::{ACCOUNTS, IDLE_SECONDS, NEAREST, PAGE, SESSIONS, TOUCH_AFTER_SECONDS},
    measure::{Allocations, between, cpu_time, server_cpu_time},
    peer::Result,
    statements::SQL,
};

pub(crate) struct Pgbench;

impl Contender for Pgbench {
    fn name(&self) -> &'static str {
        "pgbench"
    }

    fn answers<'a>(&'a self, _: &'a Stage) -> BoxFuture<'a, Result<Option<String>>> {
        Box::pin(async { Ok(None) })
    }

    fn round<'a>(
        &'a self,
        stage: &'a Stage,
        workload: Workload,
        tasks: usize,
        length: Duration,
    ) -> BoxFuture<'a, Result<Option<Round>>> {
        Box::pin(async move {
            let Some(script) = script(workload) else { return Ok(None) };
            round(stage, &script, tasks, length).await.map(Some)
        })
    }

    fn allocations<'a>(&'a self, _: &'a Stage, _: Workload, _: usize) -> BoxFuture<'a, Result<Option<Allocations>>> {
        Box::pin(async { Ok(None) })
    }
}

/// The statement with pgbench's variables as parameters.
fn script(workload: Workload) -> Option<String> {
    let (variables, sql, parameters) = match workload {
        Workload::Validate => (
            format!("\\set number random(1, {SESSIONS})"),
            SQL.validate,
            vec![
                TOUCH_AFTER_SECONDS.to_string(),
                "ENCODE(SHA256(INT4SEND(:number)), 'hex')".into(),
                IDLE_SECONDS.to_string(),
            ],
        ),
        Workload::Nearest => (
            "\\set latitude random(-90, 90)\n\\set longitude random(-180, 180)".into(),
            SQL.nearest,
            vec![":latitude".into(), ":longitude".into(), NEAREST.to_string()],
        ),
        Workload::Page => {
            (format!("\\set after random(0, {})", ACCOUNTS - PAGE), SQL.page, vec![":after".into(), PAGE.to_string()])
        }
        Workload::Verify | Workload::OpenAndClose | Workload::Heartbeat => return None,
    };
    let mut sql = sql.to_owned();
    for (position, parameter) in parameters.iter().enumerate().rev() {
        sql = sql.replace(&format!("${}", position + 1), parameter);
    }
    Some(format!("{variables}\n{sql};\n"))
}

/// Runs pgbench for a whole number of seconds, because it takes no other; its own figure leaves out the connecting.
async fn round(stage: &Stage, script: &str, tasks: usize, length: Duration) -> Result<Round> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("script.sql");
    std::fs::write(&file, script)?;
    let server = stage.database.server.folder();
    let seconds = length.as_secs().max(1).to_string();
    let client_before = cpu_time(UsageWho::RUSAGE_CHILDREN)?;
    let child = Command::new(program()?)
        .args(["-n", "-M", "prepared", "-j", &tasks.min(2).to_string(), "-c", &tasks.to_string(), "-T", &seconds, "-f"])
        .arg(&file)
        .arg(stage.database.url())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let running = spawn_blocking(move || child.wait_with_output());
    // The server's processes end with pgbench, so their time is that of the middle half.
    let quarter = Duration::from_secs_f64(length.as_secs_f64().max(1.0) / 4.0);
    sleep(quarter).await;
    let (server_before, begin) = (server_cpu_time(server)?, Instant::now());
    sleep(2 * quarter).await;
    let (server_cpu, share) = (between(&server_before, &server_cpu_time(server)?), begin.elapsed());
    let output = running.await??;
    let client_cpu = cpu_time(UsageWho::RUSAGE_CHILDREN)?.saturating_sub(client_before);
    let text = String::from_utf8_lossy(&output.stdout);
    let value =
        |label: &str| text.lines().find_map(|line| line.strip_prefix(label)?.split(' ').next()?.parse::<f64>().ok());
    let failed = || format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr));
    let rate = value("tps = ").ok_or_else(failed)?;
    let operations = value("number of transactions actually processed: ").ok_or_else(failed)?;
    let elapsed = Duration::from_secs_f64(operations / rate);
    let server_cpu = server_cpu.mul_f64(elapsed.as_secs_f64() / share.as_secs_f64());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count that pgbench printed")]
    let operations = operations as u64;
    Ok(Round { operations, elapsed, client_cpu, server_cpu })
}

/// In the folder of the server's programs, or in that of the client's.
fn program() -> Result<PathBuf> {
    let beside = Installation::find()?.program("pgbench");
    Ok(if beside.is_file() { beside } else { "pgbench".into() })
}
