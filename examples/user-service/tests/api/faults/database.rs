//! A database that refuses, is busy, or is not what it should be.

use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::json;

use crate::support::{
    SAMPLED, TRACE_ID, TestApp, TestDatabase, collector::Collector, exposition::value, lock_users,
    send, service::Service,
};

#[tokio::test]
async fn a_violated_constraint_is_an_error_of_the_statement_and_not_of_the_request() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let service = Service::start(&database, &collector.settings("grpc")).await;
    let create = || service.create("ada@example.com");

    assert_eq!(send(create()).await.status, 201);
    send(create().header("traceparent", SAMPLED)).await.problem(409);
    let metrics = service.admin("/metrics").await.body;
    let ended = service.stop().await;

    let spans = collector.spans();
    let of_request = |name: &str| {
        let span = spans.iter().find(|span| span.name == name && span.trace_id == TRACE_ID);
        span.unwrap_or_else(|| panic!("no span is named {name}: {spans:#?}"))
    };
    let server = of_request("POST /users");
    assert_eq!(server.status, StatusCode::Unset, "{server:#?}");
    assert!(!server.attributes.contains_key("error.type"), "{server:#?}");
    let insert = of_request("INSERT users");
    let code = if insert.attributes["db.system.name"] == "sqlite" { "2067" } else { "23505" };
    assert_eq!(insert.status, StatusCode::Error, "{insert:#?}");
    assert_eq!(insert.attributes["db.response.status_code"], code);
    assert_eq!(insert.attributes["error.type"], code);
    let labels = format!(
        r#"db_collection_name="users",db_response_status_code="{code}",error_type="{code}",le="+Inf"}} 1"#
    );
    assert!(metrics.contains(&labels), "{labels} is not in {metrics}");
    assert!(ended.log.iter().all(|line| line["level"] == "INFO"), "{ended:#?}");
}

#[tokio::test]
async fn a_request_that_gets_no_connection_is_503_and_counted() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let mut settings: Vec<_> = collector.settings("grpc").into();
    settings.push(("DATABASE_MAX_CONNECTIONS", "1".to_owned()));
    settings.push(("DATABASE_ACQUIRE_TIMEOUT", "1s".to_owned()));
    settings.push(("DATABASE_QUERY_TIMEOUT", "3s".to_owned()));
    let service = Service::start(&database, &settings).await;
    let lock = lock_users(&database).await;
    let create = || send(service.create("ada@example.com"));
    let mut timeouts = 0.0;
    for _ in 0..50 {
        // One waits for the lock with the only connection. With SQLite that takes no longer than
        // the wait for a connection, so that the next one gets it, but the third one does not.
        tokio::join!(create(), create(), create());
        let metrics = service.admin("/metrics").await.body;
        timeouts = value(&metrics, "db_client_connection_timeouts_total{");
        if timeouts > 0.0 {
            break;
        }
    }
    drop(lock);
    service.stop().await;

    let spans = collector.spans();
    let starved = spans.iter().filter(|span| {
        span.name == "INSERT users" && span.attributes["error.type"] == "pool_timeout"
    });
    let starved: Vec<_> = starved.collect();
    assert!(!starved.is_empty(), "{spans:#?}");
    assert_eq!(json!(starved.len()).as_f64(), Some(timeouts), "{starved:#?}");
    for statement in starved {
        assert_eq!(statement.status, StatusCode::Error, "{statement:#?}");
        let server = spans.iter().find(|span| span.id == statement.parent_id).unwrap();
        assert_eq!(server.status, StatusCode::Error, "{server:#?}");
        assert_eq!(server.attributes["http.response.status_code"], 503, "{server:#?}");
        assert_eq!(server.attributes["error.type"], "503", "{server:#?}");
    }
}

#[tokio::test]
async fn a_statement_that_the_deadline_of_its_request_ends_has_timed_out() {
    let database = TestDatabase::create();
    let settings = [("HTTP_REQUEST_TIMEOUT", "100ms"), ("DATABASE_QUERY_TIMEOUT", "1h")];
    let service = Service::start(&database, &settings).await;
    let lock = lock_users(&database).await;

    send(service.create("ada@example.com")).await.problem(504);

    service.metrics_until(r#"db_collection_name="users",error_type="timeout",le="+Inf"} 1"#).await;
    drop(lock);
    service.stop().await;
}

#[tokio::test]
async fn a_statement_that_the_health_check_gives_up_has_timed_out() {
    let database = TestDatabase::create();
    let settings = [
        ("DATABASE_MAX_CONNECTIONS", "1"),
        ("DATABASE_ACQUIRE_TIMEOUT", "1h"),
        ("DATABASE_QUERY_TIMEOUT", "1h"),
    ];
    let service = Service::start(&database, &settings).await;
    let lock = lock_users(&database).await;
    let waiting = tokio::spawn(send(service.create("ada@example.com")));
    service.metrics_until(r#"db_client_connection_state="used"} 1"#).await;

    send(service.get("/health")).await.problem(503);

    service.metrics_until(r#"db_operation_name="SELECT",error_type="timeout",le="+Inf"} 1"#).await;
    drop(lock);
    assert_eq!(waiting.await.unwrap().status, 201);
    service.stop().await;
}

#[tokio::test]
async fn a_missing_schema_is_500_where_it_is_not_to_be_made() {
    let app = TestApp::start_with(&["--database-migrate=false"]).await;

    app.get("/users").await.problem(500);

    app.stop().await;
}
