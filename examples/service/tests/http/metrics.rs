//! `/metrics`, and Prometheus with the files of `examples/observability`.

use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use barqnet_db::{
    client::metrics::{Kind, Metric, Unit},
    embedded,
    metrics::METRICS,
    migrate,
    pool::{self, Pool},
};
use barqnet_db_service::metrics::REQUESTS;
use barqnet_db_testing::replication::{self, Replicated, primary};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Mutex, time::sleep};

use crate::support::{ADA, Client, Service, register_server};

/// How long Prometheus may take to start and to scrape, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// One user's sign-in and connection, and a request that is refused.
async fn drive(service: &Service) {
    let token = service.sign_in(ADA).await;
    service.connect(&token).await;
    let wrong = json!({"phone_number": ADA, "code": "000000"});
    assert_eq!(service.api.post("/v1/sessions", wrong).await.status, StatusCode::UNAUTHORIZED);
    service.api.send(Method::POST, "/v1/session/refresh", Some(&token), None).await;
    service.api.get("/v1/nowhere/secret-path").await;
}

fn all_metrics() -> impl Iterator<Item = &'static Metric> {
    barqnet_db::client::metrics::METRICS.iter().chain(&METRICS).chain([&REQUESTS])
}

/// The names that a metric has in Prometheus.
fn names(metric: &Metric) -> Vec<String> {
    let mut name = metric.name.replace('.', "_");
    if metric.unit == Unit::Seconds {
        name += "_seconds";
    }
    match metric.kind {
        Kind::Counter => vec![name + "_total"],
        Kind::Gauge => vec![name],
        Kind::Histogram => ["bucket", "sum", "count"].map(|part| format!("{name}_{part}")).to_vec(),
    }
}

/// The value of a time series.
fn value(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

/// Tests of one process share the recorder: its gauges belong to one test at a time.
static RECORDER: Mutex<()> = Mutex::const_new(());

#[tokio::test]
async fn a_scrape_has_statements_pool_outcomes_and_requests_and_nothing_of_a_user() {
    let _only = RECORDER.lock().await;
    let service = Service::start().await;
    drive(&service).await;
    let text = service.api.text("/metrics").await;
    for (series, least) in [
        ("barqnet_db_otp_sends_total{purpose=\"sign_in\",outcome=\"sent\"}", 1.0),
        ("barqnet_db_otp_verifications_total{purpose=\"sign_in\",outcome=\"verified\"}", 1.0),
        ("barqnet_db_otp_verifications_total{purpose=\"sign_in\",outcome=\"invalid\"}", 1.0),
        ("barqnet_db_sessions_openings_total{outcome=\"created\"}", 1.0),
        ("barqnet_db_sessions_rotations_total{outcome=\"rotated\"}", 1.0),
        ("barqnet_db_connections_openings_total{outcome=\"opened\"}", 1.0),
        ("barqnet_db_connections_live", 1.0),
        ("barqnet_db_database_up", 1.0),
        ("barqnet_db_migrations_pending", 0.0),
        (
            "http_server_request_duration_seconds_count{http_request_method=\"POST\",http_route=\"/v1/otp\",http_response_status_code=\"202\"}",
            1.0,
        ),
        (
            "http_server_request_duration_seconds_count{http_request_method=\"GET\",http_route=\"none\",http_response_status_code=\"404\"}",
            1.0,
        ),
    ] {
        let value = value(&text, series);
        assert!(value.is_some_and(|value| value >= least), "{series} is {value:?}: {text}");
    }
    assert!(text.contains("# TYPE db_client_operation_duration_seconds histogram"), "{text}");
    for secret in [ADA, "secret-path", "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn a_scrape_succeeds_without_the_database_and_says_that_it_is_gone() {
    let _only = RECORDER.lock().await;
    let service = Service::start().await;
    service.api.text("/metrics").await;
    service.pool.close();
    let text = service.api.text("/metrics").await;
    assert_eq!(value(&text, "barqnet_db_database_up"), Some(0.0), "{text}");
}

/// Debian's Prometheus; killed at the end of the test.
struct Prometheus {
    child: Child,
    api: Client,
    folder: PathBuf,
}

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../observability")
}

fn file(name: &str) -> String {
    fs::read_to_string(files().join(name)).unwrap()
}

fn missing(error: &std::io::Error) -> ! {
    panic!("cannot run prometheus: {error}; `make prometheus` installs Debian's package")
}

impl Prometheus {
    /// With the example's configuration, at a shorter interval and on the address of the service.
    async fn start(service: SocketAddr) -> Self {
        let folder = std::env::temp_dir().join(format!("barqnet-prometheus-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut config = file("prometheus.yml");
        for (part, instead) in
            [("15s", "1s"), ("scrape_timeout: 10s", "scrape_timeout: 1s"), ("127.0.0.1:8080", &service.to_string())]
        {
            assert!(config.contains(part), "{part}");
            config = config.replace(part, instead);
        }
        fs::write(folder.join("prometheus.yml"), config).unwrap();
        fs::copy(files().join("alerts.yml"), folder.join("alerts.yml")).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={free}"))
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap_or_else(|error| missing(&error));
        Self { child, api: Client { address: free }, folder }
    }

    /// The result of a query.
    async fn query(&self, query: &str) -> Vec<Value> {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = self.api.get(&format!("/api/v1/query?query={encoded}")).await.body;
        assert_eq!(answer["status"], "success", "{query}: {answer}");
        answer["data"]["result"].as_array().unwrap().clone()
    }

    /// Waits until a query has a result.
    async fn until(&mut self, query: &str) {
        let start = Instant::now();
        loop {
            let log = || fs::read_to_string(self.folder.join("log")).unwrap();
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("prometheus ended, {status}: {}", log());
            }
            let listens = tokio::net::TcpStream::connect(self.api.address).await.is_ok();
            if listens && self.api.is_ready().await && !self.query(query).await.is_empty() {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{query} has no result after {PATIENCE:?}: {}", log());
            // It offers nothing to wait for.
            sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The expressions of the dashboard, with a range in place of Grafana's variable.
fn dashboard() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&file("dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    targets.map(|target| target["expr"].as_str().unwrap().replace("$__rate_interval", "1m")).collect()
}

/// The metrics that an expression names. Labels, whose names begin in the same way, stand in braces or behind `by`.
fn named(expression: &str) -> BTreeSet<String> {
    let text = without(&without(expression, "{", '}'), "by (", ')');
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let is_metric = |word: &&str| ["db_", "barqnet_", "http_"].iter().any(|prefix| word.starts_with(prefix));
    words.filter(is_metric).map(ToOwned::to_owned).collect()
}

/// A text without what stands between two marks.
fn without(text: &str, open: &str, close: char) -> String {
    let mut parts = text.split(open);
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.map(|part| part.split_once(close).map_or("", |(_, rest)| rest)).collect::<String>()
}

/// A primary with the schema, its replica, and a pool that reads on the replica.
async fn replicated() -> (Replicated, Pool) {
    let primary = primary();
    migrate::migrate(&replication::settings(&primary), &embedded::migrations()).await.unwrap();
    let servers = Replicated::of(primary).await;
    let pool = pool::connect(servers.settings()).await.unwrap();
    register_server(&pool).await;
    (servers, pool)
}

#[tokio::test]
async fn prometheus_scrapes_the_service_and_every_query_of_dashboard_and_alerts_has_data() {
    let _only = RECORDER.lock().await;
    let (_servers, pool) = replicated().await;
    let service = Service::start_changed(|app| app.pool = pool).await;
    drive(&service).await;
    let mut prometheus = Prometheus::start(service.api.address).await;
    prometheus.until("up{job=\"barqnet-db-service\"} == 1 and changes(barqnet_db_database_up[10s]) == 0").await;
    prometheus.until("barqnet_db_replica_used == 1 and barqnet_db_replica_lag_seconds < 5").await;
    // A rate needs two scrapes.
    prometheus.until("count_over_time(barqnet_db_database_up[1m]) > 1").await;

    let exported: BTreeSet<String> = all_metrics().flat_map(names).collect();
    let queries = dashboard();
    assert!(queries.len() > 20, "{queries:?}");
    let alerts = file("alerts.yml");
    for expression in queries.iter().map(String::as_str).chain([alerts.as_str()]) {
        for name in named(expression) {
            assert!(exported.contains(&name), "{name} is no metric: {expression}");
        }
    }
    // What did not happen in this minute has no series.
    let absent = ["timeouts_total", "cancellations_total", "prepared_again_total", "error_type!"];
    for query in &queries {
        let result = prometheus.query(query).await;
        assert!(!result.is_empty() || absent.iter().any(|part| query.contains(part)), "{query} has no data");
    }
    let rules = prometheus.api.get("/api/v1/rules").await.body;
    let rules = rules["data"]["groups"][0]["rules"].as_array().unwrap().clone();
    assert_eq!(rules.len(), alerts.matches("- alert:").count());
    assert!(rules.iter().all(|rule| rule["health"] != "err"), "{rules:?}");
}

#[test]
fn each_alert_fires_on_what_it_is_for_and_none_on_a_healthy_service() {
    for arguments in [&["check", "config", "prometheus.yml"][..], &["test", "rules", "alerts-test.yml"]] {
        let mut promtool = Command::new("promtool");
        let output = promtool.args(arguments).current_dir(files()).output().unwrap_or_else(|error| missing(&error));
        assert!(output.status.success(), "{output:?}");
    }
    let tested = file("alerts-test.yml");
    for line in file("alerts.yml").lines() {
        if let Some(alert) = line.trim().strip_prefix("- alert: ") {
            assert!(tested.contains(&format!("alertname=\"{alert}\"")), "{alert} is not tested");
        }
    }
}
