//! A service that is driven through all that its telemetry tells, but for what a client, a
//! database or a collector cannot bring about.

mod calls;

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::faults;
use crate::support::{
    ConnectOptions, OWN_PORTS, SAMPLED,
    collector::{Collector, Span},
    exposition::Exposition,
    lock_users, run as run_until_it_ends, send,
    service::{Ended, Service},
};

/// What clients put wherever they can.
pub const MADE_UP: &str = "madeup";
/// What nobody should ever read: a part of every name and e-mail address.
pub const SECRET: &str = "lovelace";

/// All that the service emitted.
#[derive(Default)]
pub struct Emitted {
    pub spans: Vec<Span>,
    /// The metrics of a service that has not done anything yet.
    pub at_first: Exposition,
    pub metrics: Exposition,
    pub log: Vec<Line>,
    /// The paths with ids that clients asked for.
    pub paths: BTreeSet<String>,
}

/// A log line.
pub struct Line {
    pub fields: Value,
    /// Whether the spans of its process were exported.
    pub exported: bool,
}

/// Drives the service, in one process after the other.
pub async fn run(database: &ConnectOptions) -> Emitted {
    let collector = Collector::start().await;
    let mut emitted = Emitted::default();
    emitted.answers(database, &collector).await;
    emitted.times_out(database, &collector).await;
    emitted.is_cut_off(database, &collector).await;
    emitted.has_no_collector(database).await;
    emitted.log.extend(faults::lines().into_iter().map(|fields| Line { fields, exported: false }));
    emitted.spans = collector.spans();
    emitted
}

/// Returns the settings of a service that exports to a collector, and further ones.
fn settings(
    collector: &Collector,
    further: &[(&'static str, &'static str)],
) -> Vec<(&'static str, String)> {
    let further = further.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let resource = "service.namespace=people,deployment.environment.name=test";
    let resource = ("OTEL_RESOURCE_ATTRIBUTES", resource.to_owned());
    collector.settings("grpc").into_iter().chain([resource]).chain(further).collect()
}

impl Emitted {
    /// Has a service answer whatever can be asked, and be told a setting that it cannot use.
    async fn answers(&mut self, database: &ConnectOptions, collector: &Collector) {
        let settings = settings(collector, &[("OTEL_BSP_SCHEDULE_DELAY", "soon")]);
        let service = Service::start(database, &settings).await;
        self.at_first = Exposition::parse(&service.admin("/metrics").await.body);
        self.users(&service).await;
        refusals(&service).await;
        calls::answers(&service).await;
        self.fails_to_start(database, service.authority());
        self.metrics.extend(Exposition::parse(&service.admin("/metrics").await.body));
        self.keep(service.stop().await, true);
    }

    /// Creates, reads, replaces and deletes a user.
    async fn users(&mut self, service: &Service) {
        let created = send(service.create("lovelace@example.com")).await;
        let user = created.header("location").to_owned();
        assert_eq!(created.status, 201, "{created:?}");
        self.paths.insert(user.clone());
        let other = json!({ "name": "Countess Lovelace", "email": "countess@example.com" });
        let sampled = service.get(&user).header("traceparent", SAMPLED);
        assert_eq!(send(sampled).await.status, 200);
        assert_eq!(send(service.request(Method::PUT, &user).json(&other)).await.status, 200);
        assert_eq!(send(service.create("countess@example.com")).await.status, 409);
        assert_eq!(send(service.get("/users?limit=1&sig=lovelace")).await.status, 200);
        assert_eq!(send(service.request(Method::DELETE, &user)).await.status, 204);
        assert_eq!(send(service.get(&user)).await.status, 404);
        for path in ["/health", "/openapi.json", "/docs", "/docs/swagger-ui.css"] {
            assert_eq!(send(service.get(path)).await.status, 200, "{path}");
        }
    }

    /// Has a service give up on a database that does not answer.
    async fn times_out(&mut self, database: &ConnectOptions, collector: &Collector) {
        let settings = settings(collector, &[("DATABASE_QUERY_TIMEOUT", "50ms")]);
        let service = Service::start(database, &settings).await;
        let lock = lock_users(database).await;
        assert_eq!(send(service.create("lovelace@example.com")).await.status, 504);
        calls::times_out(&service).await;
        self.metrics.extend(Exposition::parse(&service.admin("/metrics").await.body));
        drop(lock);
        self.keep(service.stop().await, true);
    }

    /// Stops a service that is busy, and refuses more work, in the middle of it.
    async fn is_cut_off(&mut self, database: &ConnectOptions, collector: &Collector) {
        let limits = [
            ("DATABASE_ACQUIRE_TIMEOUT", "1h"),
            ("DATABASE_QUERY_TIMEOUT", "1h"),
            ("GRPC_MAX_CALLS", "1"),
            ("HTTP_MAX_CONCURRENT_REQUESTS", "1"),
            ("SHUTDOWN_TIMEOUT", "50ms"),
        ];
        let service = Service::start(database, &settings(collector, &limits)).await;
        let _lock = lock_users(database).await;
        let request = tokio::spawn(service.create("lovelace@example.com").send());
        service.metrics_until(r#"db_client_connection_state="used"} 1"#).await;
        assert_eq!(send(service.get("/users")).await.status, 503);
        calls::is_busy(&service).await;
        self.metrics.extend(Exposition::parse(&service.admin("/metrics").await.body));
        self.keep(service.stop().await, true);
        assert!(request.await.expect("nothing panics").is_err(), "the request is cut off");
    }

    /// Has a service fail to export.
    async fn has_no_collector(&mut self, database: &ConnectOptions) {
        let settings = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "200"),
            ("OTEL_BSP_SCHEDULE_DELAY", "20"),
        ];
        let service = Service::start(database, &settings).await;
        assert_eq!(send(service.get("/openapi.json")).await.status, 200);
        service.metrics_until(r#"error_type="export_failed"} 1"#).await;
        self.keep(service.stop().await, false);
    }

    /// Has a service fail to start, because another one listens at its address.
    fn fails_to_start(&mut self, database: &ConnectOptions, address: &str) {
        let url = sqlx::ConnectOptions::to_url_lossy(database).to_string();
        let output = run_until_it_ends(
            &["--http-address", address],
            &[OWN_PORTS, &[("DATABASE_URL", url.as_str())]].concat(),
        );
        let log = String::from_utf8(output.stdout).expect("the log is text");
        let lines = log.lines().map(|line| serde_json::from_str(line).expect("a line is JSON"));
        self.log.extend(lines.map(|fields| Line { fields, exported: false }));
    }

    fn keep(&mut self, ended: Ended, exported: bool) {
        self.log.extend(ended.log.into_iter().map(|fields| Line { fields, exported }));
    }
}

/// Asks for what is refused, in words that the client makes up.
async fn refusals(service: &Service) {
    let users = |method: &str| {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        service
            .request(method, "/users")
            .header("authorization", "Bearer lovelace")
            .header("baggage", "user.id=lovelace,madeup=madeup")
            .header("host", "madeup.example")
            .header("user-agent", "madeup")
    };
    let json =
        |body: &str| users("POST").header("content-type", "application/json").body(body.to_owned());
    for (status, request) in [
        (400, json("{")),
        (400, service.get("/users/madeup")),
        (400, service.get("/users?after=madeup")),
        (404, service.get("/madeup?madeup=madeup")),
        (404, service.get("/docs/madeup")),
        (405, users("PATCH")),
        (405, users("MADEUP")),
        (404, service.request(Method::from_bytes(b"MADEUP").unwrap(), "/madeup")),
        (413, json(&"lovelace".repeat(10_000))),
        (415, users("POST").body("madeup")),
        (422, json(r#"{"name":"","email":"madeup","madeup":1}"#)),
    ] {
        let answer = send(request).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    for traceparent in ["madeup", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"] {
        let request = service.get("/users/1").header("traceparent", traceparent);
        assert_eq!(send(request).await.status, 404);
    }
}
