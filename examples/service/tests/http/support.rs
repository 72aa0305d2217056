//! The service on a database and a port of its own, and a client that speaks HTTP to it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use barqnet_db::{
    PhoneNumber, embedded,
    otp::{Channel, OtpCode, OtpKeys, OtpPolicy},
    pool::Pool,
    queries::{
        servers::{self, RegisterParams},
        usage::{self, HistoryByUserParams, Usage},
    },
    sessions::Token,
};
use barqnet_db_service::{
    App,
    code_sender::{CodeSender, NotQueued},
    serve,
};
use barqnet_db_testing::TestDatabase;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Method, Request, StatusCode, body::Bytes, client::conn::http1, header, http::response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Mutex, mpsc},
};

/// The server that every test database has.
pub(crate) const SERVER: &str = "node-1";
/// The key of its node, and of every other.
pub(crate) const NODE_KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
pub(crate) const ADA: &str = "+4915112345678";
pub(crate) const BOB: &str = "+4915187654321";

/// A database with the whole schema.
pub(crate) async fn migrated_database() -> TestDatabase {
    TestDatabase::migrated(&embedded::migrations()).await
}

/// Where the server's node reports.
pub(crate) fn node_path(resource: &str) -> String {
    format!("/v1/nodes/{SERVER}/{resource}")
}

/// Registers [`SERVER`].
pub(crate) async fn register_server(pool: &Pool) {
    let server = RegisterParams {
        name: SERVER,
        host: "node-1.example",
        port: 1194,
        server_type: "endnode",
        management_url: None::<&str>,
        username: None::<&str>,
        password: None::<&str>,
    };
    servers::register().params(&pool.get().await.unwrap(), &server).one().await.unwrap();
}

/// A running service.
pub(crate) struct Service {
    pub(crate) api: Client,
    pub(crate) pool: Pool,
    codes: Mutex<mpsc::UnboundedReceiver<(PhoneNumber, OtpCode)>>,
    provider_is_down: Arc<AtomicBool>,
    pub(crate) database: TestDatabase,
}

struct Provider {
    messages: mpsc::UnboundedSender<(PhoneNumber, OtpCode)>,
    is_down: Arc<AtomicBool>,
}

impl CodeSender for Provider {
    fn send(&self, phone_number: &PhoneNumber, _: Channel, code: &OtpCode) -> Result<(), NotQueued> {
        if self.is_down.load(Ordering::Relaxed) {
            return Err(NotQueued);
        }
        self.messages.send((phone_number.clone(), code.clone())).unwrap();
        Ok(())
    }
}

impl Service {
    /// With the crate's limits, except for the pause between two codes.
    pub(crate) async fn start() -> Self {
        let policy = OtpPolicy { cool_down: std::time::Duration::ZERO, ..OtpPolicy::default() };
        Self::start_with(policy).await
    }

    pub(crate) async fn start_with(otp_policy: OtpPolicy) -> Self {
        Self::start_changed(|app| app.otp_config.policy = otp_policy).await
    }

    /// With another configuration than the crate's.
    pub(crate) async fn start_changed(change: impl FnOnce(&mut App)) -> Self {
        let database = migrated_database().await;
        let pool = database.pool().await;
        register_server(&pool).await;
        let (messages, codes) = mpsc::unbounded_channel();
        let provider_is_down = Arc::new(AtomicBool::new(false));
        let provider = Provider { messages, is_down: Arc::clone(&provider_is_down) };
        let node_key: Token = NODE_KEY.parse().unwrap();
        let otp_keys = OtpKeys::new(1, &[7; 32]).unwrap();
        let mut app = App::new(pool.clone(), provider, otp_keys, node_key.hash());
        change(&mut app);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = Client { address: listener.local_addr().unwrap() };
        tokio::spawn(serve(listener, app, std::future::pending()));
        Self { api, pool, codes: Mutex::new(codes), provider_is_down, database }
    }

    /// From now on the SMS provider accepts no message, or every one.
    pub(crate) fn set_provider_is_down(&self, is_down: bool) {
        self.provider_is_down.store(is_down, Ordering::Relaxed);
    }

    /// Reads the code off the phone.
    pub(crate) async fn delivered_to(&self, phone_number: &str) -> String {
        let (number, code) = self.codes.lock().await.recv().await.unwrap();
        assert_eq!(number.as_str(), phone_number);
        code.expose().to_owned()
    }

    /// Asks for a code and reads it off the phone.
    pub(crate) async fn code_for(&self, phone_number: &str) -> String {
        let sent = self.api.post("/v1/otp", json!({"phone_number": phone_number})).await;
        assert_eq!(sent.status, StatusCode::ACCEPTED, "{sent:?}");
        self.delivered_to(phone_number).await
    }

    /// Signs a phone number in; returns the token.
    pub(crate) async fn sign_in(&self, phone_number: &str) -> String {
        let code = self.code_for(phone_number).await;
        let reply = self.api.post("/v1/sessions", json!({"phone_number": phone_number, "code": code})).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
        reply.body["token"].as_str().unwrap().to_owned()
    }

    /// Whose token it is.
    pub(crate) async fn username_of(&self, token: &str) -> String {
        let reply = self.api.send(Method::GET, "/v1/session", Some(token), None).await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        reply.body["username"].as_str().unwrap().to_owned()
    }

    /// What the server's node says.
    pub(crate) async fn node(&self, resource: &str, body: Value) -> Reply {
        self.api.send(Method::POST, &node_path(resource), Some(NODE_KEY), Some(body)).await
    }

    /// The node opens a connection.
    pub(crate) async fn open(&self, body: Value) -> Reply {
        self.node("connections", body).await
    }

    /// The node, in its first start, opens a connection for the token's user; returns its id.
    pub(crate) async fn connect(&self, token: &str) -> i64 {
        let reply = self.open(json!({"username": self.username_of(token).await, "epoch": 1})).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
        reply.body["id"].as_i64().unwrap()
    }

    /// The node reports one connection; returns what became of it.
    pub(crate) async fn beat(&self, epoch: i64, id: i64, sequence: i64, (received, sent): (i64, i64)) -> String {
        let beat = json!({"id": id, "sequence": sequence, "bytes_received": received, "bytes_sent": sent});
        let reply = self.node("heartbeats", json!({"epoch": epoch, "connections": [beat]})).await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        let answer = reply.body.as_object().unwrap();
        let is_named = |ids: &Value| ids[0] == json!(id) || ids[0]["id"] == json!(id);
        answer.iter().find(|(_, ids)| is_named(ids)).unwrap().0.clone()
    }

    /// The node closes a connection.
    pub(crate) async fn close(&self, id: i64, counters: Option<Value>) -> Reply {
        self.api.send(Method::DELETE, &node_path(&format!("connections/{id}")), Some(NODE_KEY), counters).await
    }

    /// What a user's connections have left in the statistics.
    pub(crate) async fn statistics_of(&self, username: &str) -> Vec<Usage> {
        let client = self.pool.get().await.unwrap();
        let page = HistoryByUserParams { username, before_id: i64::MAX, limit: 100 };
        usage::history_by_user().params(&client, &page).all().await.unwrap()
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    /// Status and code of a refusal, which always has a message too.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        let mut keys: Vec<_> = self.body.as_object().unwrap().keys().collect();
        if self.status == StatusCode::CONFLICT {
            // What a second step needs.
            keys.retain(|key| !["ticket", "has_password"].contains(&key.as_str()));
        }
        assert_eq!(keys, ["error", "message"], "{self:?}");
        assert!(!self.body["message"].as_str().unwrap().is_empty());
        (self.status.as_u16(), self.body["error"].as_str().unwrap())
    }
}

/// One connection a request; copies share nothing.
#[derive(Clone, Copy)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
}

impl Client {
    pub(crate) async fn get(self, path: &str) -> Reply {
        self.send(Method::GET, path, None, None).await
    }

    pub(crate) async fn post(self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, None, Some(body)).await
    }

    pub(crate) async fn send(self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.send_raw(request.body(body).unwrap()).await
    }

    /// An answer that is text.
    pub(crate) async fn text(self, path: &str) -> String {
        let (head, body) = self.exchange(Request::get(path).body(String::new()).unwrap()).await;
        assert_eq!(head.status, StatusCode::OK, "{path}");
        String::from_utf8(body.into()).unwrap()
    }

    /// Whether Prometheus answers queries.
    pub(crate) async fn is_ready(self) -> bool {
        self.exchange(Request::get("/-/ready").body(String::new()).unwrap()).await.0.status == StatusCode::OK
    }

    pub(crate) async fn send_raw(self, request: Request<String>) -> Reply {
        let (head, body) = self.exchange(request).await;
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Reply { status: head.status, headers: head.headers, body }
    }

    async fn exchange(self, request: Request<String>) -> (response::Parts, Bytes) {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let (mut head, body) = request.into_parts();
        head.headers.insert(header::HOST, "test".parse().unwrap());
        let response = sender.send_request(Request::from_parts(head, Full::new(Bytes::from(body)))).await.unwrap();
        let (head, body) = response.into_parts();
        (head, body.collect().await.unwrap().to_bytes())
    }
}
