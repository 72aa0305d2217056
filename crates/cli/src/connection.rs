//! Connection settings from flags and environment.
//!
//! The library reads `DATABASE_URL`, the `PG*` variables and the password file. The flags are added to the URL, so that the
//! password file is searched for the server that the flags name. A program's own defaults come last.

use std::{env, fmt::Display, time::Duration};

use barqnet_db::pool::{self, Pool, Settings};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{arguments::ConnectionFlags, program};

/// Names for what neither flags nor variables say. Those of host and port are the library's: localhost, 5432.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    user: Option<&'static str>,
    database: Option<&'static str>,
}

impl Defaults {
    /// Those of the specification, for `barqnet-db`.
    pub(crate) const BARQNET: Self = Self { user: Some("postgres"), database: Some("chameleonvpn") };
    /// Those of libpq: the user of the operating system, and a database of that name.
    pub(crate) const NONE: Self = Self { user: None, database: None };
    /// For creating a database: every server has this one.
    #[cfg(feature = "demo")]
    const TO_CREATE_FROM: Self = Self { user: Some("postgres"), database: Some("postgres") };
}

impl ConnectionFlags {
    /// Settings of the database to work on.
    pub(crate) fn settings(&self, defaults: &Defaults) -> Result<Settings, pool::Error> {
        let (name, url) = self.url().unwrap_or_default();
        // The URL is checked alone first, so that an error in it is not reported as one in the flags.
        let _ = Settings::from_url(&url).map_err(|error| in_url(error, name))?;
        let variables = |name: &str| {
            let default = match name {
                "PGUSER" => defaults.user,
                "PGDATABASE" => defaults.database,
                _ => None,
            };
            let value = env::var(name).ok();
            if default.is_none() {
                value
            } else {
                value.filter(|value| !value.is_empty()).or(default.map(ToOwned::to_owned))
            }
        };
        let settings = Settings::from_url_and_vars(&with_parameters(url, &self.given()), variables)?;
        let settings = match &self.replica {
            Some(_) => settings.on_replicas().ok_or_else(no_replica)?,
            None => settings,
        };
        Ok(settings.application_name(&format!("{} command", program::name())))
    }

    /// The server that a URL or a flag names, `None` if neither does.
    #[cfg(feature = "demo")]
    pub(crate) fn chosen_server(&self) -> Result<Option<Settings>, pool::Error> {
        if self.url().is_none() && self.given().is_empty() {
            return Ok(None);
        }
        self.settings(&Defaults::TO_CREATE_FROM).map(Some)
    }

    /// The URL, with the name of the flag or variable that has it.
    fn url(&self) -> Option<(&'static str, String)> {
        let flag = self.database_url.as_ref().map(|url| ("--database-url", url.0.clone()));
        let chosen = flag.or_else(|| Some(("DATABASE_URL", env::var("DATABASE_URL").ok()?)));
        chosen.map(|(name, url)| (name, url.trim().to_owned())).filter(|(_, url)| !url.is_empty())
    }

    /// The flags with a value, by libpq's names. Empty values are skipped: a script passes them for unset variables.
    fn given(&self) -> Vec<(&'static str, String)> {
        fn text(value: Option<&impl Display>) -> Option<String> {
            value.map(ToString::to_string)
        }
        let replica = self.replica.as_deref().filter(|replica| !replica.is_empty()).map(host_and_port);
        [
            ("host", self.host.clone()),
            ("port", text(self.port.as_ref())),
            ("user", self.user.clone()),
            ("password", self.password.as_ref().map(|password| password.0.clone())),
            ("dbname", self.dbname.clone()),
            ("sslmode", text(self.sslmode.as_ref())),
            ("replica_host", replica.map(|(host, _)| host.to_owned())),
            ("replica_port", replica.map(|(_, port)| port.to_owned())),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value.filter(|value| !value.is_empty())?)))
        .collect()
    }
}

/// How long a server may take to say whether it accepts writes.
const READY_LIMIT: Duration = Duration::from_secs(10);

/// Connections for a command that writes. A server that accepts no writes is one error here, instead of one per statement.
pub(crate) async fn to_write(settings: Settings) -> Result<Pool, pool::Error> {
    let pool = pool::connect(settings).await?;
    pool.ready(READY_LIMIT).await?;
    Ok(pool)
}

fn no_replica() -> pool::Error {
    pool::Error::InvalidSettings {
        key: "--replica".to_owned(),
        problem: "names no server, and neither does PGREPLICAHOST or replica_host in the URL; write --replica=HOST"
            .to_owned(),
    }
}

/// Splits `HOST[:PORT]`. An IPv6 address is in brackets if a port follows.
fn host_and_port(text: &str) -> (&str, &str) {
    const DEFAULT_PORT: &str = "5432";
    if let Some((address, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (address, rest.strip_prefix(':').unwrap_or(DEFAULT_PORT));
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, port),
        _ => (text, DEFAULT_PORT),
    }
}

/// The error with the name of the flag or variable instead of `connection string`.
fn in_url(error: pool::Error, name: &str) -> pool::Error {
    match error {
        pool::Error::InvalidSettings { key, problem } if key == "connection string" => {
            pool::Error::InvalidSettings { key: name.to_owned(), problem }
        }
        error => error,
    }
}

/// A URL or `key=value` string with parameters added; of two values of a parameter the later one applies.
fn with_parameters(mut text: String, parameters: &[(&str, String)]) -> String {
    let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
    for (key, value) in parameters {
        if is_url {
            let separator = if text.contains('?') { '&' } else { '?' };
            text += &format!("{separator}{key}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
        } else {
            text += &format!(" {key}='{}'", value.replace('\\', r"\\").replace('\'', r"\'"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str, parameters: &[(&str, &str)]) -> Settings {
        let parameters: Vec<_> = parameters.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        Settings::from_url(&with_parameters(url.to_owned(), &parameters)).expect(url)
    }

    #[test]
    fn a_replica_is_a_host_and_perhaps_a_port() {
        for (text, expected) in [
            ("db2", ("db2", "5432")),
            ("db2:6000", ("db2", "6000")),
            ("/run/pg", ("/run/pg", "5432")),
            ("::1", ("::1", "5432")),
            ("[::1]:6000", ("::1", "6000")),
            ("[::1]", ("::1", "5432")),
        ] {
            assert_eq!(host_and_port(text), expected);
        }
    }

    #[test]
    fn flags_win_over_a_url_and_over_key_values() {
        for url in ["", "host=a user=b", "postgres://b@a/c", "postgres://b@a/c?sslmode=disable"] {
            let settings = read(url, &[("host", "h"), ("user", "u'\\ &?@/"), ("dbname", "d")]);
            assert_eq!(settings.get_servers().collect::<Vec<_>>(), [("h", 5432)], "{url}");
            assert_eq!((settings.get_user(), settings.get_dbname()), (Some("u'\\ &?@/"), Some("d")), "{url}");
        }
    }
}
