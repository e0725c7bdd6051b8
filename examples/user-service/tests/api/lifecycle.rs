//! How the service starts and ends.

use std::net::TcpListener;

use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use sqlx::ConnectOptions as _;
use tokio::{task::JoinSet, time::timeout};

use crate::support::{
    Answer, DATABASE_URL, OWN_PORTS, PATIENCE, TestDatabase, client, collector::Collector,
    exposition::value, lock_users, run, send, service::Service,
};

/// Counts the answers to requests for the list of users.
const LIST_REQUESTS: &str = "http_server_request_duration_seconds_count{\
    http_request_method=\"GET\",network_protocol_version=\"1.1\",url_scheme=\"http\",\
    http_route=\"/users\",http_response_status_code=\"200\"}";

/// Records a migration that no version so far has.
const APPLIED: &str = "INSERT INTO _sqlx_migrations \
    (version, description, success, checksum, execution_time) \
    VALUES (9999, 'add nicknames', TRUE, $1, 0)";

#[tokio::test]
async fn a_started_service_is_alive_and_ready() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;

    assert_eq!(service.admin("/livez").await.status, 200);
    assert_eq!(service.admin("/readyz").await.status, 200);
    service.metrics_until("\nservice_ready 1\n").await;
    assert_eq!(service.admin("/users").await.status, 404);
    service.stop().await;
}

#[tokio::test]
async fn a_service_that_stops_is_not_ready_but_answers_on() {
    let database = TestDatabase::create();
    let mut service = Service::start(&database, &[("SHUTDOWN_DELAY", "1h")]).await;

    service.terminate();
    service.line("stopping; a second signal ends the service at once").await;

    assert_eq!(service.admin("/readyz").await.status, 503);
    service.metrics_until("\nservice_ready 0\n").await;
    assert_eq!(service.admin("/livez").await.status, 200);
    assert_eq!(send(service.get("/users")).await.status, 200);
}

#[tokio::test]
async fn a_second_signal_ends_the_service_at_once() {
    let database = TestDatabase::create();
    let mut service = Service::start(&database, &[("SHUTDOWN_DELAY", "1h")]).await;

    service.terminate();
    service.line("stopping; a second signal ends the service at once").await;
    service.terminate();

    assert_eq!(service.ended().await.status.code(), Some(1));
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_end() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let mut service = Service::start(&database, &collector.settings("grpc")).await;
    let lock = lock_users(&database).await;
    let request = tokio::spawn(send(service.create("ada@example.com")));
    service
        .metrics_until(
            r#"http_server_active_requests{http_request_method="POST",url_scheme="http"} 1"#,
        )
        .await;

    service.terminate();
    service.line("stopping; a second signal ends the service at once").await;
    drop(lock);
    let ended = service.ended().await;

    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(request.await.unwrap().status, 201);
    assert_eq!(collector.span("POST /users").attributes["http.response.status_code"], 201);
}

#[tokio::test]
async fn a_stop_under_load_fails_no_request() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let mut settings: Vec<_> = collector.settings("grpc").into();
    // Each client hears of the stop on its connection, long before that is closed.
    settings.push(("SHUTDOWN_DELAY", "3s".to_owned()));
    let mut service = Service::start(&database, &settings).await;
    let mut clients = JoinSet::new();
    for _ in 0..8 {
        // With a client of its own, each has a connection of its own.
        clients.spawn(ask_until_told_to_go(format!("http://{}/users", service.authority())));
    }
    let loaded =
        async { while value(&service.admin("/metrics").await.body, LIST_REQUESTS) < 100.0 {} };
    timeout(PATIENCE, loaded).await.expect("the clients are answered");

    service.terminate();
    service.line("stopping; a second signal ends the service at once").await;
    let last_answers = clients.join_all().await;
    let ended = service.ended().await;

    assert_eq!(ended.status.code(), Some(0));
    assert!(ended.lines("requests were cut off by the shutdown").is_empty(), "{ended:#?}");
    let spans = collector.spans();
    for answer in last_answers {
        let trace_id = answer.header("traceresponse").split('-').nth(1).unwrap();
        assert!(spans.iter().any(|span| span.trace_id == trace_id), "{answer:?} has no span");
    }
}

/// Asks again and again, until the service asks for the connection to be given up.
async fn ask_until_told_to_go(url: String) -> Answer {
    let client = client();
    loop {
        let answer = send(client.get(&url)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        if answer.header("connection") == "close" {
            return answer;
        }
    }
}

#[tokio::test]
async fn a_request_that_outlasts_the_drain_is_cut_off() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let mut settings: Vec<_> = collector.settings("grpc").into();
    settings.push(("SHUTDOWN_TIMEOUT", "50ms".to_owned()));
    settings.push(("DATABASE_ACQUIRE_TIMEOUT", "1h".to_owned()));
    settings.push(("DATABASE_QUERY_TIMEOUT", "1h".to_owned()));
    let service = Service::start(&database, &settings).await;
    let _lock = lock_users(&database).await;
    let request = tokio::spawn(service.create("ada@example.com").send());
    service
        .metrics_until(
            r#"http_server_active_requests{http_request_method="POST",url_scheme="http"} 1"#,
        )
        .await;

    let ended = service.stop().await;

    assert!(request.await.unwrap().is_err());
    let [line] = ended.lines("requests were cut off by the shutdown")[..] else {
        panic!("not exactly one line tells that requests were cut off: {ended:#?}");
    };
    assert_eq!(line["connections"], 1);
    let server = collector.span("POST /users");
    let line = ended.lines("request")[0];
    assert_eq!(line["error.type"], "cancelled", "{ended:#?}");
    assert_eq!(line["trace_id"], server.trace_id, "{ended:#?}");
    let statement = collector.span("INSERT users");
    for span in [&server, &statement] {
        assert_eq!(span.status, StatusCode::Error, "{span:#?}");
        assert_eq!(span.attributes["error.type"], "cancelled", "{span:#?}");
    }
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let database = TestDatabase::create();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let url = database.to_url_lossy().to_string();

    let variables = [("DATABASE_URL", url.as_str()), ("HTTP_ADDRESS", address.as_str())];
    let output = run(&[], &[OWN_PORTS, &variables].concat());

    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(log.contains(&format!("cannot listen on {address}, set by HTTP_ADDRESS")), "{log}");
}

#[tokio::test]
async fn the_schema_can_be_made_before_the_service_starts() {
    let database = TestDatabase::create();
    let url = database.to_url_lossy().to_string();
    let variables = [("DATABASE_URL", url.as_str()), ("DATABASE_MIGRATE", "false")];

    // Again and again, as every instance that starts does it.
    for _ in 0..2 {
        let output = run(&["migrate"], &variables);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }

    let service = Service::start(&database, &[("DATABASE_MIGRATE", "false")]).await;
    assert_eq!(send(service.get("/users")).await.status, 200);
    service.stop().await;
}

#[tokio::test]
async fn a_database_that_a_later_version_has_migrated_is_served() {
    let database = TestDatabase::create();
    let url = database.to_url_lossy().to_string();
    let migrate = || run(&["migrate"], &[("DATABASE_URL", &url)]);
    assert_eq!(migrate().status.code(), Some(0));
    let mut later = database.connect().await.unwrap();
    sqlx::query("ALTER TABLE users ADD COLUMN nickname TEXT").execute(&mut later).await.unwrap();
    sqlx::query(APPLIED).bind(vec![0_u8; 48]).execute(&mut later).await.unwrap();

    let output = migrate();
    let service = Service::start::<&str>(&database, &[]).await;
    let created = send(service.create("ada@example.com")).await;
    service.stop().await;

    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(created.status, 201, "{created:?}");
}

#[test]
fn a_migration_that_fails_says_why() {
    let output = run(&["migrate"], &[("DATABASE_URL", DATABASE_URL)]);

    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("error: cannot reach the database: "), "{message}");
    assert!(!message.contains("s3cret"), "{message}");
}

#[tokio::test]
async fn the_health_check_of_the_container_follows_readiness() {
    let database = TestDatabase::create();
    let mut service = Service::start(&database, &[("SHUTDOWN_DELAY", "1h")]).await;
    let url = database.to_url_lossy().to_string();
    let port = service.admin_authority().rsplit(':').next().unwrap().to_owned();
    let variables = [
        ("DATABASE_URL", url.as_str()),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", &port),
        // The image may have no certificates.
        ("SSL_CERT_FILE", "/dev/null"),
        ("SSL_CERT_DIR", "/dev/null"),
    ];

    assert_eq!(run(&["healthcheck"], &variables).status.code(), Some(0));
    service.terminate();
    service.line("stopping; a second signal ends the service at once").await;
    let output = run(&["healthcheck"], &variables);

    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("503"), "{message}");
}
