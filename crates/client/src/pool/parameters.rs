//! Reads the named parameters of libpq, and a few of this crate, into [`Settings`], with errors that name them.

use std::{collections::BTreeMap, net::IpAddr, str::FromStr, time::Duration};

use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts, SslNegotiation, TargetSessionAttrs};

use super::{
    error::Error,
    pool_mode::PoolMode,
    server::{DEFAULT_PORT, Server},
    settings::Settings,
    startup::Limit,
    tls::SslMode,
};

/// Every key that a URL, a `key=value` string or a variable may set.
pub(super) const KEYS: [&str; 34] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "idle_in_transaction_session_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "lane_connections",
    "load_balance_hosts",
    "lock_timeout",
    "max_replica_lag",
    "options",
    "password",
    "pool_idle_timeout",
    "pool_max_lifetime",
    "pool_max_size",
    "pool_max_waiting",
    "pool_mode",
    "port",
    "replica_host",
    "replica_port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "statement_timeout",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// By key; of a key given twice the last counts, as in libpq.
pub(super) type Parameters = BTreeMap<&'static str, Parameter>;

/// A value, and the name it was given under: the key, or the variable.
#[derive(Clone)]
pub(super) struct Parameter {
    name: &'static str,
    value: String,
}

impl Parameter {
    pub(super) fn given(key: &'static str, value: String) -> Self {
        Self { name: key, value }
    }

    pub(super) fn from_variable(variable: &'static str, value: String) -> Self {
        Self { name: variable, value }
    }

    /// The error names the parameter. It doesn't show the value, which may be a misplaced part of a password.
    fn wrong(&self, problem: &str) -> Error {
        Error::invalid(self.name, problem)
    }

    fn number<T: FromStr>(&self, problem: &str) -> Result<T, Error> {
        let number = self.value.trim().parse();
        number.map_err(|_| self.wrong(problem))
    }

    fn seconds(&self) -> Result<Duration, Error> {
        const PROBLEM: &str = "must be a whole number of seconds, at least 1";
        match self.number(PROBLEM)? {
            0 => Err(self.wrong(PROBLEM)),
            seconds => Ok(Duration::from_secs(seconds)),
        }
    }

    /// A duration as PostgreSQL writes it: milliseconds, or a number with a unit. 0 is "no limit".
    fn limit(&self) -> Result<Option<Duration>, Error> {
        let wrong = || self.wrong("must be a number of milliseconds, or with a unit: 500ms, 30s, 5min, 1h");
        let text = self.value.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit());
        let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let unit_ms = match unit.trim() {
            "" | "ms" => 1,
            "s" => 1_000,
            "min" => 60_000,
            "h" => 3_600_000,
            _ => return Err(wrong()),
        };
        let duration = Duration::from_millis(number.saturating_mul(unit_ms));
        Ok(Some(duration).filter(|d| !d.is_zero()))
    }

    fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, Error> {
        let chosen = choices.iter().find(|(name, _)| *name == self.value);
        chosen.map(|(_, choice)| *choice).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.wrong(&format!("must be one of {}", names.join(", ")))
        })
    }
}

/// The key as one of [`KEYS`].
pub(super) fn known_key(name: &str) -> Result<&'static str, Error> {
    if let Some(key) = KEYS.iter().find(|key| **key == name) {
        return Ok(key);
    }
    // Only what looks like a key is shown: anything else may be part of a password.
    let is_key = name.len() < 40 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let name = if is_key && !name.is_empty() { name } else { "connection string" };
    let problem = format!("unknown parameter; the known ones are {}", KEYS.join(", "));
    Err(Error::invalid(name, problem))
}

/// The default settings, changed by the parameters.
pub(super) fn settings(parameters: &Parameters) -> Result<Settings, Error> {
    let mut settings = Settings::new();
    settings.servers = servers(parameters)?;
    settings.replicas = replicas(parameters)?;
    for (key, parameter) in parameters {
        apply(&mut settings, key, parameter)?;
    }
    Ok(settings)
}

fn apply(settings: &mut Settings, key: &str, given: &Parameter) -> Result<(), Error> {
    let value = given.value.as_str();
    match key {
        "application_name" => settings.base.application_name(value),
        "dbname" => settings.base.dbname(value),
        "password" => settings.base.password(value),
        "user" => settings.base.user(value),
        "connect_timeout" => {
            // libpq's only timeout covers authentication too, so a higher one raises that of the whole.
            let limit = given.seconds()?;
            settings.create_timeout = settings.create_timeout.max(limit);
            settings.base.connect_timeout(limit)
        }
        "keepalives" => settings.base.keepalives(given.choice(&[("0", false), ("1", true)])?),
        "keepalives_idle" => settings.base.keepalives_idle(given.seconds()?),
        "keepalives_interval" => settings.base.keepalives_interval(given.seconds()?),
        "keepalives_retries" => settings.base.keepalives_retries(given.number("must be a whole number")?),
        // Milliseconds, as in libpq; tokio-postgres takes seconds under the same name.
        "tcp_user_timeout" => match given.limit()? {
            Some(limit) => settings.base.tcp_user_timeout(limit),
            None => return Err(given.wrong("must be more than 0")),
        },
        "channel_binding" => settings.base.channel_binding(given.choice(&[
            ("disable", ChannelBinding::Disable),
            ("prefer", ChannelBinding::Prefer),
            ("require", ChannelBinding::Require),
        ])?),
        "load_balance_hosts" => settings.base.load_balance_hosts(
            given.choice(&[("disable", LoadBalanceHosts::Disable), ("random", LoadBalanceHosts::Random)])?,
        ),
        "sslnegotiation" => settings.base.ssl_negotiation(
            given.choice(&[("postgres", SslNegotiation::Postgres), ("direct", SslNegotiation::Direct)])?,
        ),
        "target_session_attrs" => settings.base.target_session_attrs(given.choice(&[
            ("any", TargetSessionAttrs::Any),
            ("read-write", TargetSessionAttrs::ReadWrite),
            ("read-only", TargetSessionAttrs::ReadOnly),
        ])?),
        _ => return apply_own(settings, key, given),
    };
    Ok(())
}

/// The parameters that the driver doesn't know, or not completely.
fn apply_own(settings: &mut Settings, key: &str, given: &Parameter) -> Result<(), Error> {
    match key {
        "options" => settings.options.clone_from(&given.value),
        "lane_connections" => settings.lane_connections = given.number("must be a whole number")?,
        "pool_max_size" => settings.max_size = given.number("must be a whole number")?,
        "pool_max_waiting" => settings.max_waiting = Some(given.number("must be a whole number")?),
        "pool_max_lifetime" => settings.max_lifetime = given.limit()?,
        "pool_idle_timeout" => settings.idle_timeout = given.limit()?,
        "pool_mode" => settings.pool_mode = given.choice(&PoolMode::NAMES)?,
        "sslmode" => settings.ssl_mode = given.choice(&SslMode::NAMES)?,
        "sslrootcert" => settings.tls_files.root = Some(given.value.as_str().into()),
        "sslcert" => settings.tls_files.certificate = Some(given.value.as_str().into()),
        "sslkey" => settings.tls_files.key = Some(given.value.as_str().into()),
        "statement_timeout" => settings.statement_timeout = Limit::explicit(given.limit()?),
        "lock_timeout" => settings.lock_timeout = Limit::explicit(given.limit()?),
        "idle_in_transaction_session_timeout" => {
            settings.idle_in_transaction_session_timeout = Limit::explicit(given.limit()?);
        }
        "max_replica_lag" => match given.limit()? {
            Some(limit) => settings.max_replica_lag = limit,
            None => return Err(given.wrong("must be more than 0")),
        },
        // `servers` and `replicas` read these together.
        "host" | "hostaddr" | "port" | "replica_host" | "replica_port" => {}
        _ => return Err(given.wrong("unknown parameter")),
    }
    Ok(())
}

/// The servers that `host`, `hostaddr` and `port` describe: lists of the same length, or one port for all.
fn servers(parameters: &Parameters) -> Result<Vec<Server>, Error> {
    let list = |key| parameters.get(key).map(|given: &Parameter| (given, given.value.split(',')));
    let mut addresses = Vec::new();
    if let Some((given, items)) = list("hostaddr") {
        for item in items {
            let address: IpAddr = item.parse().map_err(|_| given.wrong("must be IP addresses"))?;
            addresses.push(address);
        }
    }
    let mut servers: Vec<_> = match list("host") {
        Some((_, hosts)) => hosts.map(|host| Server::new(host, None)).collect(),
        None if addresses.is_empty() => vec![Server::new("", None)],
        None => addresses.iter().map(|address| Server::new(&address.to_string(), None)).collect(),
    };
    if let Some((given, _)) = list("hostaddr") {
        if addresses.len() != servers.len() {
            return Err(given.wrong("must have as many entries as there are hosts"));
        }
        for (server, address) in servers.iter_mut().zip(addresses) {
            server.address = Some(address);
        }
    }
    set_ports(&mut servers, parameters.get("port"))?;
    Ok(servers)
}

/// The replicas that `replica_host` and `replica_port` describe.
fn replicas(parameters: &Parameters) -> Result<Vec<Server>, Error> {
    let hosts = parameters.get("replica_host").map(|given| given.value.split(','));
    let mut replicas: Vec<_> = hosts.into_iter().flatten().map(|host| Server::new(host, None)).collect();
    match parameters.get("replica_port") {
        Some(given) if replicas.is_empty() => Err(given.wrong("needs replica_host")),
        ports => set_ports(&mut replicas, ports).map(|()| replicas),
    }
}

fn set_ports(servers: &mut [Server], given: Option<&Parameter>) -> Result<(), Error> {
    let Some(given) = given else { return Ok(()) };
    let ports: Vec<_> = given.value.split(',').map(|port| read_port(given, port)).collect::<Result<_, _>>()?;
    if ports.len() != 1 && ports.len() != servers.len() {
        return Err(given.wrong("must have one entry, or as many as there are hosts"));
    }
    for (server, port) in servers.iter_mut().zip(ports.iter().cycle()) {
        server.port = *port;
    }
    Ok(())
}

/// One port of the list; an empty entry is the default port.
fn read_port(given: &Parameter, port: &str) -> Result<u16, Error> {
    if port.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    let number = port.parse().ok().filter(|port| *port != 0);
    number.ok_or_else(|| given.wrong("must be a number from 1 to 65535"))
}
