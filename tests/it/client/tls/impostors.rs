//! Programs that pretend to be PostgreSQL and record every byte that clients send.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use barqnet_db_testing::certificates::{Authority, Pair};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// The request for TLS, a client's first packet.
pub(crate) const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Sent in place of a request for TLS, this stops an impostor.
const GOOD_BYE: [u8; 8] = *b"good bye";

/// Longer than any step takes: a client that neither sends nor disconnects fails the test instead of blocking it.
const HANGING: Duration = Duration::from_secs(30);

/// A listening impostor. It serves one client after the other until `sent` stops it, so that it misses none.
pub(crate) struct Impostor {
    pub(crate) port: u16,
    thread: JoinHandle<Vec<Vec<u8>>>,
}

impl Impostor {
    /// `serve` gets each connection after its request for TLS, and returns what the client sends from then on.
    fn new(serve: impl Fn(TcpStream) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let thread = thread::spawn(move || {
            let mut sent = Vec::new();
            for connection in listener.incoming() {
                let mut connection = connection.expect("a client");
                connection.set_read_timeout(Some(HANGING)).expect("a time-out");
                let mut request = [0; 8];
                connection.read_exact(&mut request).expect("a request");
                if request == GOOD_BYE {
                    break;
                }
                assert_eq!(request, SSL_REQUEST, "the first packet");
                sent.push(serve(connection));
            }
            sent
        });
        Self { port, thread }
    }

    /// Answers the request for TLS and each message after it with the next reply, then only reads.
    pub(crate) fn answering(replies: &'static [&'static [u8]]) -> Self {
        Self::new(move |mut connection| {
            let mut sent = Vec::new();
            for (at, reply) in replies.iter().enumerate() {
                if at > 0 {
                    sent.extend(start_packet_or_message(&mut connection, at == 1).unwrap_or_default());
                }
                // It fails if the client has disconnected.
                let _ = connection.write_all(reply);
            }
            // It fails if the client disconnects with unread bytes; `sent` has what the client sent nevertheless.
            let _ = connection.read_to_end(&mut sent);
            sent
        })
    }

    /// Presents a certificate and records what the client sends encrypted.
    pub(crate) fn with_certificate(pair: &Pair) -> Self {
        let config = server_config(pair);
        Self::new(move |connection| {
            let mut sent = Vec::new();
            // It fails if the client refuses the certificate.
            let _ = accept(connection, &config).and_then(|mut stream| stream.read_to_end(&mut sent));
            sent
        })
    }

    /// Presents a certificate of its own, forwards everything to a real server and records it.
    pub(crate) fn between(pair: &Pair, authority: &Authority, port: u16) -> Self {
        let config = server_config(pair);
        let upstream = client_config(authority);
        Self::new(move |connection| {
            let mut sent = Vec::new();
            // It ends when either side disconnects.
            let _ = accept(connection, &config)
                .and_then(|client| relay(client, open(port, Arc::clone(&upstream))?, &mut sent));
            sent
        })
    }

    /// What each client sent after its request for TLS.
    pub(crate) async fn sent(self) -> Vec<Vec<u8>> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).expect("the impostor listens");
        connection.write_all(&GOOD_BYE).expect("the impostor reads");
        // Not on this thread, which must be free to close connections.
        let sent = tokio::task::spawn_blocking(|| self.thread.join()).await;
        sent.expect("the task ends").expect("every client behaved as expected")
    }
}

fn server_config(pair: &Pair) -> Arc<ServerConfig> {
    let chain = vec![CertificateDer::from_pem_file(&pair.certificate).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_file(&pair.key).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key);
    let mut config = config.expect("a pair");
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Arc::new(config)
}

fn client_config(authority: &Authority) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority.root()).expect("a certificate")).expect("an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

fn accept(
    mut connection: TcpStream,
    config: &Arc<ServerConfig>,
) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
    connection.write_all(b"S")?;
    let mut session = ServerConnection::new(Arc::clone(config)).expect("a configuration");
    session.complete_io(&mut connection)?;
    Ok(StreamOwned::new(session, connection))
}

fn open(port: u16, config: Arc<ClientConfig>) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.write_all(&SSL_REQUEST)?;
    let mut answer = [0];
    connection.read_exact(&mut answer)?;
    assert_eq!(&answer, b"S", "a server with TLS");
    let name = "localhost".try_into().expect("a name");
    Ok(StreamOwned::new(ClientConnection::new(config, name).expect("a configuration"), connection))
}

/// Forwards packet by packet; the two sides take turns, as the protocol defines.
fn relay(mut client: impl Read + Write, mut server: impl Read + Write, sent: &mut Vec<u8>) -> io::Result<()> {
    let mut first = true;
    loop {
        loop {
            let packet = start_packet_or_message(&mut client, first)?;
            sent.extend(&packet);
            server.write_all(&packet)?;
            server.flush()?;
            // The start-up packet, a message of the login, a query, the end of a batch.
            if first || matches!(packet[0], b'p' | b'Q' | b'S') {
                break;
            }
        }
        first = false;
        loop {
            let message = start_packet_or_message(&mut server, false)?;
            client.write_all(&message)?;
            client.flush()?;
            // A request of the login, or ready for a query.
            let is_question = message[0] == b'R' && matches!(message[8], 10 | 11);
            if is_question || message[0] == b'Z' {
                break;
            }
        }
    }
}

/// A packet with its length and, unless it is the first of a client, its kind.
fn start_packet_or_message(from: &mut impl Read, is_start: bool) -> io::Result<Vec<u8>> {
    let mut packet = vec![0; if is_start { 4 } else { 5 }];
    from.read_exact(&mut packet)?;
    let length: [u8; 4] = packet[packet.len() - 4..].try_into().expect("four bytes");
    let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
    from.read_exact(&mut body)?;
    packet.extend(body);
    Ok(packet)
}
