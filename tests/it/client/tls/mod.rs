//! TLS: which servers are refused, with what error, and that nothing secret is sent to them. The servers are real, the
//! impostors are programs of the test.

mod impostors;

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use barqnet_db::pool::{self, ChannelBinding, Settings, SslMode, TlsProblem};
use barqnet_db_testing::{
    certificates::{Algorithm, Authority, Pair},
    servers::{PASSWORD, Running, encrypted, plain},
};

use self::impostors::Impostor;

/// The modes that never send plain text.
const STRICT: [SslMode; 3] = [SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull];

/// The session's role and whether it is encrypted, as the server sees it.
async fn session(settings: Settings) -> (String, bool) {
    let client = match pool::connect_one(settings).await {
        Ok(client) => client,
        Err(error) => panic!("{error}"),
    };
    let query = "SELECT CURRENT_USER::TEXT, ssl FROM pg_stat_ssl WHERE pid = PG_BACKEND_PID()";
    let row = client.query_one(query, &[]).await.expect("the server answers");
    (row.get(0), row.get(1))
}

/// The error of every function that opens a connection; it must be the same one.
async fn refusal(settings: &Settings) -> pool::Error {
    let lazy = pool::connect_lazy(settings.clone()).expect("the settings are valid");
    let from_lazy = lazy.get().await.map(|_| ()).expect_err("it must not connect");
    let one = pool::connect_one(settings.clone()).await.map(|_| ()).expect_err("it must not connect");
    let client = settings.connect_client().await.map(|_| ()).expect_err("it must not connect");
    let error = pool::connect(settings.clone()).await.map(|_| ()).expect_err("it must not connect");
    for other in [from_lazy, one, client] {
        assert_eq!(std::mem::discriminant(&other), std::mem::discriminant(&error), "{other}; {error}");
    }
    assert!(!error.is_transient(), "{error}");
    assert!(!format!("{error} {error:?}").contains(PASSWORD), "{error}");
    error
}

fn problem(error: &pool::Error) -> TlsProblem {
    match error {
        pool::Error::Tls { problem, .. } => *problem,
        other => panic!("{other}"),
    }
}

fn assert_says(error: &pool::Error, words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

/// The settings for the same server under a name that its certificate doesn't have.
fn by_another_name(server: &Running, mode: SslMode, root: &Path) -> Settings {
    let (port, root) = (server.port, root.display());
    let url = format!("host=db.example hostaddr=127.0.0.1 port={port} user=ada dbname=postgres sslrootcert={root}");
    Settings::from_url(&url).expect("well formed").password(PASSWORD).ssl_mode(mode)
}

#[tokio::test]
async fn each_sslmode_accepts_and_refuses_the_servers_that_psql_would() {
    for algorithm in [Algorithm::Rsa, Algorithm::P256] {
        check_each_mode(algorithm).await;
    }
}

async fn check_each_mode(algorithm: Algorithm) {
    let authority = Authority::new(algorithm);
    let (root, unknown) = (authority.root(), Authority::new(algorithm));
    let good = encrypted(&authority, &authority.server()).await;
    let expired = encrypted(&authority, &authority.expired_server()).await;
    let without = plain().await;
    let encrypted = ("ada".to_owned(), true);

    let error = refusal(&good.settings().ssl_mode(SslMode::Disable)).await;
    assert!(matches!(error, pool::Error::NotPermitted { .. }), "the server admits no session without TLS: {error}");
    for mode in [SslMode::Prefer, SslMode::Require] {
        // Without a root certificate no certificate is checked.
        for server in [&good, &expired] {
            assert_eq!(session(server.settings().ssl_mode(mode)).await, encrypted, "{mode}");
        }
    }
    for mode in [SslMode::Prefer, SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
        for host in ["localhost", "127.0.0.1"] {
            let settings = good.settings().host(host).ssl_mode(mode).ssl_root_cert(&root);
            assert_eq!(session(settings).await, encrypted, "{mode} {host}");
        }

        let error = refusal(&good.settings().ssl_mode(mode).ssl_root_cert(unknown.root())).await;
        assert_eq!(problem(&error), TlsProblem::UnknownAuthority, "{mode}: {error}");
        assert_says(&error, &["not signed by an authority trusted here", "sslrootcert (PGSSLROOTCERT)"]);

        let error = refusal(&expired.settings().ssl_mode(mode).ssl_root_cert(&root)).await;
        assert_eq!(problem(&error), TlsProblem::Expired, "{mode}: {error}");
        assert_says(&error, &["has expired", "renew it on the server"]);

        let elsewhere = by_another_name(&good, mode, &root);
        if mode == SslMode::VerifyFull {
            let error = refusal(&elsewhere).await;
            assert_eq!(problem(&error), TlsProblem::OtherHost, "{error}");
            assert_says(
                &error,
                &["issued for another host name", "db.example", "connect by a name in its subjectAltName"],
            );
        } else {
            assert_eq!(session(elsewhere).await, encrypted, "{mode}");
        }

        let settings = without.settings().ssl_mode(mode).ssl_root_cert(&root);
        if mode == SslMode::Prefer {
            assert_eq!(session(settings).await, ("ada".to_owned(), false));
        } else {
            let error = refusal(&settings).await;
            assert!(matches!(error, pool::Error::TlsRefused { .. }), "{mode}: {error}");
            assert_says(&error, &["does not offer TLS", "set ssl = on"]);
        }
    }
    assert_eq!(session(without.settings().ssl_mode(SslMode::Disable)).await, ("ada".to_owned(), false));

    // A connection that is not encrypted can't be bound.
    let bound = without.settings().channel_binding(ChannelBinding::Require);
    let error = refusal(&bound).await;
    assert!(matches!(error, pool::Error::ChannelBinding { .. }), "{error}");
    assert_says(&error, &["channel_binding=require", "sslmode=require or stronger"]);
    let error = pool::connect_lazy(bound.ssl_mode(SslMode::Disable)).expect_err("the settings are invalid");
    assert!(matches!(&error, pool::Error::InvalidSettings { key, .. } if key == "channel_binding"), "{error}");
}

#[tokio::test]
async fn a_password_is_bound_to_the_certificate_if_its_algorithm_allows_it() {
    for algorithm in [Algorithm::Rsa, Algorithm::P256, Algorithm::P384, Algorithm::Ed25519] {
        let authority = Authority::new(algorithm);
        let server = encrypted(&authority, &authority.server()).await;
        let (port, root) = (server.port, authority.root());
        let url = format!(
            "postgres://ada@localhost:{port}/postgres?sslmode=verify-full&sslrootcert={}&channel_binding=",
            root.display()
        );
        for binding in ["disable", "prefer", "require"] {
            let settings = Settings::from_url(&format!("{url}{binding}")).expect("well formed").password(PASSWORD);
            if algorithm == Algorithm::Ed25519 && binding == "require" {
                // The standard defines no binding for such a signature; neither psql nor the server supports one.
                let error = refusal(&settings).await;
                assert!(matches!(error, pool::Error::ChannelBinding { .. }), "{error}");
                assert_says(&error, &["a certificate signed with RSA or ECDSA"]);
            } else {
                assert_eq!(session(settings).await, ("ada".to_owned(), true), "{algorithm:?} {binding}");
            }
        }
        // The password is checked nevertheless.
        let wrong = Settings::from_url(&format!("{url}prefer")).expect("well formed").password("wrong");
        assert!(matches!(refusal(&wrong).await, pool::Error::WrongPassword { .. }));
    }
}

#[tokio::test]
async fn channel_binding_detects_a_proxy_that_decrypts_the_connection() {
    let (authority, stranger) = (Authority::new(Algorithm::Rsa), Authority::new(Algorithm::P256));
    let server = encrypted(&authority, &authority.server()).await;
    let impostor = Impostor::between(&stranger.server(), &authority, server.port);
    // `require` encrypts and checks no certificate.
    let settings = server.settings().host("localhost").port(impostor.port).ssl_mode(SslMode::Require);
    for binding in [ChannelBinding::Prefer, ChannelBinding::Require] {
        let error = refusal(&settings.clone().channel_binding(binding)).await;
        assert!(matches!(error, pool::Error::ChannelBinding { .. }), "{error}");
        assert_says(&error, &["presents a certificate of its own", "channel_binding=disable (PGCHANNELBINDING)"]);
    }
    // A trusted proxy can be allowed.
    let trusted = settings.channel_binding(ChannelBinding::Disable);
    assert_eq!(session(trusted).await, ("ada".to_owned(), true));
    assert!(impostor.sent().await.iter().all(|sent| contains(sent, b"ada") && !contains(sent, PASSWORD.as_bytes())));
}

#[tokio::test]
async fn a_client_presents_the_certificate_that_the_server_requires() {
    let authority = Authority::new(Algorithm::P256);
    let server = encrypted(&authority, &authority.server()).await;
    let settings = Settings::new()
        .host("localhost")
        .port(server.port)
        .dbname("postgres")
        .ssl_mode(SslMode::VerifyFull)
        .ssl_root_cert(authority.root());
    let with = |settings: &Settings, pair: &Pair| settings.clone().ssl_cert(&pair.certificate).ssl_key(&pair.key);
    let (grace, hal) = (authority.client("grace"), authority.client("hal"));

    let as_grace = settings.clone().user("grace");
    assert_eq!(session(with(&as_grace, &grace)).await, ("grace".to_owned(), true));
    let as_hal = settings.clone().user("hal").password(PASSWORD).channel_binding(ChannelBinding::Require);
    assert_eq!(session(with(&as_hal, &hal)).await, ("hal".to_owned(), true));
    // A client certificate that the server does not require does no harm.
    assert_eq!(session(with(&settings.clone().user("ada").password(PASSWORD), &hal)).await, ("ada".to_owned(), true));

    // No certificate, and one that is issued to another role.
    for refused in [as_grace.clone(), as_hal.clone(), with(&as_grace, &hal)] {
        let error = refusal(&refused).await;
        assert_eq!(problem(&error), TlsProblem::ClientCertificate, "{error}");
        assert_says(&error, &["issued to the role", "sslcert and sslkey (PGSSLCERT, PGSSLKEY)"]);
    }
    // If a password is required too, PostgreSQL reports that one as wrong, and the cause only in its log.
    let error = refusal(&with(&as_hal, &grace)).await;
    assert!(matches!(error, pool::Error::WrongPassword { .. }), "{error}");

    // From the environment, as psql has it.
    let variables = [
        ("PGHOST", "localhost".to_owned()),
        ("PGPORT", server.port.to_string()),
        ("PGUSER", "grace".to_owned()),
        ("PGDATABASE", "postgres".to_owned()),
        ("PGSSLMODE", "verify-full".to_owned()),
        ("PGSSLROOTCERT", authority.root().display().to_string()),
        ("PGSSLCERT", grace.certificate.display().to_string()),
        ("PGSSLKEY", grace.key.display().to_string()),
        ("PGCHANNELBINDING", "disable".to_owned()),
    ];
    let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let settings = Settings::from_vars(value).expect("well formed");
    assert_eq!(settings.get_channel_binding(), ChannelBinding::Disable);
    assert_eq!(session(settings).await, ("grace".to_owned(), true));
}

#[test]
fn an_unusable_client_certificate_is_an_error_that_names_it_and_the_cause() {
    let authority = Authority::new(Algorithm::P256);
    let (grace, hal) = (authority.client("grace"), authority.client("hal"));
    let readable = authority.file("readable.key");
    fs::copy(&grace.key, &readable).unwrap();
    fs::set_permissions(&readable, fs::Permissions::from_mode(0o644)).unwrap();
    let encrypted = authority.encrypted(&grace);
    let nowhere = Path::new("/nonexistent/client.pem");
    for (certificate, key, setting, words) in [
        (Some(&*grace.certificate), None, "sslcert", "name it in sslkey (PGSSLKEY)"),
        (None, Some(&*grace.key), "sslkey", "name it in sslcert (PGSSLCERT)"),
        (Some(nowhere), Some(&*grace.key), "sslcert", "/nonexistent/client.pem: No such file"),
        (Some(&*grace.certificate), Some(nowhere), "sslkey", "/nonexistent/client.pem: No such file"),
        (Some(&*grace.key), Some(&*grace.key), "sslcert", "the file has none"),
        (Some(&*grace.certificate), Some(&*encrypted), "sslkey", "an encrypted key must be decrypted first"),
        (Some(&*grace.certificate), Some(&*hal.key), "sslkey", "does not belong to the certificate"),
        (Some(&*grace.certificate), Some(&*readable), "sslkey", "run chmod 0600 on it"),
    ] {
        let mut settings = Settings::new().user("grace");
        if let Some(certificate) = certificate {
            settings = settings.ssl_cert(certificate);
        }
        if let Some(key) = key {
            settings = settings.ssl_key(key);
        }
        let error = pool::connect_lazy(settings).expect_err("the settings are invalid");
        assert!(matches!(&error, pool::Error::InvalidSettings { key, .. } if key == setting), "{error}");
        assert_says(&error, &[words]);
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Whether the bytes are only TLS records of handshakes and alerts, so that they contain no other data.
fn is_handshake(mut bytes: &[u8]) -> bool {
    while let [kind, 3, _, high, low, rest @ ..] = bytes {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if !matches!(kind, 0x14..=0x16) || rest.len() < length {
            return false;
        }
        bytes = &rest[length..];
    }
    bytes.is_empty()
}

fn towards(impostor: &Impostor, mode: SslMode) -> Settings {
    Settings::new()
        .host("localhost")
        .port(impostor.port)
        .user("ada")
        .password(PASSWORD)
        .dbname("postgres")
        .ssl_mode(mode)
}

#[tokio::test]
async fn a_server_without_tls_is_sent_nothing_but_the_request_for_tls() {
    let authority = Authority::new(Algorithm::P256);
    for mode in STRICT {
        let impostor = Impostor::answering(&[b"N"]);
        let error = refusal(&towards(&impostor, mode).ssl_root_cert(authority.root())).await;
        assert!(matches!(error, pool::Error::TlsRefused { .. }), "{mode}: {error}");
        // No start-up packet, no second attempt.
        assert_eq!(impostor.sent().await, vec![Vec::<u8>::new(); 4], "{mode}");
    }
}

#[tokio::test]
async fn a_server_that_accepts_tls_but_does_not_speak_it_receives_only_a_handshake() {
    // The second adds plain text after accepting TLS: the message that a login has succeeded.
    const REPLIES: [&[&[u8]]; 2] = [&[b"Sgarbage, and not a little of it"], &[b"SR\0\0\0\x08\0\0\0\0"]];
    let authority = Authority::new(Algorithm::P256);
    for reply in REPLIES {
        for mode in [SslMode::Prefer, SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
            let impostor = Impostor::answering(reply);
            let error = refusal(&towards(&impostor, mode).ssl_root_cert(authority.root())).await;
            assert_eq!(problem(&error), TlsProblem::Handshake, "{mode}: {error}");
            let sent = impostor.sent().await;
            assert_eq!(sent.len(), 4, "a second attempt");
            assert!(sent.iter().all(|sent| !sent.is_empty() && is_handshake(sent)), "{mode}: {sent:?}");
        }
    }
}

#[tokio::test]
async fn a_server_whose_certificate_is_refused_is_sent_nothing_after_the_handshake() {
    let (ecdsa, rsa) = (Authority::new(Algorithm::P256), Authority::new(Algorithm::Rsa));
    for (pair, root, host, expected) in [
        (ecdsa.server(), ecdsa.root(), "127.0.0.2", TlsProblem::OtherHost),
        (ecdsa.server(), rsa.root(), "localhost", TlsProblem::UnknownAuthority),
        (ecdsa.expired_server(), ecdsa.root(), "localhost", TlsProblem::Expired),
        (rsa.server(), rsa.root(), "127.0.0.2", TlsProblem::OtherHost),
        (rsa.server(), ecdsa.root(), "localhost", TlsProblem::UnknownAuthority),
        (rsa.expired_server(), rsa.root(), "localhost", TlsProblem::Expired),
    ] {
        let impostor = Impostor::with_certificate(&pair);
        let url = format!(
            "host={host} hostaddr=127.0.0.1 port={} user=ada sslmode=verify-full sslrootcert={}",
            impostor.port,
            root.display()
        );
        let error = refusal(&Settings::from_url(&url).expect("well formed").password(PASSWORD)).await;
        assert_eq!(problem(&error), expected, "{error}");
        assert_eq!(impostor.sent().await, vec![Vec::<u8>::new(); 4], "{expected:?}");
    }
}

#[tokio::test]
async fn a_required_channel_binding_refuses_to_send_the_password_in_plain_text() {
    const ASK_FOR_PASSWORD: &[u8] = b"R\0\0\0\x08\0\0\0\x03";
    const REFUSE: &[u8] = b"E\0\0\0\x17SFATAL\0C28P01\0Mno\0\0";
    let impostor = Impostor::answering(&[b"N", ASK_FOR_PASSWORD, REFUSE]);
    let error = refusal(&towards(&impostor, SslMode::Prefer).channel_binding(ChannelBinding::Require)).await;
    assert!(matches!(error, pool::Error::ChannelBinding { .. }), "{error}");
    let sent = impostor.sent().await;
    assert!(sent.iter().all(|sent| contains(sent, b"user\0ada\0") && !contains(sent, PASSWORD.as_bytes())), "{sent:?}");

    // `prefer` sends it, which shows that the check above would find it.
    let impostor = Impostor::answering(&[b"N", ASK_FOR_PASSWORD, REFUSE]);
    let error = refusal(&towards(&impostor, SslMode::Prefer)).await;
    assert!(matches!(error, pool::Error::WrongPassword { .. }), "{error}");
    assert!(impostor.sent().await.iter().all(|sent| contains(sent, PASSWORD.as_bytes())));
}
