//! What the service tells Prometheus.

use std::collections::BTreeSet;

use crate::support::{
    ConnectOptions, PoolOptions,
    exposition::{Exposition, bounds, labels, series},
    send,
    service::Service,
};

#[sqlx::test]
async fn metrics_have_the_names_labels_and_buckets_of_the_conventions(
    _: PoolOptions,
    options: ConnectOptions,
) {
    let service = Service::start(&options, &[("OTEL_SERVICE_NAME", "people")]).await;
    let before = service.admin("/metrics").await;
    send(service.get("/users/1")).await;
    let metrics = service.admin("/metrics").await.body;
    service.stop().await;

    assert_eq!(before.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let at_first = Exposition::parse(&before.body);
    for (name, kind) in METRICS {
        let family = at_first.family(name).unwrap_or_else(|| panic!("no metric is named {name}"));
        assert_eq!(family.kind, kind, "{name}");
        assert!(!family.help.is_empty(), "{name}");
    }
    let request = series(&metrics, "http_server_request_duration_seconds_bucket", "404");
    assert_eq!(
        labels(request[0]),
        "http_request_method=GET http_response_status_code=404 http_route=/users/{id} \
         network_protocol_version=1.1 url_scheme=http"
    );
    assert_eq!(
        bounds(&request),
        "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf"
    );
    let query = series(&metrics, "db_client_operation_duration_seconds_bucket", "SELECT");
    assert!(labels(query[0]).starts_with("db_collection_name=users db_namespace="), "{}", query[0]);
    assert_eq!(bounds(&query), DATABASE_SECONDS);
    for name in ["wait_time", "use_time"] {
        let name = format!("db_client_connection_{name}_seconds_bucket");
        let borrowed = series(&metrics, &name, "");
        let labels = labels(borrowed[0]);
        let pool = labels.strip_prefix("db_client_connection_pool_name=").unwrap_or_default();
        assert!(!pool.is_empty() && !pool.contains(' '), "{name} {labels}");
        assert_eq!(bounds(&borrowed), DATABASE_SECONDS, "{name}");
        assert!(borrowed.last().unwrap().ends_with(" 1"), "{borrowed:#?}");
    }
    let target = series(&metrics, "target_info", "");
    assert!(target[0].contains(r#"service_name="people""#), "{}", target[0]);
    let metrics = Exposition::parse(&metrics);
    let connections = metrics.family("db_client_connection_count").expect("the pool is measured");
    assert_eq!(
        connections.label_names(),
        BTreeSet::from(["db_client_connection_pool_name", "db_client_connection_state"])
    );
    let states = connections.label_values("db_client_connection_state");
    assert_eq!(states, BTreeSet::from(["idle", "used"]));
}

const DATABASE_SECONDS: &str = "0.001 0.005 0.01 0.05 0.1 0.5 1 5 10 +Inf";

const METRICS: [(&str, &str); 21] = [
    ("http_server_request_duration_seconds", "histogram"),
    ("http_server_active_requests", "gauge"),
    ("db_client_operation_duration_seconds", "histogram"),
    ("db_client_connection_count", "gauge"),
    ("db_client_connection_max", "gauge"),
    ("db_client_connection_idle_min", "gauge"),
    ("db_client_connection_pending_requests", "gauge"),
    ("db_client_connection_wait_time_seconds", "histogram"),
    ("db_client_connection_use_time_seconds", "histogram"),
    ("db_client_connection_timeouts_total", "counter"),
    ("otel_sdk_exporter_span_exported_total", "counter"),
    ("otel_sdk_processor_span_processed_total", "counter"),
    ("log_lines_dropped_total", "counter"),
    ("process_cpu_seconds_total", "counter"),
    ("process_resident_memory_bytes", "gauge"),
    ("process_open_fds", "gauge"),
    ("tokio_workers", "gauge"),
    ("tokio_alive_tasks", "gauge"),
    ("tokio_global_queue_depth", "gauge"),
    ("target_info", "gauge"),
    ("service_ready", "gauge"),
];
