//! Real servers on a TCP port of this machine, with and without TLS.

use std::net::TcpListener;

use barqnet_db_client::pool::{self, Client, Settings};
use barqnet_db_throwaway::{Options, Server};

use crate::certificates::{Authority, Pair};

/// The password of `ada` and of `hal`.
pub const PASSWORD: &str = "correct horse battery staple";

/// A server; it stops when this is dropped.
#[derive(Debug)]
pub struct Running {
    server: Server,
    /// Of 127.0.0.1.
    pub port: u16,
}

impl Running {
    /// Ada and her password, everything else at its default.
    pub fn settings(&self) -> Settings {
        Settings::new().host("localhost").port(self.port).user("ada").password(PASSWORD).dbname("postgres")
    }

    /// The superuser, whom the server lets in by its socket only.
    pub async fn superuser(&self) -> Client {
        let settings = Settings::from_url(&self.server.url("postgres")).expect("the server's URL is well formed");
        pool::connect_one(settings.port(self.port)).await.expect("the server answers")
    }
}

/// A server that accepts connections with TLS only. It knows `ada` by her password, `grace` by her certificate and
/// `hal` by both; `ada` and `grace` may create databases.
pub async fn encrypted(authority: &Authority, pair: &Pair) -> Running {
    encrypted_with(Options::default(), authority, pair).await
}

/// [`encrypted`] with further options.
pub async fn encrypted_with(options: Options, authority: &Authority, pair: &Pair) -> Running {
    let rules = "\
        local all postgres trust\n\
        hostssl all ada all scram-sha-256\n\
        hostssl all grace all cert\n\
        hostssl all hal all scram-sha-256 clientcert=verify-full\n";
    let options = options
        .authentication(rules)
        .setting("ssl", "on")
        .setting("ssl_cert_file", pair.certificate.to_str().expect("UTF-8"))
        .setting("ssl_key_file", pair.key.to_str().expect("UTF-8"))
        .setting("ssl_ca_file", authority.root().to_str().expect("UTF-8"));
    start(options).await
}

/// A server without TLS.
pub async fn plain() -> Running {
    plain_with(Options::default()).await
}

/// [`plain`] with further options.
pub async fn plain_with(options: Options) -> Running {
    start(options.authentication("local all postgres trust\nhost all ada all scram-sha-256\n")).await
}

async fn start(options: Options) -> Running {
    let (server, port) = listening(&options);
    let running = Running { server, port };
    let roles = format!(
        "CREATE ROLE ada LOGIN CREATEDB PASSWORD '{PASSWORD}'; CREATE ROLE hal LOGIN PASSWORD '{PASSWORD}'; \
         CREATE ROLE grace LOGIN CREATEDB"
    );
    running.superuser().await.batch_execute(&roles).await.expect("three roles");
    running
}

fn listening(options: &Options) -> (Server, u16) {
    // Between looking for a free port and taking it another process may.
    for _ in 0..5 {
        let port = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port();
        let on_port = options.clone().setting("listen_addresses", "127.0.0.1").setting("port", &port.to_string());
        match on_port.start() {
            Ok(server) => return (server, port),
            Err(error) if error.to_string().contains("in use") => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("no port was free five times in a row");
}
