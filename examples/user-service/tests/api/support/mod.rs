//! The service as tests run it: whole, on real sockets, on a database of its own.

pub mod certificates;
pub mod collector;
mod database;
pub mod exposition;
pub mod grpc;
mod postgres;
pub mod proxy;
pub mod service;
pub mod yaml;

use std::{
    future::pending,
    process::{Command, Output, Stdio},
    sync::{LazyLock, mpsc},
    thread,
    time::Duration,
};

use axum::Router;
use futures_util::FutureExt as _;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::{Client, Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;
use sqlx::ConnectOptions as _;
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

use self::postgres::LOCK;
pub use self::{database::TestDatabase, postgres::DATABASE_URL};

use ::user_service::app::App;
use ::user_service::config::Config;
use ::user_service::db::Backend;
pub use ::user_service::db::ConnectOptions;
use ::user_service::http::layered;
use ::user_service::http::measure::Measure;
use ::user_service::http::observe::ObserveLayer;
use ::user_service::http::openapi;
use ::user_service::http::server::Limits;
use ::user_service::http::server::Server;
use ::user_service::telemetry::Environment;
use ::user_service::telemetry::Telemetry;
use ::user_service::telemetry::log_panics;
use ::user_service::telemetry::metrics::Metrics;
use ::user_service::tls::install_provider;

/// Settings with which a service listens where nobody else does.
pub const OWN_PORTS: &[(&str, &str)] = &[
    ("HTTP_ADDRESS", "127.0.0.1:0"),
    ("GRPC_ADDRESS", "127.0.0.1:0"),
    ("OTEL_EXPORTER_PROMETHEUS_PORT", "0"),
];

/// The trace of a caller's request.
pub const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// The span of a caller's request.
pub const PARENT_ID: &str = "00f067aa0ba902b7";
/// The header of a caller's request that is sampled.
pub const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The program as cargo has built it for the tests.
pub const BINARY: &str = env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME")));

/// How long to wait for anything: what takes longer does not happen at all.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Telemetry belongs to the process, so all tests share it, whatever the environment of the tests.
pub static TELEMETRY: LazyLock<Telemetry> = LazyLock::new(|| {
    let flags = ["--database-url", DATABASE_URL, "--rust-log", "off"];
    let config = Config::parse_from(flags, |_| None).expect("the flags are valid");
    Telemetry::init_with(&config.log, Environment::default()).expect("telemetry starts")
});

/// A service that runs for the length of a test.
pub struct TestApp {
    client: Client,
    url: String,
    stop: oneshot::Sender<()>,
    stopped: JoinHandle<()>,
    database: TestDatabase,
}

/// What the service answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl TestApp {
    /// Starts the service.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts the service with further flags.
    pub async fn start_with(flags: &[&str]) -> Self {
        let telemetry = &*TELEMETRY;
        let database = TestDatabase::create();
        let app = App::build(config(&database, flags), telemetry).await.expect("the app starts");
        let url = format!("http://{}", app.http_address());
        let (stop, stopping) = oneshot::channel();
        // A dropped sender asks to stop as well.
        let stopping = stopping.map(drop).boxed();
        let stopped = tokio::spawn(app.run_until_stopped(stopping));
        Self { client: client(), url, stop, stopped, database }
    }

    /// Stops the service, and waits until it has ended.
    pub async fn stop(self) {
        drop(self.stop);
        let stopped = timeout(PATIENCE, self.stopped).await.expect("the service ends");
        stopped.expect("the service ends without a panic");
    }

    /// Starts a request to the service.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::PUT, path).json(body)).await
    }

    /// Creates a user with an e-mail address, and returns it.
    pub async fn user(&self, email: &str) -> Value {
        let body = serde_json::json!({ "name": "Ada Lovelace", "email": email });
        let answer = self.post("/users", &body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()
    }

    /// Connects to the service's database, behind its back.
    pub async fn connection(&self) -> <Backend as sqlx::Database>::Connection {
        self.database.connect().await.expect("the database is reachable")
    }

    /// Locks the users for as long as the connection lives.
    pub async fn lock_users(&self) -> <Backend as sqlx::Database>::Connection {
        lock_users(&self.database).await
    }
}

impl Answer {
    /// Returns the body, which must be JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Returns a header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("the header is text"))
    }

    /// Returns the body, which must be a problem document for the status.
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string(), "{problem}");
        assert!(problem["detail"].is_string(), "{problem}");
        let trace_id = problem["trace_id"].as_str().expect("a problem has a trace id");
        assert_eq!(trace_id.len(), 32, "{trace_id}");
        problem
    }

    /// Returns the names of the fields that a problem document complains about.
    pub fn wrong_fields(&self, status: u16) -> Vec<String> {
        let problem = self.problem(status);
        let errors = problem["errors"].as_array().expect("the problem names fields");
        errors
            .iter()
            .map(|error| {
                assert!(error["detail"].is_string(), "{error}");
                error["field"].as_str().expect("a field has a name").to_owned()
            })
            .collect()
    }
}

/// Has this process log as the service does, panics included, for as long as the value lives.
pub fn log_as_the_service() -> Telemetry {
    let flags = ["--database-url", DATABASE_URL];
    let config = Config::parse_from(flags, |_| None).expect("the flags are valid");
    let telemetry = Telemetry::init_with(&config.log, Environment::default());
    log_panics();
    telemetry.expect("telemetry starts")
}

/// Serves routes as the service serves its own, and returns where, with the metrics of that.
pub async fn serve(routes: Router) -> (String, Metrics) {
    let flags = ["--database-url", DATABASE_URL];
    let config = Config::parse_from(flags, |_| None).expect("the flags are valid").http;
    let metrics = TELEMETRY.metrics();
    let measure = Measure::new(metrics.clone(), &openapi());
    let observe = ObserveLayer::new(TELEMETRY.sampling().clone(), measure);
    let limits = Limits {
        connections: config.max_connections,
        header_read_timeout: config.header_read_timeout,
        write_timeout: config.request_timeout,
    };
    let routes = layered(routes, &config, observe);
    let (_, ready) = watch::channel(true);
    let server = Server::bind("127.0.0.1:0", routes, limits, ready).await.expect("it listens");
    let url = format!("http://{}", server.address());
    tokio::spawn(server.run(pending()));
    (url, metrics)
}

/// Locks the users of a database for as long as the connection lives.
pub async fn lock_users(database: &ConnectOptions) -> <Backend as sqlx::Database>::Connection {
    let mut connection = database.connect().await.expect("the database is reachable");
    sqlx::raw_sql(LOCK).execute(&mut connection).await.expect("the users can be locked");
    connection
}

/// Makes an HTTP client. It trusts no certificates: reading those of the system takes time.
pub fn client() -> Client {
    install_provider();
    let client = Client::builder().timeout(PATIENCE).tls_certs_only([]);
    client.build().expect("the client can be built")
}

/// Sends a request, and reads the whole answer.
pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the service answers");
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.text().await.expect("the answer is text"),
    }
}

/// Runs the service's binary with arguments and an environment of its own, until it ends.
pub fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let child = Command::new(BINARY)
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let id = Pid::from_raw(child.id().try_into().expect("a process id fits"));
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(PATIENCE) else {
        kill(id, Signal::SIGKILL).expect("the binary can be stopped");
        panic!("the binary does not end with {arguments:?} and {variables:?}");
    };
    output.expect("the output can be read")
}

/// Returns the settings of a service on a database, with further flags.
pub fn config(database: &ConnectOptions, flags: &[&str]) -> Config {
    let url = database.to_url_lossy();
    let url = format!("--database-url={url}");
    let flags = std::iter::once(url.as_str()).chain(flags.iter().copied());
    let port = |name: &str| OWN_PORTS.iter().find(|(own, _)| *own == name);
    Config::parse_from(flags, |name| port(name).map(|(_, port)| port.into()))
        .expect("the settings are valid")
}
