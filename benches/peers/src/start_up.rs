//! The cost of a start-up on an up-to-date database, including the connection: this crate's `migrate`, and the runners of
//! refinery, sqlx, diesel and sea-orm with the same migrations, in round trips and time.

use std::{
    fmt, fs,
    path::Path,
    time::{Duration, Instant},
};

use barqnet_db::{
    embedded,
    migrate::{Migrations, migrate},
    pool::Settings,
};
use barqnet_db_throwaway::Server;
use diesel::{
    migration::{self, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion},
    pg::Pg,
};
use diesel_async::{AsyncConnection as _, AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::MigrationHarness as _;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};
use sea_orm_migration::{MigrationTrait, MigratorTraitSelf as _, SchemaManager, async_trait::async_trait};
use sqlx::{Connection as _, PgConnection, migrate::Migrator};

use crate::{peer::Result, round_trips::Relay};

const ROUNDS: usize = 200;

/// A runner's cost.
pub(crate) struct StartUp {
    pub(crate) name: &'static str,
    pub(crate) round_trips: usize,
    /// The times of all rounds, sorted.
    pub(crate) times: Vec<Duration>,
}

impl StartUp {
    pub(crate) fn median(&self) -> Duration {
        self.times[self.times.len() / 2]
    }
}

/// Only connects: the part that no runner can avoid.
pub(crate) const CONNECTION: &str = "a connection alone";

const NAMES: [&str; 6] = ["barqnet-db", "refinery", "sqlx", "diesel-async", "sea-orm", CONNECTION];

struct Runners {
    known: Migrations,
    refinery: refinery::Runner,
    sqlx: Migrator,
    files: Vec<File>,
}

/// Measures every runner on a database that it has migrated itself, in turns.
pub(crate) async fn measure(server: &Server) -> Result<Vec<StartUp>> {
    let folder = tempfile::tempdir()?;
    let files = files()?;
    let runners = Runners {
        known: embedded::migrations(),
        refinery: embedded::migrations::runner(),
        sqlx: sqlx_migrator(folder.path(), &files).await?,
        files,
    };
    let relay = Relay::start(&server.folder().display().to_string())?;
    let database = |name: &str| format!("start_up_{}", name.replace(['-', ' '], "_"));
    let mut measured = Vec::new();
    for name in NAMES {
        let (client, _) = Settings::from_url(&server.url("postgres"))?.connect_client().await?;
        client.batch_execute(&format!("CREATE DATABASE {}", database(name))).await?;
        start(&runners, name, &server.url(&database(name))).await?;
        relay.reset();
        let folder = server.folder().display().to_string();
        start(&runners, name, &server.url(&database(name)).replace(&folder, relay.folder())).await?;
        measured.push(StartUp { name, round_trips: relay.trips(), times: Vec::with_capacity(ROUNDS) });
    }
    for _ in 0..ROUNDS {
        for start_up in &mut measured {
            let url = server.url(&database(start_up.name));
            let begin = Instant::now();
            start(&runners, start_up.name, &url).await?;
            start_up.times.push(begin.elapsed());
        }
    }
    for start_up in &mut measured {
        start_up.times.sort();
    }
    Ok(measured)
}

/// Connects and runs what is pending. The connection is dropped: nobody waits for the server to close it.
async fn start(runners: &Runners, name: &str, url: &str) -> Result<()> {
    match name {
        "barqnet-db" => {
            let settings = Settings::from_url(url)?.statement_timeout(None);
            migrate(&settings, &runners.known).await?;
        }
        CONNECTION => {
            let (_client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
        }
        "refinery" => {
            let (mut client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
            runners.refinery.run_async(&mut client).await?;
        }
        "sqlx" => {
            let mut connection = PgConnection::connect(url).await?;
            runners.sqlx.run(&mut connection).await?;
        }
        "diesel-async" => {
            let connection = AsyncPgConnection::establish(url).await?;
            AsyncMigrationHarness::new(connection).run_pending_migrations(Files(&runners.files))?;
        }
        _ => {
            let mut options = ConnectOptions::new(url.replacen("postgresql:", "postgres:", 1));
            options.max_connections(1).sqlx_logging(false);
            let database = Database::connect(options).await?;
            SeaMigrator(runners.files.clone()).up(&database, None).await?;
        }
    }
    Ok(())
}

/// A migration file.
#[derive(Clone)]
struct File {
    /// Such as `0007`, so that names sort by version.
    version: String,
    words: String,
    sql: String,
}

/// The crate's migrations. Their names are the same for refinery and for the others but for the `V`.
fn files() -> Result<Vec<File>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations"))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a file name is not UTF-8")?;
        let Some((version, words)) = name.strip_prefix('V').and_then(|name| name.split_once("__")) else { continue };
        files.push(File {
            version: format!("{:04}", version.parse::<u32>()?),
            words: words.trim_end_matches(".sql").to_owned(),
            sql: fs::read_to_string(&path)?,
        });
    }
    files.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(files)
}

/// sqlx reads its migrations from a folder.
async fn sqlx_migrator(folder: &Path, files: &[File]) -> Result<Migrator> {
    for File { version, words, sql } in files {
        fs::write(folder.join(format!("{version}_{words}.sql")), sql)?;
    }
    Ok(Migrator::new(folder).await?)
}

/// Diesel's source of migrations in memory, as its `embed_migrations!` makes one of its own folders.
struct Files<'a>(&'a [File]);

impl MigrationSource<Pg> for Files<'_> {
    fn migrations(&self) -> migration::Result<Vec<Box<dyn migration::Migration<Pg>>>> {
        Ok(self.0.iter().map(|file| Box::new(file.clone()) as Box<dyn migration::Migration<Pg>>).collect())
    }
}

impl migration::Migration<Pg> for File {
    fn run(&self, connection: &mut dyn diesel::connection::BoxableConnection<Pg>) -> migration::Result<()> {
        Ok(connection.batch_execute(&self.sql)?)
    }

    fn revert(&self, _: &mut dyn diesel::connection::BoxableConnection<Pg>) -> migration::Result<()> {
        Err("the measurement only goes up".into())
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self
    }

    fn name(&self) -> &dyn MigrationName {
        self
    }
}

impl MigrationMetadata for File {}

impl MigrationName for File {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(self.version.as_str())
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.version, self.words)
    }
}

struct SeaMigrator(Vec<File>);

#[async_trait]
impl sea_orm_migration::MigratorTraitSelf for SeaMigrator {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        self.0.iter().map(|file| Box::new(file.clone()) as Box<dyn MigrationTrait>).collect()
    }
}

impl sea_orm_migration::MigrationName for File {
    fn name(&self) -> &str {
        &self.version
    }
}

#[async_trait]
impl MigrationTrait for File {
    async fn up(&self, manager: &SchemaManager) -> std::result::Result<(), sea_orm::DbErr> {
        manager.get_connection().execute_unprepared(&self.sql).await?;
        Ok(())
    }
}
