//! A server that is gone, and comes back; one that could be anybody.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::Value;
use tokio::{task::JoinSet, time::timeout};

use crate::support::{
    ConnectOptions, PATIENCE, SAMPLED, TRACE_ID, TestDatabase, collector::Collector, lock_users,
    proxy::Proxy, run, send, service::Service,
};

/// Counts the statements that wait for a lock.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity \
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Counts the connections of the service.
const CONNECTIONS: &str = concat!(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()",
    " AND application_name = '",
    env!("CARGO_PKG_NAME"),
    "'"
);

/// An address that leads to this machine, though it is none of the loopback.
const FAR: &str = "0.0.0.0";

/// What is said of a server with each mode.
const MODES: [(&str, Option<&str>); 6] = [
    ("disable", None),
    ("allow", Some("the connection to the database is not encrypted")),
    ("prefer", Some(UNVERIFIED)),
    ("require", Some(UNVERIFIED)),
    ("verify-ca", Some("the name of the database's server is not checked")),
    ("verify-full", None),
];

/// What is said of a server whose certificate is not checked.
const UNVERIFIED: &str = "the certificate of the database is not checked";

#[tokio::test]
async fn a_server_that_is_gone_is_503_until_it_is_back() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let mut proxy = Proxy::start(&database).await;
    let service = Service::start(&proxy.options(), &collector.settings("grpc")).await;
    let lock = lock_users(&database).await;
    let under_way = service.create("ada@example.com").header("traceparent", SAMPLED);
    let under_way = tokio::spawn(send(under_way));
    until(&database, WAITING, 1).await;

    proxy.cut().await;
    let cut_off = under_way.await.unwrap();
    let mut refused = JoinSet::new();
    for _ in 0..20 {
        refused.spawn(send(service.get("/users")));
    }
    let refused = refused.join_all().await;
    let health = send(service.get("/health")).await;
    let ready = service.admin("/readyz").await;
    let metrics = service.admin("/metrics").await.body;

    drop(lock);
    proxy.restore();
    let back = async { while send(service.get("/users")).await.status != 200 {} };
    timeout(PATIENCE, back).await.expect("the service recovers");
    let created = send(service.create("grace@example.com")).await;
    let ended = service.stop().await;

    for answer in refused.iter().chain([&cut_off, &health]) {
        let problem = answer.problem(503);
        assert_eq!(problem["detail"], "The service is not available at the moment.");
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert_eq!(ready.status, 200, "all instances fail alike, so none is taken out of rotation");
    assert_eq!(created.status, 201);
    for error_type in ["io", "pool_timeout"] {
        let labels = format!(r#"db_collection_name="users",error_type="{error_type}",le="+Inf"}}"#);
        assert!(metrics.contains(&labels), "{labels} is not in {metrics}");
    }
    let errors = ended.log.iter().filter(|line| line["trace_id"] == TRACE_ID);
    let errors: Vec<_> = errors.filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(errors.len(), 1, "{ended:#?}");
    let spans = collector.spans();
    for (name, error) in [("INSERT users", "io"), ("POST /users", "503")] {
        let of_request =
            spans.iter().find(|span| span.name == name && span.trace_id == TRACE_ID).unwrap();
        assert_eq!(of_request.status, StatusCode::Error, "{of_request:#?}");
        assert_eq!(of_request.attributes["error.type"], error, "{of_request:#?}");
    }
}

#[tokio::test]
async fn statements_that_nobody_waits_for_count_as_connections_until_they_end() {
    let database = TestDatabase::create();
    let settings = [
        ("DATABASE_MAX_CONNECTIONS", "2"),
        ("DATABASE_ACQUIRE_TIMEOUT", "1s"),
        ("DATABASE_QUERY_TIMEOUT", "1h"),
    ];
    let service = Service::start(&database, &settings).await;
    let lock = lock_users(&database).await;
    let mut clients = JoinSet::new();
    clients.spawn(send(service.create("ada@example.com")));
    clients.spawn(send(service.create("grace@example.com")));
    until(&database, WAITING, 2).await;

    clients.shutdown().await;
    service.metrics_until(r#"http_route="/users",error_type="cancelled",le="+Inf"} 2"#).await;
    send(service.create("lise@example.com")).await.problem(503);
    until(&database, CONNECTIONS, 2).await;

    drop(lock);
    let back = async { while send(service.get("/users")).await.status != 200 {} };
    timeout(PATIENCE, back).await.expect("the connections are given back");
    service.stop().await;
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_statements_that_nobody_waits_for() {
    let database = TestDatabase::create();
    let settings = [("DATABASE_QUERY_TIMEOUT", "1h"), ("HTTP_REQUEST_TIMEOUT", "100ms")];
    let service = Service::start(&database, &settings).await;
    let _lock = lock_users(&database).await;
    send(service.create("ada@example.com")).await.problem(504);

    let ended = service.stop().await;

    let cut_off = "connections to the database were cut off by the shutdown";
    assert!(ended.log.iter().all(|line| line["message"] != cut_off), "{ended:#?}");
}

#[tokio::test]
async fn a_connection_that_is_silent_when_it_is_given_back_is_given_up() {
    let database = TestDatabase::create();
    let proxy = Proxy::start_without_pings(&database).await;
    let settings = [("DATABASE_MAX_CONNECTIONS", "1"), ("DATABASE_ACQUIRE_TIMEOUT", "500ms")];
    let service = Service::start(&proxy.options(), &settings).await;

    for _ in 0..2 {
        let answered = async { while send(service.get("/users")).await.status != 200 {} };
        timeout(PATIENCE, answered).await.expect("there is another connection");
    }

    service.stop().await;
}

#[tokio::test]
async fn a_server_on_another_machine_whose_certificate_is_not_checked_is_warned_of_once() {
    let database = TestDatabase::create();
    let proxy = Proxy::start(&database).await;
    let near = Service::start::<&str>(&proxy.options(), &[]).await.stop().await;
    let far = Service::start::<&str>(&proxy.options().host(FAR), &[]).await.stop().await;

    assert!(near.lines(UNVERIFIED).is_empty(), "{near:#?}");
    let [line] = far.lines(UNVERIFIED)[..] else {
        panic!("not exactly one line warns: {far:#?}");
    };
    assert_eq!(line["level"], "WARN");
    assert!(line["hint"].as_str().unwrap().contains("sslmode=verify-full"), "{line}");
}

#[test]
fn a_server_on_another_machine_is_warned_of_unless_it_is_checked_or_meant() {
    for (mode, expected) in MODES {
        let output = run(&[], &[("DATABASE_URL", &far(mode))]);
        let migrate = run(&["migrate"], &[("DATABASE_URL", &far(mode))]);

        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8([output.stdout, migrate.stderr].concat()).unwrap();
        let warnings = MODES.iter().filter_map(|(_, warning)| *warning);
        for warning in warnings.collect::<BTreeSet<_>>() {
            let expected = if expected == Some(warning) { 2 } else { 0 };
            assert_eq!(said.matches(warning).count(), expected, "{mode}: {said}");
        }
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[test]
fn encryption_that_is_switched_off_elsewhere_is_warned_of() {
    let url = far("prefer").replace("?sslmode=prefer", "");
    let output = run(&["migrate"], &[("DATABASE_URL", &url), ("PGSSLMODE", "disable")]);

    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("warning: the connection to the database is not en"), "{message}");
}

/// Waits until the server counts as many as that.
async fn until(database: &ConnectOptions, count: &'static str, expected: i64) {
    // Not in a transaction, where each look would be the first one again.
    let mut connection = sqlx::ConnectOptions::connect(database).await.unwrap();
    let counted = async {
        while sqlx::query_scalar::<_, i64>(count).fetch_one(&mut connection).await.unwrap()
            != expected
        {}
    };
    let result = timeout(PATIENCE, counted).await;
    assert!(result.is_ok(), "not {expected}: {count}");
}

/// Returns the lines that warn of a server, as a service logs them that starts.
pub fn warnings() -> impl Iterator<Item = Value> {
    let outputs = MODES.iter().map(|(mode, _)| run(&[], &[("DATABASE_URL", &far(mode))]));
    outputs.flat_map(|output| {
        let log = String::from_utf8(output.stdout).unwrap();
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>()
    })
}

/// Returns the URL of a server on another machine, which does not answer.
fn far(mode: &str) -> String {
    format!("postgres://ada:s3cret@{FAR}:9/users?sslmode={mode}")
}
