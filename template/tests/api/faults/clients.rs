//! Clients that are slow, idle, too many, or gone.

use std::time::Duration;

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    join,
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::support::{PATIENCE, TestDatabase, lock_users, send, service::Service};

#[tokio::test]
async fn a_client_that_goes_away_is_counted() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    let lock = lock_users(&database).await;
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
    service
        .metrics_until(r#"db_collection_name="users",error_type="cancelled",le="+Inf"} 1"#)
        .await;
    drop(lock);
    assert_eq!(send(service.create("bob@example.com")).await.status, 201);
    service.stop().await;
}

#[tokio::test]
async fn a_client_that_never_ends_its_headers_is_cut_off() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("HTTP_HEADER_READ_TIMEOUT", "100ms")]).await;
    let mut client = TcpStream::connect(service.authority()).await.unwrap();

    client.write_all(b"GET /users HTTP/1.1\r\nx-slow: ").await.unwrap();

    let mut answer = Vec::new();
    let closed = timeout(PATIENCE, client.read_to_end(&mut answer)).await;
    closed.expect("the connection is closed").unwrap();
    assert_eq!(answer, b"");
    service.stop().await;
}

#[tokio::test]
async fn a_client_whose_headers_are_too_long_is_told_so() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    let long = |length| send(service.get("/users").header("x-long", "a".repeat(length)));

    assert_eq!(long(12 * 1024).await.status, 200);
    assert_eq!(long(20 * 1024).await.status, 431);
    service.stop().await;
}

#[tokio::test]
async fn a_client_that_never_reads_is_cut_off() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("HTTP_REQUEST_TIMEOUT", "200ms")]).await;
    let mut client = TcpStream::connect(service.authority()).await.unwrap();
    // More than the buffers of the system hold.
    let request = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: localhost\r\n\r\n";
    client.write_all(&request.repeat(64)).await.unwrap();

    let cut_off = async {
        while client.write_all(request).await.is_ok() {
            sleep(Duration::from_millis(50)).await;
        }
    };

    timeout(PATIENCE, cut_off).await.expect("the connection is closed");
    service.stop().await;
}

#[tokio::test]
async fn a_client_that_never_ends_its_body_is_told_so_and_cut_off() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("HTTP_BODY_READ_TIMEOUT", "200ms")]).await;
    let client = TcpStream::connect(service.authority()).await.unwrap();
    let (mut reader, mut writer) = client.into_split();
    let head = b"POST /users HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
        content-length: 60000\r\n\r\n";
    writer.write_all(head).await.unwrap();

    let trickle = async {
        while writer.write_all(b" ").await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let mut answer = Vec::new();
    let exchange = async { join!(trickle, reader.read_to_end(&mut answer)) };
    // What comes after the answer is refused, which the client may see as a reset.
    let ((), _) = timeout(PATIENCE, exchange).await.expect("the connection is closed");

    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(answer.contains("\r\ncontent-type: application/problem+json\r\n"), "{answer}");
    let ended = service.stop().await;
    let [line] = ended.lines("request")[..] else {
        panic!("not exactly one line tells of the request: {ended:#?}");
    };
    assert_eq!(line["http.response.status_code"], 408);
    assert!(line["error.type"].is_null(), "{line}");
    assert!(ended.log.iter().all(|line| line["level"] == "INFO"), "{ended:#?}");
}

#[tokio::test]
async fn a_client_that_asks_no_more_is_cut_off() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("HTTP_HEADER_READ_TIMEOUT", "1s")]).await;

    for (request, answers) in [("", 0), ("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n", 1)] {
        let mut client = TcpStream::connect(service.authority()).await.unwrap();
        client.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let closed = timeout(PATIENCE, client.read_to_string(&mut answer)).await;
        closed.expect("the connection is closed").unwrap();
        assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), answers, "{answer}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_connection_too_many_waits_for_another_to_end() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("HTTP_MAX_CONNECTIONS", "1")]).await;
    let mut first = BufReader::new(TcpStream::connect(service.authority()).await.unwrap());
    first.write_all(b"GET /users HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    first.read_line(&mut String::new()).await.unwrap();

    let second = tokio::spawn(send(service.get("/health")));
    for _ in 0..20 {
        assert_eq!(service.admin("/livez").await.status, 200);
    }
    assert!(!second.is_finished());
    drop(first);

    assert_eq!(second.await.unwrap().status, 200);
    service.stop().await;
}
