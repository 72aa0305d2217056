//! Settings from each of their sources, and the errors of malformed ones.

use std::{collections::HashMap, fs, time::Duration};

use tokio_postgres::config::Config;

use super::{
    super::{server::Server, tls::SslMode},
    *,
};

fn config(url: &str) -> Config {
    Settings::from_url(url).unwrap().driver_config().unwrap()
}

fn problem(url: &str) -> String {
    Settings::from_url(url).unwrap_err().to_string()
}

fn from_vars(vars: &[(&str, &str)]) -> Settings {
    let vars: HashMap<_, _> = vars.iter().copied().collect();
    Settings::from_vars(|name| vars.get(name).map(ToString::to_string)).unwrap()
}

#[test]
fn a_url_sets_every_parameter() {
    let url = "postgresql://us%40er:p%3Aw%2Fd@db.example:6543/my%20db?sslmode=verify-full\
               &sslrootcert=%2Fetc%2Froot.crt&statement_timeout=1500&lock_timeout=2s&connect_timeout=9\
               &application_name=a%20b&pool_max_size=3&target_session_attrs=read-write&tcp_user_timeout=7000\
               &options=-c%20geqo%3Doff";
    let settings = Settings::from_url(url).unwrap();
    assert_eq!(settings.get_ssl_mode(), SslMode::VerifyFull);
    assert_eq!(settings.get_ssl_root_cert(), Some(Path::new("/etc/root.crt")));
    assert_eq!(settings.get_max_size(), 3);
    assert_eq!(settings.get_statement_timeout(), Some(Duration::from_millis(1500)));
    assert_eq!(settings.get_lock_timeout(), Some(Duration::from_secs(2)));
    assert_eq!(settings.create_budget(), Duration::from_secs(9));
    let config = settings.driver_config().unwrap();
    assert_eq!(config.get_user(), Some("us@er"));
    assert_eq!(config.get_password(), Some("p:w/d".as_bytes()));
    assert_eq!(config.get_dbname(), Some("my db"));
    assert_eq!(config.get_application_name(), Some("a b"));
    assert_eq!(config.get_tcp_user_timeout(), Some(&Duration::from_secs(7)));
    let options = config.get_options().unwrap();
    let own = "-c idle_in_transaction_session_timeout=60000 -c geqo=off -c statement_timeout=1500 -c lock_timeout=2000 -c TimeZone=UTC ";
    assert!(options.starts_with(own), "{options}");
}

#[test]
fn a_url_may_name_several_hosts_addresses_and_sockets() {
    let settings = Settings::from_url("postgres://a:1,[::1]:2,c/db").unwrap();
    let servers: Vec<_> = settings.get_servers().collect();
    assert_eq!(servers, [("a", 1), ("::1", 2), ("c", 5432)]);
    assert_eq!(settings.server_names(), "a:1 or [::1]:2 or c:5432");

    for url in ["postgres://%2Frun%2Fpg:5433/db", "postgres:///db?host=/run/pg&port=5433"] {
        let settings = Settings::from_url(url).unwrap();
        assert_eq!(settings.servers, [Server::new("/run/pg", Some(5433))]);
        assert!(settings.servers[0].is_local_socket());
    }

    let settings = Settings::from_url("hostaddr=10.0.0.1,10.0.0.2 host=a,b port=5").unwrap();
    assert_eq!(settings.get_servers().collect::<Vec<_>>(), [("a", 5), ("b", 5)]);
    let addresses: Vec<_> = settings.servers.iter().map(|server| server.address.unwrap().to_string()).collect();
    assert_eq!(addresses, ["10.0.0.1", "10.0.0.2"]);
}

#[test]
fn replicas_come_from_a_url_or_the_environment() {
    let settings =
        Settings::from_url("postgres://a/db?replica_host=b,::1&replica_port=5433,&max_replica_lag=250ms").unwrap();
    assert_eq!(settings.get_replicas().collect::<Vec<_>>(), [("b", 5433), ("::1", 5432)]);
    assert_eq!(settings.get_max_replica_lag(), Duration::from_millis(250));
    assert_eq!(settings.get_servers().collect::<Vec<_>>(), [("a", 5432)]);

    let settings = from_vars(&[("PGHOST", "a"), ("PGREPLICAHOST", "b,c"), ("PGREPLICAPORT", "6000")]);
    assert_eq!(settings.get_replicas().collect::<Vec<_>>(), [("b", 6000), ("c", 6000)]);
    assert_eq!(settings.get_max_replica_lag(), Duration::from_secs(5));
    assert_eq!(from_vars(&[("PGHOST", "a")]).get_replicas().count(), 0);

    assert!(problem("postgres://a?replica_port=1").contains("replica_port: needs replica_host"));
    assert!(problem("postgres://a?replica_host=b,c&replica_port=1,2,3").contains("as many as there are hosts"));
    assert!(problem("postgres://a?replica_host=b&max_replica_lag=0").contains("max_replica_lag: must be more than 0"));
}

#[test]
fn an_empty_url_means_localhost() {
    let settings = Settings::from_url("postgres://").unwrap();
    assert_eq!(settings.get_servers().collect::<Vec<_>>(), [("localhost", 5432)]);
    assert_eq!(settings.get_application_name(), "barqnet-db");
}

#[test]
fn a_key_value_string_may_quote_and_escape() {
    let config = config(r"host=h user = 'a b' password='it\'s \\ me' dbname=d\ b sslmode=require");
    assert_eq!(config.get_user(), Some("a b"));
    assert_eq!(config.get_password(), Some(br"it's \ me".as_slice()));
    assert_eq!(config.get_dbname(), Some("d b"));
}

#[test]
fn every_documented_key_is_read() {
    for key in KEYS {
        // The value may be wrong; the key must be known.
        if let Err(error) = Settings::from_url(&format!("{key}=1")) {
            assert!(!error.to_string().contains("unknown"), "{error}");
        }
    }
}

#[test]
fn an_unknown_key_or_a_wrong_value_is_an_error_that_names_it() {
    assert!(problem("postgres://h/d?sslcrl=x").contains("sslcrl: unknown"));
    assert!(problem("host=h conect_timeout=3").contains("conect_timeout: unknown"));
    assert!(problem("postgres://h/d?sslmode=full").contains("sslmode: must be one of disable"));
    assert!(problem("postgres://h/d?statement_timeout=5m").contains("statement_timeout"));
    assert!(problem("postgres://h/d?connect_timeout=0").contains("connect_timeout"));
    assert!(problem("postgres://h:99999/d").contains("port"));
    assert!(problem("postgres://a,b/d?port=1,2,3").contains("port"));
    assert!(problem("mysql://h/d").contains("postgres://"));
    assert!(problem("just a name").contains("URL or key=value"));
}

#[test]
fn no_error_contains_a_part_of_the_password() {
    for broken in [
        "postgres://user:secret@host:port/db",
        "postgres://user:sec/secret@host/db",
        "postgres://user:1/secret@host/db",
        "postgres://user:1?secret@host/db",
        "postgres://user:a@secret@host/db",
        "postgres://user:a@b/secret@host/db",
        "postgres://user:a@b?secret",
        "postgres://user:secret",
        "postgres://user:%ffsecret@host/db",
        "postgres://user:secret@host/db?nonsense=1",
        "postgres://user:secret@host/db?sslmode=secret",
        "http://user:secret@host/db",
        "host=h password=my secret",
        "host=h password=my secret=1",
        "host=h password='secret",
        "host=h password=secret port=secret",
    ] {
        let error = Settings::from_url(broken).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(!text.contains("secret"), "{broken}: {text}");
    }
}

#[test]
fn the_environment_is_read_as_psql_reads_it() {
    let settings = from_vars(&[
        ("PGHOST", "db.example"),
        ("PGPORT", "6000"),
        ("PGPASSWORD", "pw"),
        ("PGSSLMODE", "require"),
        ("PGAPPNAME", "job"),
        ("PGOPTIONS", ""),
        ("USER", "alice"),
    ]);
    assert_eq!(settings.get_servers().collect::<Vec<_>>(), [("db.example", 6000)]);
    assert_eq!(settings.get_user(), Some("alice"));
    assert_eq!(settings.get_dbname(), Some("alice"));
    assert_eq!(settings.get_ssl_mode(), SslMode::Require);
    assert_eq!(settings.get_application_name(), "job");
    assert!(settings.has_password());
}

#[test]
fn database_url_takes_precedence_and_variables_fill_its_gaps() {
    let settings = from_vars(&[
        ("DATABASE_URL", "postgres://bob@h/d"),
        ("PGHOST", "other"),
        ("PGUSER", "other"),
        ("PGPASSWORD", "pw"),
    ]);
    assert_eq!(settings.get_servers().collect::<Vec<_>>(), [("h", 5432)]);
    assert_eq!(settings.get_user(), Some("bob"));
    assert!(settings.has_password());
}

#[test]
fn a_wrong_value_of_a_variable_is_an_error_that_names_the_variable() {
    let error = Settings::from_vars(|name| (name == "PGPORT").then(|| "x".to_owned()));
    assert!(error.unwrap_err().to_string().contains("PGPORT"));
}

#[cfg(unix)]
#[test]
fn a_password_file_that_other_users_can_read_is_ignored() {
    use std::os::unix::fs::PermissionsExt;

    let path = env::temp_dir().join(format!("barqnet-pgpass-{}", std::process::id()));
    fs::write(&path, "a:*:d:u:one\nb:*:d:u:two\nlocalhost:*:*:*:local\n").unwrap();
    let password = |url: &str, mode: u32| {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let vars = |name: &str| (name == "PGPASSFILE").then(|| path.display().to_string());
        let settings = Settings::from_url_and_vars(url, vars).unwrap();
        let config = settings.driver_config().unwrap();
        config.get_password().map(|p| String::from_utf8_lossy(p).into_owned())
    };
    assert_eq!(password("postgres://u@a/d", 0o600).as_deref(), Some("one"));
    assert_eq!(password("postgres://u@a/d", 0o640), None);
    assert_eq!(password("postgres://u:own@a/d", 0o600).as_deref(), Some("own"));
    assert_eq!(password("postgres://u@x/d", 0o600), None);
    // Two servers with two passwords: neither is sent the other's.
    assert_eq!(password("postgres://u@a,b/d", 0o600), None);
    assert_eq!(password("postgres://u@%2Ftmp/d", 0o600).as_deref(), Some("local"));
    fs::remove_file(&path).unwrap();
}

#[test]
fn a_service_counts_before_the_other_variables_and_behind_the_url() {
    let file = env::temp_dir().join(format!("barqnet-services-{}", std::process::id()));
    fs::write(&file, "[orders]\nhost=db.internal\nport=6432\nuser=clerk\n").unwrap();
    let vars = |name: &str| match name {
        "PGSERVICE" => Some("orders".to_owned()),
        "PGSERVICEFILE" => Some(file.display().to_string()),
        "PGHOST" => Some("elsewhere".to_owned()),
        "PGDATABASE" => Some("accounts".to_owned()),
        _ => None,
    };
    let settings = Settings::from_url_and_vars("postgres://:7000", vars).unwrap();
    assert_eq!(settings.get_servers().collect::<Vec<_>>(), [("db.internal", 7000)]);
    assert_eq!((settings.get_user(), settings.get_dbname()), (Some("clerk"), Some("accounts")));
    let unknown = |name: &str| if name == "PGSERVICE" { Some("bills".to_owned()) } else { vars(name) };
    let error = Settings::from_vars(unknown).unwrap_err().to_string();
    assert!(
        error.contains("PGSERVICE") && error.contains("no service \"bills\"") && error.contains("barqnet-services"),
        "{error}"
    );
    fs::remove_file(&file).unwrap();
}
