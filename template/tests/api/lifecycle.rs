//! How the service starts and ends.

use std::net::TcpListener;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{
    ConnectOptions, PoolOptions, collector::Collector, lock_users, run, send, service::Service,
};

#[sqlx::test]
async fn a_started_service_is_alive_and_ready(_: PoolOptions, options: ConnectOptions) {
    let service = Service::start::<&str>(&options, &[]).await;

    assert_eq!(service.admin("/livez").await.status, 200);
    assert_eq!(service.admin("/readyz").await.status, 200);
    assert_eq!(service.admin("/users").await.status, 404);
    service.stop().await;
}

#[sqlx::test]
async fn a_service_that_stops_is_not_ready_but_answers_on(_: PoolOptions, options: ConnectOptions) {
    let mut service = Service::start(&options, &[("SHUTDOWN_DELAY", "1h")]).await;

    service.terminate();
    service.line("stopping; a second signal ends the service at once").await;

    assert_eq!(service.admin("/readyz").await.status, 503);
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
    until(
        &service,
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
    let settings = [("SHUTDOWN_TIMEOUT", "50ms"), ("DATABASE_QUERY_TIMEOUT", "1h")];
    let service = Service::start(&options, &settings).await;
    let _lock = lock_users(&options).await;
    let request = tokio::spawn(service.create("ada@example.com").send());
    until(
        &service,
        r#"http_server_active_requests{http_request_method="POST",url_scheme="http"} 1"#,
    )
    .await;

    let ended = service.stop().await;

    assert!(request.await.unwrap().is_err());
    assert_eq!(ended.lines("requests were cut off by the shutdown").len(), 1, "{ended:#?}");
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
    until(
        &service,
        r#"http_server_active_requests{http_request_method="POST",url_scheme="http"} 1"#,
    )
    .await;

    drop(client);

    until(
        &service,
        r#"http_server_active_requests{http_request_method="POST",url_scheme="http"} 0"#,
    )
    .await;
    until(&service, r#"http_route="/users",error_type="client_disconnected",le="+Inf"} 1"#).await;
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
    client.read_to_end(&mut answer).await.unwrap();
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

/// Waits until the metrics hold a text.
pub async fn until(service: &Service, text: &str) {
    while !service.admin("/metrics").await.body.contains(text) {
        tokio::task::yield_now().await;
    }
}
