//! `codegen.toml`: the settings of the build step. Every key has a default, and so has the file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer, de::Error as _};
use tokio_postgres::types::Type;
use toml::Spanned;

use crate::{
    bases::{self, Base},
    diagnostic::{Diagnostic, Diagnostics},
    did_you_mean::did_you_mean,
};

/// The file, in the project's folder.
pub(crate) const FILE: &str = "codegen.toml";

/// The default of `seconds_per_migration`.
pub(crate) const SECONDS_PER_MIGRATION: u32 = 120;

/// The settings, with their defaults. Folders are relative to the project.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// The projects whose migrations run first, in this order: the `links` of their packages.
    pub(crate) on_top_of: Vec<String>,
    /// What the migrations are called in a chain of several sources.
    pub(crate) source: String,
    /// The Rust path by which generated code names the client crate.
    pub(crate) client: String,
    pub(crate) migrations: String,
    pub(crate) queries: String,
    /// The folder of the generated Rust.
    pub(crate) generated: String,
    /// The folder of the schema.
    pub(crate) schema: String,
    /// Columns and parameters that must not appear in a log: a struct that holds one gets no `Debug`.
    pub(crate) secrets: Vec<String>,
    /// The newest migration that is released; later ones are searched for unsafe DDL.
    pub(crate) released: i32,
    pub(crate) tables: Tables,
    /// Tables and functions that a server may lack, such as those of an extension: a function may name them.
    pub(crate) optional: Vec<String>,
    /// Folders with Rust that calls the queries, besides `src`.
    pub(crate) callers: Vec<String>,
    /// Which Rust type a PostgreSQL type becomes.
    pub(crate) types: Types,
    pub(crate) plans: Plans,
    /// Whether unit tests may run statements without a server.
    pub(crate) fakes: bool,
    /// The files of the schema.
    #[serde(deserialize_with = "in_order")]
    pub(crate) domains: Vec<Domain>,
    /// How long one migration may take on the empty database.
    pub(crate) seconds_per_migration: u32,
    /// Those of `on_top_of`.
    #[serde(skip)]
    pub(crate) bases: Vec<Base>,
}

/// A file of the schema, `<name>.sql`, and what belongs there: names of objects, or beginnings such as `otp_*`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Domain {
    pub(crate) name: String,
    pub(crate) objects: Vec<String>,
}

/// A table's entries in the order of the file.
fn in_order<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Domain>, D::Error> {
    let table = toml::Table::deserialize(deserializer)?;
    let domain = |(name, value): (String, toml::Value)| {
        let objects = value.try_into().map_err(|_| D::Error::custom(format!("`{name}` must be a list of names")))?;
        Ok(Domain { name, objects })
    };
    table.into_iter().map(domain).collect()
}

/// What is known of the tables.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tables {
    /// Those that no statement and no migration should read or write as a whole.
    large: Vec<Spanned<String>>,
    /// Those of the bases.
    #[serde(skip)]
    pub(crate) inherited: Vec<String>,
    /// The text of the file, in which the names have their places.
    #[serde(skip)]
    text: String,
}

impl Tables {
    /// The names of the large tables.
    pub(crate) fn large(&self) -> impl Iterator<Item = &str> {
        self.named().chain(self.inherited.iter().map(String::as_str))
    }

    /// Those that the project's own settings name.
    pub(crate) fn named(&self) -> impl Iterator<Item = &str> {
        self.large.iter().map(|table| table.get_ref().as_str())
    }

    /// An error at the name of a large table.
    pub(crate) fn error_at(&self, rule: &'static str, table: &str, message: String) -> Diagnostic {
        let place = self.large.iter().find(|large| large.get_ref() == table).map_or(0, |large| large.span().start);
        Diagnostic::error(rule, FILE, message).at(&self.text, place)
    }
}

/// What plans have to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Plans {
    /// Every query has `Index:` and `Locks:` in its documentation.
    pub(crate) documented: bool,
}

/// Which Rust type a PostgreSQL type becomes, where it is not the default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Types {
    /// `"schema.type" = "rust::Type"`, or a table with `rust-type`, `borrowed-type` and `is-copy`.
    pub(crate) mapping: toml::Table,
    /// `"table.column" = "rust::Type"`: what the JSON there is.
    pub(crate) json: BTreeMap<String, String>,
    pub(crate) enums: BTreeMap<String, Enum>,
    pub(crate) composites: BTreeMap<String, Composite>,
    /// The keys of `json`, `enums` and `composites` that a base brought: the project need not use them.
    #[serde(skip)]
    pub(crate) inherited: BTreeSet<String>,
}

/// How an enum is written in Rust.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Enum {
    pub(crate) name: Option<String>,
    /// Whether a label that the program does not know becomes `Unknown`.
    pub(crate) unknown: bool,
    /// The names of variants, by label.
    pub(crate) variants: BTreeMap<String, String>,
}

/// How a composite type is written in Rust.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Composite {
    pub(crate) name: Option<String>,
    /// The fields that never hold NULL.
    pub(crate) not_null: Vec<String>,
}

impl Types {
    /// The types of the project that the settings name. A mapping that names none has the empty one.
    fn rust_types(&self) -> impl Iterator<Item = &str> {
        let mapped = self.mapping.values().map(|own| own.get("rust-type").unwrap_or(own).as_str().unwrap_or_default());
        mapped.chain(self.json.values().map(String::as_str))
    }

    /// The names of enums and composite types that have settings in the project's own file, with the section.
    pub(crate) fn sections(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let enums = self.enums.keys().map(|name| ("enums", name));
        enums.chain(self.composites.keys().map(|name| ("composites", name))).filter(|(_, name)| self.is_own(name))
    }

    /// Whether a key is one of the project's own file.
    pub(crate) fn is_own(&self, key: &str) -> bool {
        !self.inherited.contains(key)
    }

    pub(crate) fn enum_settings(&self, ty: &Type) -> Option<&Enum> {
        of_type(&self.enums, ty)
    }

    pub(crate) fn composite_settings(&self, ty: &Type) -> Option<&Composite> {
        of_type(&self.composites, ty)
    }
}

/// By `schema.name`; the schema `public` may be left out.
fn of_type<'s, T>(settings: &'s BTreeMap<String, T>, ty: &Type) -> Option<&'s T> {
    let found = settings.get(&format!("{}.{}", ty.schema(), ty.name()));
    found.or_else(|| (ty.schema() == "public").then(|| settings.get(ty.name())).flatten())
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            on_top_of: Vec::new(),
            source: "main".to_owned(),
            client: "barqnet_db_client".to_owned(),
            migrations: "migrations".to_owned(),
            queries: "queries".to_owned(),
            generated: "src/generated".to_owned(),
            schema: "schema".to_owned(),
            secrets: ["password", "password_hash", "secret", "token", "token_hash"].map(str::to_owned).to_vec(),
            released: 0,
            tables: Tables::default(),
            optional: Vec::new(),
            callers: Vec::new(),
            types: Types::default(),
            plans: Plans::default(),
            fakes: false,
            domains: Vec::new(),
            seconds_per_migration: SECONDS_PER_MIGRATION,
            bases: Vec::new(),
        }
    }
}

impl Settings {
    /// Of the project at `root`, with those of its bases.
    pub(crate) fn read(root: &Path) -> Result<Self, Diagnostics> {
        Self::read_of(root, root)
    }

    /// Of the folder `root`, a copy of the package in the folder `project`: that says where the bases are.
    pub(crate) fn read_of(root: &Path, project: &Path) -> Result<Self, Diagnostics> {
        Self::read_alone(root)?.with_bases(project)
    }

    /// With the projects that they are on top of, as the package in the folder `project` finds them.
    pub(crate) fn with_bases(mut self, project: &Path) -> Result<Self, Diagnostics> {
        bases::attach(&mut self, project)?;
        Ok(self)
    }

    /// Of the project at `root`, without its bases.
    pub(crate) fn read_alone(root: &Path) -> Result<Self, Diagnostics> {
        let text = match fs::read_to_string(root.join(FILE)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Diagnostic::new(FILE, format!("cannot read the file: {error}")).into()),
        };
        Self::from_text(text)
    }

    /// Of the text of a file.
    pub(crate) fn from_text(text: String) -> Result<Self, Diagnostics> {
        let mut settings: Self = toml::from_str(&text).map_err(|error| misread(&text, &error))?;
        settings.check(&text)?;
        settings.tables.text = text;
        Ok(settings)
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> &str {
        &self.tables.text
    }

    /// The files and folders that decide what is generated. A settings file that does not exist is left out: cargo would run the
    /// build script every time.
    pub(crate) fn inputs(&self, root: &Path) -> Vec<PathBuf> {
        let file = PathBuf::from(FILE);
        let folders = [&self.migrations, &self.queries].map(PathBuf::from);
        let own = root.join(&file).exists().then_some(file).into_iter().chain(folders);
        own.chain(self.bases.iter().flat_map(Base::inputs)).collect()
    }

    fn check(&self, text: &str) -> Result<(), Diagnostics> {
        let mut failures = Diagnostics::default();
        let mut fail = |value: &str, message: String| {
            let diagnostic = Diagnostic::error("settings", FILE, message);
            failures.push(diagnostic.at(text, text.find(value).unwrap_or_default()));
        };
        if syn::parse_str::<syn::Path>(&self.client).is_err() {
            fail(&self.client, format!("`{}` is not a Rust path", self.client));
        }
        for folder in [&self.migrations, &self.queries, &self.generated, &self.schema] {
            let path = Path::new(folder);
            if folder.is_empty() || !path.components().all(|part| matches!(part, std::path::Component::Normal(_))) {
                fail(folder, format!("`{folder}` is not a folder inside the project"));
            }
        }
        let is_snake_case = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        if !is_snake_case(&self.source) {
            fail(
                &self.source,
                format!("`{}` is no name for a source of migrations: it must be in snake_case", self.source),
            );
        }
        for path in self.types.rust_types() {
            if syn::parse_str::<syn::Type>(path).is_err() {
                fail(path, format!("`{path}` is not a Rust type"));
            }
        }
        for Domain { name: domain, .. } in &self.domains {
            if domain.is_empty() || !domain.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                fail(domain, format!("`{domain}` does not make a file name: use letters, digits and underscores"));
            }
        }
        failures.into_result().map(drop)
    }
}

/// What is wrong, with the key that was probably meant.
fn misread(text: &str, error: &toml::de::Error) -> Diagnostic {
    let mut diagnostic = Diagnostic::error("settings", FILE, error.message());
    if let Some(span) = error.span() {
        diagnostic = diagnostic.at(text, span.start);
    }
    // unknown field `quereis`, expected one of `client`, `migrations`, …
    let mut names = error.message().split('`').skip(1).step_by(2);
    if error.message().starts_with("unknown field")
        && let Some(meant) = names.next().and_then(|unknown| did_you_mean(unknown, names))
    {
        diagnostic = diagnostic.help(format!("did you mean `{meant}`?")).suggest(meant);
    }
    diagnostic
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join(FILE), text).expect("the file can be written");
        Settings::read(folder.path()).map_err(|failures| failures.to_string())
    }

    #[test]
    fn a_project_without_settings_has_the_defaults() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = Settings::read(folder.path()).expect("there is nothing to read");
        assert_eq!(settings.client, "barqnet_db_client");
        assert_eq!(settings.inputs(folder.path()), ["migrations", "queries"].map(PathBuf::from));
    }

    #[test]
    fn each_setting_replaces_its_default_only() {
        let settings =
            read("queries = \"sql\"\n[domains]\nshop = [\"orders\"]\nbank = []\n").expect("the settings are good");
        assert_eq!((settings.queries.as_str(), settings.migrations.as_str()), ("sql", "migrations"));
        let names: Vec<_> = settings.domains.iter().map(|domain| domain.name.as_str()).collect();
        assert_eq!(names, ["shop", "bank"]);
        assert_eq!(settings.domains[0].objects, ["orders"]);
        assert_eq!((settings.released, settings.tables.large().count(), settings.optional.len()), (0, 0, 0));
        let settings =
            read("released = 7\noptional = [\"cube\"]\n[tables]\nlarge = [\"orders\"]\n").expect("they are good");
        assert_eq!(
            (settings.released, settings.tables.large().collect(), settings.optional),
            (7, vec!["orders"], vec!["cube".to_owned()])
        );
    }

    #[test]
    fn wrong_settings_are_shown_with_their_place() {
        for (text, message, place) in [
            ("queries = 1\n", "expected a string", "codegen.toml:1:11"),
            ("\nquery = \"x\"\n", "unknown field `query`", "codegen.toml:2:1"),
            ("quereis = \"x\"\n", "help: did you mean `queries`?", "codegen.toml:1:1"),
            ("[types]\nmaping = {}\n", "help: did you mean `mapping`?", "codegen.toml:2:1"),
            ("[domain]\nshop = []\n", "help: did you mean `domains`?", "codegen.toml:1:2"),
            ("client = \"a b\"\n", "`a b` is not a Rust path", "codegen.toml:1:11"),
            ("schema = \"../schema\"\n", "is not a folder inside the project", "codegen.toml:1:11"),
            ("[tables]\nlarge = 1\n", "expected a sequence", "codegen.toml:2:9"),
            ("[tables]\nbig = []\n", "unknown field `big`", "codegen.toml:2:1"),
            (
                "[types.mapping]\n\"public.a\" = \"not a type\"\n",
                "`not a type` is not a Rust type",
                "codegen.toml:2:15",
            ),
            ("[types.mapping]\n\"public.a\" = { is-copy = true }\n", "`` is not a Rust type", "codegen.toml"),
            ("[types.json]\n\"a.b\" = \"1\"\n", "`1` is not a Rust type", "codegen.toml:2:10"),
            ("[types.enums]\nmood = { unknwon = true }\n", "unknown field `unknwon`", "codegen.toml:2:10"),
            ("[domains]\nshop = 1\n", "`shop` must be a list of names", "codegen.toml:1:1"),
            ("[domains]\n\"a/b\" = []\n", "does not make a file name", "codegen.toml:2:2"),
        ] {
            let failure = read(text).expect_err(text);
            assert!(failure.contains(message) && failure.contains(place), "{failure}");
        }
    }
}
