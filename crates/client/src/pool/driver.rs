//! Converts settings to the driver's configuration, after checking them.

use tokio_postgres::config::ChannelBinding;

use super::{
    error::Error,
    pool_mode::PoolMode,
    server::Server,
    settings::Settings,
    tls::{self, Connector, SslMode},
};

impl Settings {
    pub(super) fn connector(&self) -> Result<Connector, Error> {
        Ok(tls::connector(self.effective_ssl_mode(), &self.tls_files)?)
    }

    /// The driver's configuration, checked, without a server.
    pub(super) fn driver_config(&self) -> Result<tokio_postgres::Config, Error> {
        self.check()?;
        let mut config = self.base.clone();
        config.ssl_mode(self.effective_ssl_mode().for_tokio_postgres());
        if self.pool_mode == PoolMode::Session {
            config.options(self.startup_options());
        }
        Ok(config)
    }

    fn check(&self) -> Result<(), Error> {
        if self.max_size == 0 {
            return Err(Error::invalid("pool_max_size", "must be at least 1"));
        }
        if self.lane_connections == 0 {
            return Err(Error::invalid("lane_connections", "must be at least 1"));
        }
        if self.get_connect_timeout().is_zero() {
            return Err(Error::invalid("connect_timeout", "must be more than 0"));
        }
        let with_address = self.servers.iter().filter(|s| s.address.is_some()).count();
        if with_address != 0 && with_address != self.servers.len() {
            return Err(Error::invalid("hostaddr", "must be given for every host or for none"));
        }
        let has_tls = cfg!(feature = "tls") && self.effective_ssl_mode() != SslMode::Disable;
        if self.get_channel_binding() == ChannelBinding::Require && !has_tls {
            let problem = "require needs TLS, which is not available with sslmode=disable, on a Unix-domain socket, \
                 or in a program built without the Cargo feature `tls`";
            return Err(Error::invalid("channel_binding", problem));
        }
        if self.pool_mode == PoolMode::Transaction && !self.options.is_empty() {
            let problem = "cannot be used with pool_mode=transaction, because the pooler shares the sessions; \
                 give the settings to the role: ALTER ROLE … SET";
            return Err(Error::invalid("options", problem));
        }
        let backslashes = self.options.chars().rev().take_while(|&c| c == '\\');
        if backslashes.count() % 2 == 1 {
            return Err(Error::invalid("options", "ends in a lone backslash"));
        }
        Ok(())
    }

    /// Unix-domain sockets support no TLS and need none. If only some servers are sockets the mode stays, so a mode
    /// that requires encryption refuses those.
    fn effective_ssl_mode(&self) -> SslMode {
        if self.servers.iter().all(Server::is_local_socket) { SslMode::Disable } else { self.ssl_mode }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_timeout_is_finite_by_default() {
        let settings = Settings::new();
        let config = settings.driver_config().unwrap();
        assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(5)));
        assert_eq!(config.get_tcp_user_timeout(), Some(&Duration::from_secs(30)));
        assert_eq!(config.get_keepalives_retries(), Some(3));
        let options = config.get_options().unwrap();
        let limits = "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000 -c TimeZone=UTC ";
        assert!(options.starts_with(limits), "{options}");
    }

    #[test]
    fn debug_output_does_not_contain_the_password() {
        let text = format!("{:?}", Settings::new().password("hunter2"));
        assert!(text.contains("(redacted)"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn the_tls_mode_is_ignored_only_if_every_server_is_a_socket() {
        use tokio_postgres::config::SslMode as Wire;
        let socket = Settings::new().host("/run/pg").ssl_mode(SslMode::VerifyFull);
        assert_eq!(socket.driver_config().unwrap().get_ssl_mode(), Wire::Disable);
        let both = socket.add_server("db.example", 5432);
        assert_eq!(both.driver_config().unwrap().get_ssl_mode(), Wire::Require);
    }

    #[test]
    fn an_unusable_setting_is_refused_by_its_name() {
        for (settings, key) in [
            (Settings::new().max_size(0), "pool_max_size"),
            (Settings::new().lane_connections(0), "lane_connections"),
            (Settings::new().connect_timeout(Duration::ZERO), "connect_timeout"),
            (Settings::new().options(r"-c a=b\"), "options"),
            (Settings::new().pool_mode(PoolMode::Transaction).options("-c geqo=off"), "options"),
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
