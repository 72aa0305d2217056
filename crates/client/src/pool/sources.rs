//! Reads settings from a URL, a `key=value` string, the `PG*` variables, the service file and the password file.
//!
//! Each source becomes the same list of named parameters. The parser of tokio-postgres isn't used: it refuses
//! `sslmode=verify-full`, `sslrootcert` and every setting of the server.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

use percent_encoding::percent_decode_str;

use super::{
    error::Error,
    parameters::{KEYS, Parameter, Parameters, known_key, settings},
    passfile, service_file,
    settings::Settings,
};

const URL_SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// The name of the whole string in an error. The string itself is not shown: it may contain a password.
const STRING: &str = "connection string";

const VARIABLES: [(&str, &str); 16] = [
    ("PGHOST", "host"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGDATABASE", "dbname"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGAPPNAME", "application_name"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGOPTIONS", "options"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    // Not libpq's.
    ("PGREPLICAHOST", "replica_host"),
    ("PGREPLICAPORT", "replica_port"),
];

/// The default directories of a server's socket; in the password file their name is `localhost`.
const DEFAULT_SOCKET_DIRECTORIES: [&str; 2] = ["/var/run/postgresql", "/tmp"];

impl Settings {
    /// Reads a `postgres://` or `postgresql://` URL, or a `key=value` string as `psql` accepts it.
    /// The environment is not read: see [`from_url_and_vars`](Self::from_url_and_vars).
    ///
    /// In a user name or password the characters `@ / ? #` and `%` must be percent-encoded (`@` is `%40`).
    ///
    /// ```
    /// use barqnet_db_client::pool::{self, Settings, SslMode};
    ///
    /// let url = "postgres://orders:s%40fe@db.internal/orders?sslmode=verify-full&statement_timeout=10s";
    /// let settings = Settings::from_url(url)?;
    /// assert_eq!(settings.get_ssl_mode(), SslMode::VerifyFull);
    /// # Ok::<(), pool::Error>(())
    /// ```
    pub fn from_url(url: &str) -> Result<Self, Error> {
        settings(&parse(url)?)
    }

    /// Reads the environment: `DATABASE_URL` if it is set, and for what that leaves open the variables that `psql`
    /// reads: `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE`, `PGSSLMODE`, `PGSSLROOTCERT`, `PGSSLCERT`,
    /// `PGSSLKEY`, `PGCHANNELBINDING`, `PGAPPNAME`, `PGCONNECT_TIMEOUT`, `PGOPTIONS`, `PGTARGETSESSIONATTRS`, and the
    /// password file (`PGPASSFILE`, or `~/.pgpass`); and `PGREPLICAHOST` and `PGREPLICAPORT`, which only this crate knows. `PGSERVICE` names a service in the file `PGSERVICEFILE`, or in
    /// `~/.pg_service.conf` and `pg_service.conf` of the folder `PGSYSCONFDIR`; its parameters take precedence over the
    /// other variables.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_vars(|name| env::var(name).ok())
    }

    /// [`from_env`](Self::from_env) with other variables, for tests and for programs with a configuration of their own.
    pub fn from_vars(vars: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        match non_empty(&vars, "DATABASE_URL") {
            Some(url) => Self::from_url_and_vars(&url, vars),
            None => settings(&filled(Parameters::new(), &vars)?),
        }
    }

    /// Reads a URL, and what it leaves open from the environment, as `psql URL` does:
    /// `Settings::from_url_and_vars(url, |name| std::env::var(name).ok())`.
    pub fn from_url_and_vars(url: &str, vars: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        settings(&filled(parse(url)?, &vars)?)
    }
}

impl TryFrom<&str> for Settings {
    type Error = Error;

    fn try_from(url: &str) -> Result<Self, Error> {
        Self::from_url(url)
    }
}

impl TryFrom<&String> for Settings {
    type Error = Error;

    fn try_from(url: &String) -> Result<Self, Error> {
        Self::from_url(url)
    }
}

impl TryFrom<String> for Settings {
    type Error = Error;

    fn try_from(url: String) -> Result<Self, Error> {
        Self::from_url(&url)
    }
}

impl From<&Settings> for Settings {
    fn from(settings: &Settings) -> Self {
        settings.clone()
    }
}

fn non_empty(vars: &impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    vars(name).filter(|value| !value.is_empty())
}

/// Adds what is missing: from the service, the variables, libpq's defaults, the password file.
fn filled(mut parameters: Parameters, vars: &impl Fn(&str) -> Option<String>) -> Result<Parameters, Error> {
    if let Some(service) = non_empty(vars, "PGSERVICE") {
        for (key, parameter) in service_file::read(&service, &service_files(vars))? {
            parameters.entry(key).or_insert(parameter);
        }
    }
    for (variable, key) in VARIABLES {
        if let Some(value) = non_empty(vars, variable) {
            let parameter = Parameter::from_variable(variable, value);
            parameters.entry(key).or_insert(parameter);
        }
    }
    if !parameters.contains_key("user")
        && let Some(user) = non_empty(vars, "USER").or_else(|| non_empty(vars, "LOGNAME"))
    {
        parameters.insert("user", Parameter::given("user", user));
    }
    if !parameters.contains_key("dbname")
        && let Some(user) = parameters.get("user").cloned()
    {
        parameters.insert("dbname", user);
    }
    if !parameters.contains_key("password")
        && let Some(path) = passfile_path(vars)
        && let Some(password) = password_from_file(&path, &settings(&parameters)?)
    {
        parameters.insert("password", Parameter::given("password", password));
    }
    Ok(parameters)
}

/// Where a service is searched for.
fn service_files(vars: &impl Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let of_user = non_empty(vars, "PGSERVICEFILE")
        .map(PathBuf::from)
        .or_else(|| non_empty(vars, "HOME").map(|home| Path::new(&home).join(".pg_service.conf")));
    let of_system = non_empty(vars, "PGSYSCONFDIR").map(|folder| Path::new(&folder).join("pg_service.conf"));
    of_user.into_iter().chain(of_system).collect()
}

fn passfile_path(vars: &impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    if let Some(path) = non_empty(vars, "PGPASSFILE") {
        return Some(path.into());
    }
    non_empty(vars, "HOME").map(|home| Path::new(&home).join(".pgpass"))
}

/// The password that the file has for all the servers. The driver takes only one password: if the file has several,
/// none is used, so that no server is sent the password of another.
fn password_from_file(path: &Path, settings: &Settings) -> Option<String> {
    let (user, dbname) = (settings.get_user()?, settings.get_dbname()?);
    let file = passfile::read(path)?;
    let find = |host: &str, port| {
        let wanted = passfile::Wanted { host, port, dbname, user };
        passfile::find(&file, &wanted).or_else(|| {
            let default = DEFAULT_SOCKET_DIRECTORIES.contains(&host);
            let host = "localhost";
            default.then(|| passfile::find(&file, &passfile::Wanted { host, ..wanted }))?
        })
    };
    let mut found = settings.get_servers().map(|(host, port)| find(host, port));
    let first = found.next()??;
    if found.any(|other| other.as_ref() != Some(&first)) {
        passfile::warn_ignored(path, "it must have the same password for all servers");
        return None;
    }
    Some(first)
}

fn parse(text: &str) -> Result<Parameters, Error> {
    let text = text.trim();
    if let Some(rest) = URL_SCHEMES.iter().find_map(|s| text.strip_prefix(s)) {
        return parse_url(rest);
    }
    if text.contains("://") {
        let problem = "a URL must begin with postgres:// or postgresql://";
        return Err(Error::invalid(STRING, problem));
    }
    parse_key_values(text)
}

/// `[user[:password]@][host[:port],…][/dbname][?key=value&…]`
fn parse_url(text: &str) -> Result<Parameters, Error> {
    let (authority, path_and_query) = match text.find(['/', '?']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let (credentials, hosts) = match authority.split_once('@') {
        Some((credentials, hosts)) => (Some(credentials), hosts),
        None => (None, authority),
    };
    // A password with one of these characters would be cut there, and its rest taken for the name of a host or database
    // and shown in an error.
    let stray = hosts.contains('@') || path.contains('@') || (credentials.is_none() && query.contains('@'));
    if stray {
        let problem =
            "misplaced @; in a user name, a password or a database name, write @ as %40, / as %2F and ? as %3F";
        return Err(Error::invalid(STRING, problem));
    }

    let mut parameters = Parameters::new();
    let mut add = |key: &'static str, text: &str| {
        if !text.is_empty() {
            parameters.insert(key, Parameter::given(key, decode(key, text)?));
        }
        Ok::<(), Error>(())
    };
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        add("user", user)?;
        add("password", password)?;
    }
    let (hosts, ports) = split_hosts(hosts)?;
    add("host", &hosts)?;
    add("port", &ports)?;
    add("dbname", path.strip_prefix('/').unwrap_or(path))?;
    parse_query(query, &mut parameters)?;
    Ok(parameters)
}

fn parse_query(query: &str, parameters: &mut Parameters) -> Result<(), Error> {
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        // Not shown in the error: it may be the rest of a password that contains a question mark.
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Error::invalid(STRING, "a parameter has no = after its name"));
        };
        let key = known_key(&decode(STRING, key)?)?;
        parameters.insert(key, Parameter::given(key, decode(key, value)?));
    }
    Ok(())
}

/// Splits `a:1,[::1]:2,c` into the lists `a,::1,c` and `1,2,`; the second list is empty if no port is given.
fn split_hosts(text: &str) -> Result<(String, String), Error> {
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    for chunk in text.split(',') {
        let (host, port) = match chunk.strip_prefix('[') {
            Some(rest) => {
                rest.split_once(']').ok_or_else(|| Error::invalid("host", "an IPv6 address has no closing ]"))?
            }
            None => chunk.split_at(chunk.find(':').unwrap_or(chunk.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port,
            None if port.is_empty() => port,
            None => return Err(Error::invalid("host", "only : and a port may follow ]")),
        };
        hosts.push(host);
        ports.push(port);
    }
    let given = ports.iter().any(|port| !port.is_empty());
    Ok((hosts.join(","), if given { ports.join(",") } else { String::new() }))
}

fn decode(key: &str, text: &str) -> Result<String, Error> {
    percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| Error::invalid(key, "is not UTF-8"))
}

/// `key = value key='quoted value'`; a backslash escapes a quote or a backslash.
fn parse_key_values(text: &str) -> Result<Parameters, Error> {
    let mut parameters = BTreeMap::new();
    let mut rest = text;
    let mut after_bare_password = false;
    while !rest.is_empty() {
        let Some((name, value)) = rest.split_once('=') else {
            return Err(Error::invalid(STRING, "must be a URL or key=value pairs"));
        };
        let name = name.trim();
        // Words after an unquoted password may be the rest of it: they must not be shown.
        if after_bare_password && !KEYS.contains(&name) {
            let problem = "must be quoted if it contains spaces or =: password='…'";
            return Err(Error::invalid("password", problem));
        }
        let key = known_key(name)?;
        let value = value.trim_start();
        let quoted = value.starts_with('\'');
        let (value, after) = take_value(key, value)?;
        parameters.insert(key, Parameter::given(key, value));
        after_bare_password = key == "password" && !quoted;
        rest = after.trim_start();
    }
    Ok(parameters)
}

/// The value at the start of the text, and the text after it.
fn take_value<'a>(key: &str, text: &'a str) -> Result<(String, &'a str), Error> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut chars = text.char_indices().skip(usize::from(quoted));
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            c if !quoted && c.is_whitespace() => return Ok((value, &text[at..])),
            c => value.push(c),
        }
    }
    if quoted {
        return Err(Error::invalid(key, "has no closing quote"));
    }
    Ok((value, ""))
}

#[cfg(test)]
#[path = "sources_tests.rs"]
mod tests;
