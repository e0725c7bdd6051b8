//! A collector that is not there, or does not answer.

use tokio::{net::TcpListener, time::timeout};

use crate::support::{PATIENCE, TestDatabase, exposition::value, send, service::Service};

async fn a_collector_that_never_answers(protocol: &str) {
    let database = TestDatabase::create();
    let collector = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", collector.local_addr().unwrap());
    tokio::spawn(async move {
        let mut connections = Vec::new();
        loop {
            connections.push(collector.accept().await.unwrap());
        }
    });
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "86400000"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "86400000"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "2"),
        ("OTEL_BSP_SCHEDULE_DELAY", "10"),
    ];
    let service = Service::start(&database, &settings).await;
    let lost = r#"otel_sdk_processor_span_processed_total{error_type="queue_full"}"#;
    let dropped = async {
        loop {
            assert_eq!(send(service.get("/users")).await.status, 200);
            if value(&service.admin("/metrics").await.body, lost) > 0.0 {
                break;
            }
        }
    };
    timeout(PATIENCE, dropped).await.expect("spans are dropped");

    // The export would go on for a day: it is the flush that has a limit.
    let ended = service.stop().await;

    let late = ended.log.iter().filter(|line| {
        line["message"].as_str().is_some_and(|message| message.starts_with("the last spans were"))
    });
    assert_eq!(late.count(), 1, "{ended:#?}");
}

#[tokio::test]
async fn a_collector_that_never_answers_over_http_holds_nothing_up() {
    a_collector_that_never_answers("http/protobuf").await;
}

#[tokio::test]
async fn a_collector_that_never_answers_over_grpc_holds_nothing_up() {
    a_collector_that_never_answers("grpc").await;
}

#[tokio::test]
async fn a_dead_collector_costs_nothing_and_is_reported_once() {
    let database = TestDatabase::create();
    for protocol in ["grpc", "http/protobuf"] {
        let settings = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "200"),
            ("OTEL_BSP_SCHEDULE_DELAY", "20"),
        ];
        let service = Service::start(&database, &settings).await;
        let lost = r#"otel_sdk_exporter_span_exported_total{error_type="export_failed"}"#;
        let exported = async {
            loop {
                assert_eq!(send(service.get("/users")).await.status, 200);
                let metrics = service.admin("/metrics").await.body;
                if value(&metrics, lost) >= 6.0 {
                    break metrics;
                }
            }
        };

        let metrics = timeout(PATIENCE, exported).await.expect("exports fail");
        let ended = service.stop().await;

        assert!(metrics.contains("\notel_sdk_exporter_span_exported_total 0\n"), "{metrics}");
        let reports = ended.log.iter().filter(|line| line["level"] == "WARN");
        let reports: Vec<_> = reports.filter(|line| line["spans"].is_number()).collect();
        assert_eq!(reports.len(), 1, "{ended:#?}");
        assert!(reports[0]["exception.type"].is_string(), "{ended:#?}");
    }
}
