//! The settings as the driver takes them: checked, with the server's part put into the start-up options.

use std::time::Duration;

use tokio_postgres::config::ChannelBinding;

use super::{
    error::Error,
    server::Server,
    settings::Settings,
    tls::{self, Connector, SslMode},
};

impl Settings {
    /// `host:port` of every server, for messages.
    pub(crate) fn server_names(&self) -> String {
        let name = |server: &Server| match server.host.as_str() {
            host if host.contains(':') => format!("[{host}]:{}", server.port),
            host => format!("{host}:{}", server.port),
        };
        let names: Vec<_> = self.servers.iter().map(name).collect();
        names.join(" or ")
    }

    /// The time for opening one connection when every server but the last is dead.
    pub(crate) fn create_budget(&self) -> Duration {
        let servers = u32::try_from(self.servers.len()).unwrap_or(u32::MAX);
        self.create_timeout.saturating_mul(servers.max(1))
    }

    pub(crate) fn connector(&self) -> Result<Connector, Error> {
        Ok(tls::connector(self.effective_ssl_mode(), &self.tls_files)?)
    }

    /// The driver's configuration, checked.
    pub(crate) fn driver_config(&self) -> Result<tokio_postgres::Config, Error> {
        self.check()?;
        let mut config = self.base.clone();
        for server in &self.servers {
            config.host(&server.host).port(server.port);
            if let Some(address) = server.address {
                config.hostaddr(address);
            }
        }
        config.ssl_mode(self.effective_ssl_mode().for_tokio_postgres());
        config.options(self.startup_options());
        Ok(config)
    }

    fn check(&self) -> Result<(), Error> {
        if self.max_size == 0 {
            return Err(Error::invalid("pool_max_size", "must be at least 1"));
        }
        if self.get_connect_timeout().is_zero() {
            return Err(Error::invalid("connect_timeout", "must be more than 0"));
        }
        let with_address = self.servers.iter().filter(|s| s.address.is_some()).count();
        if with_address != 0 && with_address != self.servers.len() {
            return Err(Error::invalid("hostaddr", "give one for every host or for none"));
        }
        let has_tls = cfg!(feature = "tls") && self.effective_ssl_mode() != SslMode::Disable;
        if self.get_channel_binding() == ChannelBinding::Require && !has_tls {
            let problem = "require needs TLS, and there is none with sslmode=disable, on a Unix-domain socket, \
                 or without barqnet-db's Cargo feature `tls`";
            return Err(Error::invalid("channel_binding", problem));
        }
        let backslashes = self.options.chars().rev().take_while(|&c| c == '\\');
        if backslashes.count() % 2 == 1 {
            return Err(Error::invalid("options", "ends in a lone backslash"));
        }
        Ok(())
    }

    /// Unix-domain sockets have no TLS and need none. With servers of both kinds the demand stays, and the sockets
    /// fail it: refused is safer than guessed.
    fn effective_ssl_mode(&self) -> SslMode {
        if self.servers.iter().all(Server::is_local_socket) { SslMode::Disable } else { self.ssl_mode }
    }

    /// Of a name given twice the server takes the last, hence the order: our defaults, the user's `options`,
    /// explicit limits, and the time zone, because `TIMESTAMP` columns of old databases hold UTC.
    pub(crate) fn startup_options(&self) -> String {
        let limits = [
            ("statement_timeout", self.statement_timeout),
            ("lock_timeout", self.lock_timeout),
            ("idle_in_transaction_session_timeout", self.idle_in_transaction_session_timeout),
        ];
        let flags = |chosen: bool| {
            let kind = limits.iter().filter(move |(_, l)| l.chosen == chosen);
            kind.filter_map(|(name, limit)| limit.flag(name))
        };
        let user_options = Some(self.options.clone()).filter(|options| !options.is_empty());
        let mut all: Vec<_> = flags(false).chain(user_options).collect();
        all.extend(flags(true));
        all.push("-c TimeZone=UTC".to_owned());
        all.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_out_is_finite_by_default() {
        let settings = Settings::new();
        let config = settings.driver_config().unwrap();
        assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(5)));
        assert_eq!(config.get_tcp_user_timeout(), Some(&Duration::from_secs(30)));
        assert_eq!(config.get_keepalives_retries(), Some(3));
        assert_eq!(
            config.get_options(),
            Some(
                "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000 \
                 -c TimeZone=UTC"
            )
        );
    }

    #[test]
    fn explicit_limits_come_after_the_users_options_and_defaults_before() {
        let settings = Settings::new()
            .options("-c geqo=off")
            .lock_timeout(Duration::from_micros(1))
            .idle_in_transaction_session_timeout(None);
        assert_eq!(
            settings.startup_options(),
            "-c statement_timeout=30000 -c geqo=off -c lock_timeout=1 \
             -c idle_in_transaction_session_timeout=0 -c TimeZone=UTC"
        );
    }

    #[test]
    fn the_password_is_in_no_debug_text() {
        let text = format!("{:?}", Settings::new().password("hunter2"));
        assert!(text.contains("(redacted)"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_socket_directory_needs_no_tls_but_a_mixture_does() {
        use tokio_postgres::config::SslMode as Wire;
        let socket = Settings::new().host("/run/pg").ssl_mode(SslMode::VerifyFull);
        assert_eq!(socket.driver_config().unwrap().get_ssl_mode(), Wire::Disable);
        let both = socket.add_server("db.example", 5432);
        assert_eq!(both.driver_config().unwrap().get_ssl_mode(), Wire::Require);
    }

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        for (settings, key) in [
            (Settings::new().max_size(0), "pool_max_size"),
            (Settings::new().connect_timeout(Duration::ZERO), "connect_timeout"),
            (Settings::new().options(r"-c a=b\"), "options"),
            (Settings::new().ssl_mode(SslMode::Disable).channel_binding(ChannelBinding::Require), "channel_binding"),
            (Settings::new().host("/run/pg").channel_binding(ChannelBinding::Require), "channel_binding"),
        ] {
            let error = settings.driver_config().unwrap_err();
            assert!(matches!(&error, Error::InvalidSettings { key: k, .. } if k == key), "{error}");
        }
    }

    #[test]
    fn changing_the_host_keeps_the_port() {
        let settings = Settings::new().port(6543).host("a").add_server("b", 1);
        assert_eq!(settings.get_servers().collect::<Vec<_>>(), [("a", 6543), ("b", 1)]);
        assert_eq!(settings.server_names(), "a:6543 or b:1");
        assert_eq!(settings.create_budget(), Duration::from_secs(10));
    }
}
