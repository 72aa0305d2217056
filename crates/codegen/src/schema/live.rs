//! The files of the schema for a live database, which is only read.
//!
//! ```text
//! live database ──catalogue──▶ objects, in the server's words ───────────────────┐
//!                                                                               ├─the same?──▶ files
//! migrations ──▶ scratch database ──▶ objects, in the server's and their words ──┘
//! ```
//!
//! The server confirms the migrations' words by creating each object once more, which locks tables and builds indexes. So
//! that is done on the scratch database, and what both databases have alike is shown in the migrations' words.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use barqnet_db_sql::{FileName, normal_form};
use tokio_postgres::Client;

use super::{
    catalogue::{self, Relation},
    constraints::Written,
    definitions::Definitions,
    domains::{self, Assigned},
    files::{self, is_generated},
    objects::{Kind, Object},
    overview,
    write::{Words, objects, unreadable},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    migrations::{File, apply},
    scratch::Host,
    settings::Settings,
};

/// The files of the schema of a database, in the form that the build step writes.
#[derive(Clone, Debug)]
pub struct SchemaFiles {
    files: Vec<(PathBuf, String)>,
    warnings: Diagnostics,
}

impl SchemaFiles {
    /// Reads the current schema of a database. `migrations` are file names and texts; functions, views and the like are shown
    /// in their words where they define what is there. `settings` is the text of a `codegen.toml`, whose `[domains]` say which
    /// file contains an object.
    ///
    /// The migrations should be those that are applied. They are also applied to a scratch database on a throwaway server, or
    /// on that of `BARQNET_CODEGEN_URL`, where their words are tried; the database itself is only read. What a server of
    /// another major version writes differently is shown in the words of the database's server. It blocks the thread while
    /// the throwaway server starts.
    pub async fn of_database<'m>(
        database: &Client,
        migrations: impl IntoIterator<Item = (String, &'m str)>,
        settings: &str,
    ) -> Result<Self, Diagnostics> {
        let settings = Settings::from_text(settings.to_owned())?;
        let migrations = files_of(migrations)?;
        let failed = |error: &tokio_postgres::Error| unreadable(&settings.schema, error);
        let mut warnings = Diagnostics::default();
        let confirmed = match confirmed(&migrations).await {
            Ok(confirmed) => confirmed,
            Err(problems) => {
                let message = format!("no text of a migration is shown, because they can't be tried: {problems}");
                warnings.push(Diagnostic::warning("schema-file", &settings.schema, message));
                Confirmed::default()
            }
        };
        let catalogue = catalogue::read(database).await.map_err(|error| failed(&error))?;
        let definitions = Definitions::read(&migrations);
        let written = confirmed.written.of_others(&confirmed.relations, &catalogue.relations);
        let words = Words { tables: &definitions, code: &Definitions::default(), written: &written };
        let mut objects = objects(&words, &catalogue, database).await.map_err(|error| failed(&error))?;
        for object in &mut objects {
            if let Some(text) = confirmed.texts.get(&Key::of(object)) {
                object.sql.clone_from(text);
            }
        }
        let Assigned { files: domains, warnings: unlisted } = domains::assign(&objects, &settings);
        warnings.merge(unlisted);
        let names = domains::names(&settings);
        let files = files::arrange(&objects, &domains, &names).map_err(|circle| {
            Diagnostic::new(&settings.schema, format!("these objects need each other: {}", circle.join(", ")))
        })?;
        let mut files: Vec<(PathBuf, String)> =
            files.into_iter().map(|(domain, text)| (PathBuf::from(format!("{domain}.sql")), text)).collect();
        if !files.is_empty() {
            files.push((PathBuf::from(overview::FILE), overview::page(&catalogue, &objects, &domains, &names)));
        }
        Ok(Self { files, warnings })
    }

    /// The names and texts of the files.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.files.iter().map(|(name, text)| (name.as_path(), text.as_str()))
    }

    /// What a reader should know, such as objects that no list of `[domains]` names.
    #[must_use]
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// Writes the files into a folder, which is made if it is missing, and deletes what an earlier run left there. A file that
    /// the tool has not written is an error, and nothing is changed.
    pub fn write_to(&self, folder: &Path) -> Result<(), Diagnostics> {
        let unwritable =
            |path: &Path, error: io::Error| Diagnostic::new(&path.display().to_string(), error.to_string());
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
        let mut old = Vec::new();
        for file in fs::read_dir(folder).map_err(|error| unwritable(folder, error))? {
            let path = file.map_err(|error| unwritable(folder, error))?.path();
            let is_ours = fs::read_to_string(&path).is_ok_and(|text| is_generated(&text));
            let is_wanted =
                path.file_name().is_some_and(|name| self.iter().any(|(wanted, _)| wanted.as_os_str() == name));
            match (is_ours, is_wanted) {
                (false, true) => {
                    let message = "this file was not written by the tool, and would be lost";
                    return Err(Diagnostic::new(&path.display().to_string(), message)
                        .help("move it, or choose another folder")
                        .into());
                }
                (true, false) => old.push(path),
                _ => {}
            }
        }
        for (name, text) in self.iter() {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|error| unwritable(&path, error))?;
        }
        for path in old {
            fs::remove_file(&path).map_err(|error| unwritable(&path, error))?;
        }
        Ok(())
    }
}

fn files_of<'m>(migrations: impl IntoIterator<Item = (String, &'m str)>) -> Result<Vec<File>, Diagnostics> {
    let file = |(path, sql): (String, &str)| {
        let name = FileName::parse(&path).map_err(|bad| Diagnostic::new(&path, bad.to_string()))?;
        Ok(File { path, name, sql: normal_form(sql), base: None })
    };
    migrations.into_iter().map(file).collect()
}

/// What the scratch database confirmed.
#[derive(Default)]
struct Confirmed {
    relations: Vec<Relation>,
    written: Written,
    /// The migrations' words for functions, views and triggers.
    texts: BTreeMap<Key, String>,
}

/// An object in the server's words.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: Kind,
    name: String,
    table: Option<String>,
    sql: String,
}

impl Key {
    fn of(object: &Object) -> Self {
        let Object { kind, name, table, sql, .. } = object.clone();
        Self { kind, name, table, sql }
    }
}

/// Applies the migrations to a scratch database and tries their words there.
async fn confirmed(migrations: &[File]) -> Result<Confirmed, Diagnostics> {
    let host = Host::start()?;
    let mut scratch = host.scratch().await?;
    let outcome = match apply(migrations, None, &mut scratch.client).await {
        Ok(_) => {
            read(migrations, &scratch.client).await.map_err(|error| unreadable("the scratch database", &error).into())
        }
        Err(problems) => Err(problems),
    };
    scratch.remove().await?;
    outcome
}

async fn read(migrations: &[File], client: &Client) -> Result<Confirmed, tokio_postgres::Error> {
    client.batch_execute("BEGIN; SET LOCAL check_function_bodies = off").await?;
    let catalogue = catalogue::read(client).await?;
    let definitions = Definitions::read(migrations);
    let written = Written::read(migrations, &definitions, &catalogue.relations, client).await?;
    let (tables, none) = (&definitions, Definitions::default());
    let in_the_servers = objects(&Words { tables, code: &none, written: &written }, &catalogue, client).await?;
    let in_the_migrations = objects(&Words { tables, code: tables, written: &written }, &catalogue, client).await?;
    client.batch_execute("ROLLBACK").await?;
    let mut texts: BTreeMap<Key, String> = BTreeMap::new();
    for (server, migration) in in_the_servers.iter().zip(in_the_migrations) {
        texts.insert(Key::of(server), migration.sql);
    }
    Ok(Confirmed { relations: catalogue.relations, written, texts })
}
