//! What the service tells Prometheus; `contract` has the names, kinds, labels and buckets.

use crate::support::{
    TestDatabase,
    exposition::{labels, series},
    send,
    service::Service,
};

#[tokio::test]
async fn a_request_is_measured_by_method_route_and_status() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("OTEL_SERVICE_NAME", "people")]).await;
    let at_first = service.admin("/metrics").await.body;
    send(service.get("/users/1")).await;
    let scrape = service.admin("/metrics").await;
    service.stop().await;

    assert_eq!(scrape.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let request = series(&scrape.body, "http_server_request_duration_seconds_count", "404");
    assert_eq!(
        labels(request[0]),
        "http_request_method=GET http_response_status_code=404 http_route=/users/{id} \
         network_protocol_version=1.1 url_scheme=http"
    );
    for name in ["wait_time", "use_time"] {
        let name = format!("db_client_connection_{name}_seconds_count");
        let borrowed = series(&scrape.body, &name, "");
        assert!(borrowed.last().unwrap().ends_with(" 1"), "{borrowed:#?}");
    }
    let name = "db_client_operation_duration_seconds_count";
    let pings = series(&at_first, name, "").into_iter().filter(|line| !line.contains("users"));
    assert_eq!(pings.filter(|line| line.ends_with(" 0")).count(), 1, "{at_first}");
    let target = series(&scrape.body, "target_info", "");
    assert!(target[0].contains(r#"service_name="people""#), "{}", target[0]);
}
