//! How the service starts and ends.

use std::{net::TcpListener, time::Duration};

use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::support::{
    ConnectOptions, PoolOptions, collector::Collector, lock_users, run, send, service::Service,
};

#[sqlx::test]
async fn a_started_service_is_alive_and_ready(_: PoolOptions, options: ConnectOptions) {
    let service = Service::start::<&str>(&options, &[]).await;

    assert_eq!(service.admin("/livez").await.status, 200);
    assert_eq!(service.admin("/readyz").await.status, 200);
    service.metrics_until("\nservice_ready 1\n").await;
    assert_eq!(service.admin("/users").await.status, 404);
    service.stop().await;
}

#[sqlx::test]
async fn a_service_that_stops_is_not_ready_but_answers_on(_: PoolOptions, options: ConnectOptions) {
    let mut service = Service::start(&options, &[("SHUTDOWN_DELAY", "1h")]).await;

    service.terminate();
    service.line("stopping; a second signal ends the service at once").await;

    assert_eq!(service.admin("/readyz").await.status, 503);
    service.metrics_until("\nservice_ready 0\n").await;
    assert_eq!(service.admin("/livez").await.status, 200);
    assert_eq!(send(service.get("/users")).await.status, 200);
}

#[sqlx::test]
async fn a_second_signal_ends_the_service_at_once(_: PoolOptions, options: ConnectOptions) {
    let mut service = Service::start(&options, &[("SHUTDOWN_DELAY", "1h")]).await;

    service.terminate();
    service.line("stopping; a second signal ends the service at once").await;
    service.terminate();

    assert_eq!(service.ended().await.status.code(), Some(1));
}

#[sqlx::test]
async fn a_request_under_way_is_answered_before_the_end(_: PoolOptions, options: ConnectOptions) {
    let collector = Collector::start().await;
    let mut service = Service::start(&options, &collector.settings("grpc")).await;
    let lock = lock_users(&options).await;
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

#[sqlx::test]
async fn a_request_that_outlasts_the_drain_is_cut_off(_: PoolOptions, options: ConnectOptions) {
    let collector = Collector::start().await;
    let mut settings: Vec<_> = collector.settings("grpc").into();
    settings.push(("SHUTDOWN_TIMEOUT", "50ms".to_owned()));
    settings.push(("DATABASE_ACQUIRE_TIMEOUT", "1h".to_owned()));
    settings.push(("DATABASE_QUERY_TIMEOUT", "1h".to_owned()));
    let service = Service::start(&options, &settings).await;
    let _lock = lock_users(&options).await;
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
    assert_eq!(ended.lines("request")[0]["error.type"], "cancelled", "{ended:#?}");
    let server = collector.span("POST /users");
    let statement = collector.span("INSERT users");
    for span in [&server, &statement] {
        assert_eq!(span.status, StatusCode::Error, "{span:#?}");
        assert_eq!(span.attributes["error.type"], "cancelled", "{span:#?}");
    }
}

#[sqlx::test]
async fn a_client_that_goes_away_is_counted(_: PoolOptions, options: ConnectOptions) {
    let service = Service::start::<&str>(&options, &[]).await;
    let lock = lock_users(&options).await;
    let mut client = TcpStream::connect(service.authority()).await.unwrap();
    let body = r#"{"name":"Ada","email":"ada@example.com"}"#;
    let head = format!(
        "POST /users HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    client.write_all((head + body).as_bytes()).await.unwrap();
    service
        .metrics_until(
            r#"http_server_active_requests{http_request_method="POST",url_scheme="http"} 1"#,
        )
        .await;

    drop(client);

    service
        .metrics_until(
            r#"http_server_active_requests{http_request_method="POST",url_scheme="http"} 0"#,
        )
        .await;
    service.metrics_until(r#"http_route="/users",error_type="cancelled",le="+Inf"} 1"#).await;
    drop(lock);
    assert_eq!(send(service.create("bob@example.com")).await.status, 201);
    service.stop().await;
}

#[sqlx::test]
async fn a_client_that_never_ends_its_headers_is_cut_off(_: PoolOptions, options: ConnectOptions) {
    let service = Service::start(&options, &[("HTTP_HEADER_READ_TIMEOUT", "100ms")]).await;
    let mut client = TcpStream::connect(service.authority()).await.unwrap();

    client.write_all(b"GET /users HTTP/1.1\r\nx-slow: ").await.unwrap();

    let mut answer = Vec::new();
    let closed = timeout(Duration::from_mins(1), client.read_to_end(&mut answer)).await;
    closed.expect("the connection is closed").unwrap();
    assert_eq!(answer, b"");
    service.stop().await;
}

#[sqlx::test]
async fn a_client_that_never_reads_is_cut_off(_: PoolOptions, options: ConnectOptions) {
    let service = Service::start(&options, &[("HTTP_REQUEST_TIMEOUT", "200ms")]).await;
    let mut client = TcpStream::connect(service.authority()).await.unwrap();
    // More than the buffers of the system hold.
    let request = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: localhost\r\n\r\n";
    client.write_all(&request.repeat(64)).await.unwrap();

    let cut_off = async {
        while client.write_all(request).await.is_ok() {
            sleep(Duration::from_millis(50)).await;
        }
    };

    timeout(Duration::from_mins(1), cut_off).await.expect("the connection is closed");
    service.stop().await;
}

#[sqlx::test]
async fn a_request_too_many_is_refused_at_once(_: PoolOptions, options: ConnectOptions) {
    let service = Service::start(&options, &[("HTTP_MAX_CONCURRENT_REQUESTS", "1")]).await;
    let lock = lock_users(&options).await;
    let first = tokio::spawn(send(service.create("ada@example.com")));
    service
        .metrics_until(
            r#"http_server_active_requests{http_request_method="POST",url_scheme="http"} 1"#,
        )
        .await;

    let second = send(service.get("/users")).await;
    let health = send(service.get("/health")).await;
    drop(lock);
    let metrics = service.admin("/metrics").await.body;

    second.problem(503);
    assert_eq!(second.header("retry-after"), "1");
    assert_eq!(health.status, 200);
    assert!(metrics.contains(r#"http_response_status_code="503",error_type="overload""#));
    assert_eq!(first.await.unwrap().status, 201);
    assert_eq!(send(service.get("/users")).await.status, 200);
    service.stop().await;
}

#[sqlx::test]
async fn a_taken_address_is_named(_: PoolOptions, options: ConnectOptions) {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let url = sqlx::ConnectOptions::to_url_lossy(&options).to_string();

    let output = run(&[], &[("DATABASE_URL", &url), ("HTTP_ADDRESS", &address)]);

    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(log.contains(&format!("cannot listen on {address}, set by HTTP_ADDRESS")), "{log}");
}

#[sqlx::test]
async fn the_health_check_of_the_container_follows_readiness(
    _: PoolOptions,
    options: ConnectOptions,
) {
    let mut service = Service::start(&options, &[("SHUTDOWN_DELAY", "1h")]).await;
    let url = sqlx::ConnectOptions::to_url_lossy(&options).to_string();
    let port = service.admin_authority().rsplit(':').next().unwrap().to_owned();
    let variables = [("DATABASE_URL", url.as_str()), ("OTEL_EXPORTER_PROMETHEUS_PORT", &port)];

    assert_eq!(run(&["healthcheck"], &variables).status.code(), Some(0));
    service.terminate();
    service.line("stopping; a second signal ends the service at once").await;
    let output = run(&["healthcheck"], &variables);

    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("503"), "{message}");
}
