//! The build step beside cornucopia's own command and beside `cargo sqlx prepare`, on the same statements and server.
//!
//! cornucopia runs twice: on a database that is created, migrated and dropped for it, which is the work of the build step
//! without its checks, and on one that is migrated already. sqlx has one that is migrated already.
//!
//! Each contender is a process of its own, so that starting it counts and its memory can be read. sqlx is driven as `cargo
//! sqlx prepare` drives it: `cargo check` of a crate with one `query!` per statement, which writes a file per statement.
//! Its dependencies are fetched and compiled before.

use std::{
    collections::BTreeSet,
    env,
    error::Error,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use barqnet_db_client::pool::Settings;
use barqnet_db_throwaway::Server;
use tokio::runtime::Runtime;
use tokio_postgres::Client;

type Outcome = Result<(), Box<dyn Error>>;

const TABLES: usize = 100;

/// How many statements a file has.
const PER_FILE: usize = 10;

const ROUNDS: usize = 3;

/// Says which contender this process is.
const CONTENDER: &str = "BARQNET_BENCH_CONTENDER";

fn main() -> ExitCode {
    contender().unwrap_or_else(|| match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    })
}

/// For these numbers of queries, or for all, prints seconds, ratios to the build step on a running server, and peak memory.
fn run() -> Outcome {
    let server = Server::start()?;
    let runtime = runtime()?;
    println!("{:<44} {:>8} {:>10} {:>7} {:>9}", "", "queries", "median", "ratio", "peak");
    let asked: Vec<usize> = env::args().skip(1).map(|count| count.parse()).collect::<Result<_, _>>()?;
    for count in if asked.is_empty() { vec![10, 100, 1000] } else { asked } {
        let folder = tempfile::tempdir()?;
        let database = format!("queries_{count}");
        runtime.block_on(async {
            let create = format!("CREATE DATABASE {database}");
            connect(&server.url("postgres")).await?.batch_execute(&create).await?;
            connect(&server.url(&database)).await?.batch_execute(&migration()).await?;
            Ok::<_, Box<dyn Error>>(())
        })?;
        let project = Project { root: folder.path().to_owned(), count };
        project.write()?;
        measure(&project, &server.url("postgres"), &server.url(&database))?;
    }
    Ok(())
}

/// If this process is a contender: runs it, prints its peak memory in KiB, and returns how it ended.
fn contender() -> Option<ExitCode> {
    let code = match env::var(CONTENDER).ok()?.as_str() {
        "build step" => barqnet_db_codegen::run_command(),
        _ => match cornucopia(&env::args().collect::<Vec<_>>()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
    };
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("peak {}", peak.unwrap_or("0 kB").trim().trim_end_matches(" kB"));
    Some(code)
}

/// What `cornucopia live` does; with migrations, on a database that is created, migrated and dropped for it.
fn cornucopia(arguments: &[String]) -> Outcome {
    let [_, queries, output, url, migrations @ ..] = arguments else {
        return Err("usage: QUERIES OUTPUT URL [MIGRATION …]".into());
    };
    let runtime = runtime()?;
    let client = runtime.block_on(connect(url))?;
    if migrations.is_empty() {
        return generate(queries, output, &client);
    }
    let name = format!("cornucopia_{}", std::process::id());
    let own = runtime.block_on(async {
        client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        let own = Settings::from_url(url)?.dbname(&name).statement_timeout(None).connect_client().await?.0;
        for migration in migrations {
            own.batch_execute(&fs::read_to_string(migration)?).await?;
        }
        Ok::<_, Box<dyn Error>>(own)
    })?;
    let outcome = generate(queries, output, &own);
    drop(own);
    runtime.block_on(client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")))?;
    outcome
}

fn generate(queries: &str, output: &str, client: &Client) -> Outcome {
    let config = cornucopia::config::Config::builder().queries(queries).destination(output).build();
    cornucopia::gen_live(client, config).map_err(cornucopia::Error::report)?;
    Ok(())
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()
}

async fn connect(url: &str) -> Result<Client, Box<dyn Error>> {
    Ok(Settings::from_url(url)?.statement_timeout(None).connect_client().await?.0)
}

fn measure(project: &Project, server: &str, migrated: &str) -> Outcome {
    let count = project.count;
    let mut ours = None;
    let mut print = |name: &str, (seconds, peak): (f64, Option<u64>)| {
        let ours = *ours.get_or_insert(seconds);
        let peak = peak.map_or_else(|| "-".to_owned(), |peak| format!("{} MiB", peak / 1024));
        println!("{name:<44} {count:>8} {seconds:>7.3} s  {:>7.2} {peak:>9}", seconds / ours);
    };
    let force = |command: &mut Command| {
        command.args(["build", "--force"]).arg(&project.root);
    };
    let build = |command: &mut Command| {
        command.arg("build").arg(&project.root);
    };
    print("build step, everything", repeat(|_| Ok(()), || run_contender("build step", force, Some(server)))?);
    print("build step, everything, no server", repeat(|_| Ok(()), || run_contender("build step", force, None))?);
    let change = |round| project.write_file(0, &format!("changed_{round}_"));
    print("build step, one file changed", repeat(change, || run_contender("build step", build, Some(server)))?);
    let change = |round| project.write_file(0, &format!("again_{round}_"));
    print("build step, one file changed, no server", repeat(change, || run_contender("build step", build, None))?);
    print("build step, nothing changed", repeat(|_| Ok(()), || run_contender("build step", build, Some(server)))?);
    let live = |command: &mut Command| {
        command.arg(project.root.join("queries")).arg(project.root.join("cornucopia")).arg(migrated);
    };
    let like_for_like = |command: &mut Command| {
        command.arg(project.root.join("queries")).arg(project.root.join("cornucopia")).arg(server);
        command.arg(project.root.join("migrations/V1__tables.sql"));
    };
    let made = repeat(|_| Ok(()), || run_contender("cornucopia", like_for_like, None))?;
    print("cornucopia live, database made and dropped", made);
    print("cornucopia live, database there already", repeat(|_| Ok(()), || run_contender("cornucopia", live, None))?);
    let sqlx = Sqlx::new(project)?;
    sqlx.prepare(migrated)?;
    sqlx.is_complete()?;
    print("cargo sqlx prepare", repeat(|round| sqlx.touch(round), || sqlx.prepare(migrated))?);
    Ok(())
}

/// The median of the times, and the highest peak.
fn repeat(
    before: impl Fn(usize) -> io::Result<()>,
    contender: impl Fn() -> Result<(Duration, Option<u64>), Box<dyn Error>>,
) -> Result<(f64, Option<u64>), Box<dyn Error>> {
    let (mut times, mut peaks) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        before(round)?;
        let (time, peak) = contender()?;
        times.push(time.as_secs_f64());
        peaks.extend(peak);
    }
    times.sort_by(f64::total_cmp);
    Ok((times[times.len() / 2], peaks.into_iter().max()))
}

fn run_contender(
    name: &str,
    arguments: impl Fn(&mut Command),
    server: Option<&str>,
) -> Result<(Duration, Option<u64>), Box<dyn Error>> {
    let mut command = Command::new(env::current_exe()?);
    arguments(&mut command);
    command.env(CONTENDER, name).env("BARQNET_CODEGEN_URL", server.unwrap_or_default()).env_remove("BARQNET_CODEGEN");
    let begin = Instant::now();
    let output = command.stderr(Stdio::inherit()).output()?;
    let time = begin.elapsed();
    if !output.status.success() {
        return Err(format!("{name} failed: {}", output.status).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let peak = text.lines().rev().find_map(|line| line.strip_prefix("peak ")).and_then(|peak| peak.parse().ok());
    Ok((time, peak))
}

/// The tables, as one migration and as a script.
fn migration() -> String {
    let mut sql = String::from("-- Tables.\n\n");
    for table in 0..TABLES {
        let parent = table.saturating_sub(1);
        let _ = write!(
            sql,
            "CREATE TABLE t{table} (\n    id BIGINT PRIMARY KEY,\n    parent_id BIGINT REFERENCES t{parent} (id),\n    \
             label TEXT NOT NULL,\n    amount INTEGER NOT NULL,\n    is_open BOOLEAN NOT NULL,\n    note TEXT,\n    \
             made_at TIMESTAMPTZ NOT NULL\n);\nCREATE INDEX idx_t{table}_made_at ON t{table} (made_at);\n\n"
        );
    }
    sql + "/* rollback\n*/\n"
}

/// A statement: its annotation, its SQL with `:name`, and the Rust types of its parameters in order.
struct Statement {
    annotation: &'static str,
    sql: String,
    parameters: &'static [(&'static str, &'static str)],
}

fn statement(number: usize) -> Statement {
    let table = number * 7 % TABLES;
    let other = (table + 1) % TABLES;
    match number % 5 {
        0 => Statement {
            annotation: " : (note?)",
            sql: format!("SELECT id, label, amount, note, made_at\nFROM t{table}\nWHERE id = :id"),
            parameters: &[("id", "i64")],
        },
        1 => Statement {
            annotation: " : (note?)",
            sql: format!(
                "SELECT a.id, b.label, a.note\nFROM t{table} a\nJOIN t{other} b ON b.id = a.parent_id\n\
                 WHERE b.made_at > NOW() - MAKE_INTERVAL(secs => :seconds)\nORDER BY a.id\nLIMIT :maximum"
            ),
            parameters: &[("seconds", "f64"), ("maximum", "i64")],
        },
        2 => Statement {
            annotation: "",
            sql: format!(
                "INSERT INTO t{table} (id, parent_id, label, amount, is_open, made_at)\n\
                 VALUES (:id, :parent_id, :label, :amount, TRUE, NOW())"
            ),
            parameters: &[("id", "i64"), ("parent_id", "i64"), ("label", "&str"), ("amount", "i32")],
        },
        3 => Statement {
            annotation: "",
            sql: format!("UPDATE t{table}\nSET amount = :amount, label = :label\nWHERE id = :id\nRETURNING id, amount"),
            parameters: &[("amount", "i32"), ("label", "&str"), ("id", "i64")],
        },
        _ => Statement {
            annotation: "",
            sql: format!("SELECT is_open, amount\nFROM t{table}\nWHERE id = :id AND label = :label"),
            parameters: &[("id", "i64"), ("label", "&str")],
        },
    }
}

/// The project that the build step and cornucopia read.
struct Project {
    root: PathBuf,
    count: usize,
}

impl Project {
    fn write(&self) -> io::Result<()> {
        fs::create_dir_all(self.root.join("migrations"))?;
        fs::create_dir_all(self.root.join("queries"))?;
        fs::write(self.root.join("migrations/V1__tables.sql"), migration())?;
        (0..self.count.div_ceil(PER_FILE)).try_for_each(|file| self.write_file(file, "query_"))
    }

    /// Queries whose names begin with the prefix.
    fn write_file(&self, file: usize, prefix: &str) -> io::Result<()> {
        let mut text = String::from("-- Queries.\n");
        for number in file * PER_FILE..((file + 1) * PER_FILE).min(self.count) {
            let Statement { annotation, sql, .. } = statement(number);
            text += &format!("\n--! {prefix}{number}{annotation}\n--- A query.\n{sql};\n");
        }
        fs::write(self.root.join(format!("queries/module_{file}.sql")), text)
    }
}

/// A crate with the same statements for sqlx.
struct Sqlx {
    folder: PathBuf,
    /// The texts of the statements, each once: sqlx writes one file for each.
    texts: BTreeSet<String>,
}

/// The workspace, wherever the measurement is started.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

impl Sqlx {
    fn new(project: &Project) -> io::Result<Self> {
        let folder = project.root.join("sqlx");
        fs::create_dir_all(folder.join("src"))?;
        fs::create_dir_all(folder.join(".sqlx"))?;
        fs::write(
            folder.join("Cargo.toml"),
            "[package]\nname = \"statements\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             sqlx = { version = \"0.8\", default-features = false, features = [\"chrono\", \"macros\", \"postgres\", \
             \"runtime-tokio\"] }\n\n# As its documentation recommends.\n[profile.dev.package.sqlx-macros]\nopt-level = 3\n",
        )?;
        // The versions of this workspace.
        fs::copy(Path::new(WORKSPACE).join("Cargo.lock"), folder.join("Cargo.lock"))?;
        let (mut code, mut texts) = (String::new(), BTreeSet::new());
        for number in 0..project.count {
            let Statement { sql, parameters, .. } = statement(number);
            let mut numbered = sql;
            for (index, (name, _)) in parameters.iter().enumerate() {
                numbered = numbered.replace(&format!(":{name}"), &format!("${}", index + 1));
            }
            let declared: String = parameters.iter().map(|(name, type_)| format!(", {name}: {type_}")).collect();
            let used: String = parameters.iter().map(|(name, _)| format!(", {name}")).collect();
            code += &format!(
                "pub async fn query_{number}(pool: &sqlx::PgPool{declared}) -> sqlx::Result<()> {{\n    \
                 sqlx::query!(r#\"{numbered}\"#{used}).fetch_optional(pool).await.map(drop)\n}}\n"
            );
            texts.insert(numbered);
        }
        fs::write(folder.join("src/lib.rs"), code)?;
        Ok(Self { folder, texts })
    }

    /// Whether sqlx has looked at every statement.
    fn is_complete(&self) -> Outcome {
        let (written, texts) = (fs::read_dir(self.folder.join(".sqlx"))?.count(), self.texts.len());
        if written == texts { Ok(()) } else { Err(format!("sqlx wrote {written} files for {texts} statements").into()) }
    }

    /// A change that every statement is compiled again for, as `cargo sqlx prepare` does.
    fn touch(&self, round: usize) -> io::Result<()> {
        let path = self.folder.join("src/lib.rs");
        let code = fs::read_to_string(&path)?;
        fs::write(path, format!("{code}// {round}\n"))
    }

    fn prepare(&self, url: &str) -> Result<(Duration, Option<u64>), Box<dyn Error>> {
        let target = Path::new(WORKSPACE).join("target/bench-sqlx");
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["check", "--quiet"]).current_dir(&self.folder);
        command.env("CARGO_TARGET_DIR", target).env("DATABASE_URL", url);
        command.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", self.folder.join(".sqlx"));
        let begin = Instant::now();
        let output = command.output()?;
        let time = begin.elapsed();
        if !output.status.success() {
            return Err(format!("sqlx failed: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok((time, None))
    }
}
