//! More than the service can do at a time.

use crate::support::{TestDatabase, lock_users, send, service::Service};

#[tokio::test]
async fn a_request_too_many_is_refused_at_once() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("HTTP_MAX_CONCURRENT_REQUESTS", "1")]).await;
    let lock = lock_users(&database).await;
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
