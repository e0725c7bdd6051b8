//! How spans reach their destinations, and what variables of OpenTelemetry have to say about it.

use serde_json::Value;

use crate::support::{
    DATABASE_URL, PARENT_ID, TRACE_ID, TestDatabase, certificates::Certificates,
    collector::Collector, run, send, service::Service,
};

const PROTOCOLS: [&str; 2] = ["grpc", "http/protobuf"];

#[tokio::test]
async fn a_disabled_sdk_exports_nothing_and_passes_the_trace_id_on() {
    let database = TestDatabase::create();
    for setting in [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")] {
        let collector = Collector::start().await;
        let (answer, _) =
            Service::answer_once(&database, &collector, "http/protobuf", &[setting]).await;

        assert_eq!(collector.spans().len(), 0);
        assert_eq!(answer.problem(404)["trace_id"], TRACE_ID);
    }
}

#[tokio::test]
async fn spans_are_cut_to_their_limits() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let limits =
        [("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "6"), ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "4")];
    Service::answer_once(&database, &collector, "http/protobuf", &limits).await;

    for span in collector.spans() {
        assert_eq!(span.attributes.len(), 4, "{span:#?}");
        let mut texts = span.attributes.values().filter_map(Value::as_str);
        assert!(texts.all(|text| text.chars().count() <= 6), "{span:#?}");
    }
    assert_eq!(collector.spans().len(), 2);
}

#[tokio::test]
async fn without_propagators_a_trace_begins_at_the_service() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let none = [("OTEL_PROPAGATORS", "none")];
    let (answer, _) = Service::answer_once(&database, &collector, "grpc", &none).await;

    let server = collector.span("GET /users/{id}");
    assert_ne!((server.trace_id.as_str(), server.parent_id.as_str()), (TRACE_ID, PARENT_ID));
    assert_eq!(server.parent_id, "");
    assert_eq!(answer.problem(404)["trace_id"], server.trace_id);
}

#[tokio::test]
async fn the_console_shows_spans() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("OTEL_TRACES_EXPORTER", "console")]).await;
    send(service.get("/users")).await;
    let ended = service.stop().await;

    let mut printed = ended.log.iter().filter_map(Value::as_str);
    assert!(printed.any(|line| line.contains("GET /users")), "{ended:#?}");
}

#[tokio::test]
async fn a_span_with_two_destinations_is_counted_once() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let mut settings: Vec<_> = collector.settings("http/protobuf").into();
    settings.push(("OTEL_TRACES_EXPORTER", "console,otlp".to_owned()));
    settings.push(("OTEL_BSP_SCHEDULE_DELAY", "10".to_owned()));
    let service = Service::start(&database, &settings).await;
    send(service.get("/users")).await;
    send(service.get("/users")).await;

    let metrics = service.metrics_until("\notel_sdk_exporter_span_exported_total 4\n").await;
    let ended = service.stop().await;

    assert!(metrics.contains("\notel_sdk_processor_span_processed_total 4\n"), "{metrics}");
    assert_eq!(collector.spans().len(), 4, "{:#?}", collector.spans());
    assert!(ended.log.iter().any(Value::is_string), "{ended:#?}");
}

#[tokio::test]
async fn headers_are_sent_with_every_export() {
    let database = TestDatabase::create();
    for protocol in PROTOCOLS {
        let collector = Collector::start().await;
        let headers = [
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=wrong"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api-key=a%20b,x-tenant=one"),
        ];
        Service::answer_once(&database, &collector, protocol, &headers).await;

        assert_eq!(collector.header("api-key"), "a b", "{protocol}");
        assert_eq!(collector.header("x-tenant"), "one", "{protocol}");
    }
}

#[tokio::test]
async fn exports_are_compressed_where_that_is_asked_for() {
    let database = TestDatabase::create();
    for (protocol, header) in PROTOCOLS.into_iter().zip(["grpc-encoding", "content-encoding"]) {
        for (compression, expected) in [("gzip", "gzip"), ("none", "")] {
            let collector = Collector::start().await;
            let variables = [
                ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
                ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", compression),
            ];
            Service::answer_once(&database, &collector, protocol, &variables).await;

            assert_eq!(collector.header(header), expected, "{protocol} {compression}");
            assert_eq!(collector.spans().len(), 2, "{protocol} {compression}");
        }
    }
}

#[tokio::test]
async fn a_collector_and_the_service_can_ask_each_other_for_certificates() {
    let database = TestDatabase::create();
    let certificates = Certificates::new("certificates");
    let (authority, client, key) =
        (certificates.authority(), certificates.client(), certificates.client_key());
    let trusted = ("OTEL_EXPORTER_OTLP_CERTIFICATE", authority.as_str());
    let identity = [
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", client.as_str()),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", key.as_str()),
    ];
    let quickly = ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000");
    for protocol in PROTOCOLS {
        for (variables, spans) in [
            (vec![trusted, identity[0], identity[1]], 2),
            // The collector asks for the certificate of the client.
            (vec![trusted, quickly], 0),
            // The client does not know who has certified the collector.
            (vec![identity[0], identity[1], quickly], 0),
        ] {
            let collector = Collector::start_with_tls(&certificates).await;
            Service::answer_once(&database, &collector, protocol, &variables).await;

            assert_eq!(collector.spans().len(), spans, "{protocol} {variables:?}");
        }
    }
}

#[test]
fn half_an_identity_ends_the_start() {
    let certificates = Certificates::new("half");
    for (name, path) in [
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", certificates.client()),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", certificates.client_key()),
        ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", certificates.client_key()),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "no/such/file".to_owned()),
    ] {
        let variables = [
            ("DATABASE_URL", DATABASE_URL),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://localhost:4318"),
            (name, &path),
        ];
        let output = run(&[], &variables);

        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(&name.replace("TRACES_", "")), "{message}");
    }
}

#[tokio::test]
async fn a_wrong_variable_is_reported_once_and_without_its_value() {
    let database = TestDatabase::create();
    let wrong = [
        ("OTEL_PROPAGATORS", "tracecontext,s3cret"),
        ("OTEL_RESOURCE_ATTRIBUTES", "s3cret"),
        ("OTEL_TRACES_EXPORTER", "otlp,s3cret"),
        ("OTEL_TRACES_SAMPLER", "s3cret"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "s3cret"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "-1"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "4294967296"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1.5"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "0"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "0"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "s3cret"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "s3cret"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "s3cret"),
    ];
    let collector = Collector::start().await;
    let (_, ended) = Service::answer_once(&database, &collector, "http/protobuf", &wrong).await;

    let warnings: Vec<_> = ended.log.iter().filter(|line| line["level"] == "WARN").collect();
    for (name, _) in wrong {
        let of_name = warnings.iter().filter(|line| {
            let words = line["warning"].as_str().unwrap().split_whitespace();
            words.take(1).any(|first| first == name)
        });
        assert_eq!(of_name.count(), 1, "{name}: {warnings:#?}");
    }
    assert_eq!(warnings.len(), wrong.len(), "{warnings:#?}");
    assert!(!format!("{ended:?}").contains("s3cret"), "{ended:#?}");
    assert_eq!(collector.spans().len(), 2, "{:#?}", collector.spans());
}
