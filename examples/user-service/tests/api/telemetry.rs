//! What the service tells about itself, as collectors, Prometheus and readers of logs see it.

use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    PARENT_ID, SAMPLED, TRACE_ID, TestDatabase, client, collector::Collector, lock_users, send,
    service::Service,
};

const NOT_SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

async fn a_request_is_a_trace(protocol: &'static str) {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let mut settings: Vec<_> = collector.settings(protocol).into();
    settings.push(("OTEL_SERVICE_NAME", "people".to_owned()));
    settings.push(("OTEL_RESOURCE_ATTRIBUTES", "service.namespace=a%20b".to_owned()));
    let service = Service::start(&database, &settings).await;
    let port = service.authority().rsplit(':').next().unwrap().parse::<i64>().unwrap();
    let request = service.create("lovelace@example.com").header("traceparent", SAMPLED);
    let answer = send(request.header("user-agent", "test")).await;
    service.stop().await;

    assert_eq!(answer.status, 201);
    let spans = collector.spans();
    let of_request = spans.iter().filter(|span| span.kind != SpanKind::Consumer);
    assert_eq!(of_request.count(), 2, "{spans:#?}");
    let server = collector.span("POST /users");
    assert_eq!(server.kind, SpanKind::Server);
    assert_eq!((server.trace_id.as_str(), server.parent_id.as_str()), (TRACE_ID, PARENT_ID));
    assert_eq!((server.status, server.events), (StatusCode::Unset, 0));
    assert_eq!(
        json!(server.attributes),
        json!({
            "http.request.method": "POST",
            "http.route": "/users",
            "http.response.status_code": 201,
            "url.path": "/users",
            "url.scheme": "http",
            "network.protocol.version": "1.1",
            "server.address": "127.0.0.1",
            "server.port": port,
            "client.address": "127.0.0.1",
            "user_agent.original": "test",
        })
    );
    assert_eq!(server.resource["service.name"], "people");
    assert_eq!(server.resource["service.namespace"], "a b");
    assert_eq!(server.resource["service.version"], env!("CARGO_PKG_VERSION"));
    assert!(server.resource["service.instance.id"].is_string());

    let insert = collector.span("INSERT users");
    assert_eq!(insert.kind, SpanKind::Client);
    assert_eq!((&insert.trace_id, &insert.parent_id), (&server.trace_id, &server.id));
    assert_eq!((insert.status, insert.events), (StatusCode::Unset, 0));
    assert_eq!(insert.attributes["db.operation.name"], "INSERT");
    assert_eq!(insert.attributes["db.collection.name"], "users");
    assert_eq!(insert.attributes["db.query.summary"], "INSERT users");
    assert!(
        ["postgresql", "sqlite"].map(Into::into).contains(&insert.attributes["db.system.name"])
    );
    assert!(insert.attributes["db.namespace"].is_string());
    assert!(insert.attributes["db.query.text"].as_str().unwrap().contains("$1"));
    let url = sqlx::ConnectOptions::to_url_lossy(&*database);
    // What looks like a host in the URL of a file is a folder.
    let host = url.host_str().filter(|_| url.scheme() != "sqlite").map(Value::from);
    assert_eq!(insert.attributes.get("server.address"), host.as_ref());
    assert_eq!(insert.attributes.get("server.port"), url.port().map(Value::from).as_ref());
    assert_eq!(insert.resource, server.resource);
    for span in collector.spans() {
        let attributes = json!(span.attributes).to_string();
        assert!(!attributes.contains("lovelace"), "{attributes}");
    }

    let expected = format!("00-{TRACE_ID}-{}-01", server.id);
    assert_eq!(answer.header("traceresponse"), expected);
}

#[tokio::test]
async fn a_request_is_a_trace_over_http() {
    a_request_is_a_trace("http/protobuf").await;
}

#[tokio::test]
async fn a_request_is_a_trace_over_grpc() {
    a_request_is_a_trace("grpc").await;
}

#[tokio::test]
async fn what_the_caller_does_not_sample_is_not_recorded_but_has_its_trace_id() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let service = Service::start(&database, &collector.settings("grpc")).await;

    let answer = send(service.get("/users/1").header("traceparent", NOT_SAMPLED)).await;
    let ended = service.stop().await;

    assert_eq!(collector.spans().len(), 0, "{:#?}", collector.spans());
    assert_eq!(answer.problem(404)["trace_id"], TRACE_ID);
    let ids: Vec<_> = answer.header("traceresponse").split('-').collect();
    assert_eq!((ids[1], ids[3]), (TRACE_ID, "00"));
    let line = &ended.lines("request")[0];
    assert_eq!(line["trace_id"], TRACE_ID);
    assert_eq!(line["span_id"], ids[2]);
    assert_eq!(line["trace_flags"], "00");
}

#[tokio::test]
async fn the_sampler_decides_about_traces_that_begin_here() {
    let database = TestDatabase::create();
    for (sampler, ratio, spans) in [
        ("parentbased_traceidratio", "0", 0),
        ("parentbased_traceidratio", "1", 2),
        ("always_off", "", 0),
        ("always_on", "", 2),
        ("nonsense", "", 2),
    ] {
        let collector = Collector::start().await;
        let mut settings: Vec<_> = collector.settings("grpc").into();
        settings.push(("OTEL_TRACES_SAMPLER", sampler.to_owned()));
        settings.push(("OTEL_TRACES_SAMPLER_ARG", ratio.to_owned()));
        let service = Service::start(&database, &settings).await;

        let answer = send(service.get("/users/1")).await;
        service.stop().await;

        assert_eq!(collector.spans().len(), spans, "{sampler} {ratio}");
        let trace_id = answer.problem(404)["trace_id"].as_str().unwrap().to_owned();
        assert!(collector.spans().iter().all(|span| span.trace_id == trace_id), "{sampler}");
    }
}

#[tokio::test]
async fn a_malformed_traceparent_starts_a_new_trace() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let service = Service::start(&database, &collector.settings("grpc")).await;

    let answer = send(service.get("/users").header("traceparent", "00-nonsense-01")).await;
    service.stop().await;

    assert_eq!(answer.status, 200);
    assert_eq!(collector.span("GET /users").parent_id, "");
}

#[tokio::test]
async fn a_quiet_log_leaves_traces_whole() {
    let database = TestDatabase::create();
    let filter = format!("off,{}::app=info", env!("CARGO_PKG_NAME").replace('-', "_"));
    let collector = Collector::start().await;
    Service::answer_once(&database, &collector, "grpc", &[("RUST_LOG", &filter)]).await;

    assert_eq!(collector.span("SELECT users").parent_id, collector.span("GET /users/{id}").id);
}

#[tokio::test]
async fn a_refused_request_is_not_an_error_of_the_service() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let (answer, _) = Service::answer_once(&database, &collector, "grpc", &[]).await;

    assert_eq!(answer.status, 404);
    let server = collector.span("GET /users/{id}");
    assert_eq!(server.status, StatusCode::Unset);
    assert_eq!(server.attributes["http.response.status_code"], 404);
    assert!(!server.attributes.contains_key("error.type"));
}

#[tokio::test]
async fn a_failed_request_is_an_error_in_trace_metric_and_log() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let mut settings: Vec<_> = collector.settings("grpc").into();
    settings.push(("DATABASE_QUERY_TIMEOUT", "100ms".to_owned()));
    let service = Service::start(&database, &settings).await;
    let lock = lock_users(&database).await;

    let request = service.create("ada@example.com").header("traceparent", SAMPLED);
    let answer = send(request).await;
    drop(lock);
    let metrics = service.admin("/metrics").await.body;
    let ended = service.stop().await;

    assert_eq!(answer.problem(504)["trace_id"], TRACE_ID);
    for (name, error) in [("POST /users", "timeout"), ("INSERT users", "timeout")] {
        let span = collector.span(name);
        assert_eq!(span.status, StatusCode::Error, "{span:#?}");
        assert_eq!(span.attributes["error.type"], error, "{span:#?}");
    }
    let [failure] = ended.lines("request failed")[..] else {
        panic!("not exactly one line reports the failure: {ended:#?}");
    };
    assert_eq!((&failure["level"], &failure["trace_id"]), (&json!("ERROR"), &json!(TRACE_ID)));
    assert!(failure["exception.type"].is_string() && failure["exception.message"].is_string());
    let labels = r#"http_response_status_code="504",error_type="timeout"} 1"#;
    assert!(metrics.contains(labels), "{metrics}");
}

#[tokio::test]
async fn what_clients_make_up_stays_out_of_names_and_labels() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let service = Service::start(&database, &collector.settings("grpc")).await;
    let url = format!("http://{}/made/up?sig=secret&limit=1", service.authority());
    let request = client().request(Method::from_bytes(b"BREW").unwrap(), url);

    let answer = send(request).await;
    let metrics = service.admin("/metrics").await.body;
    service.stop().await;

    assert_eq!(answer.status, 404);
    let span = collector.span("HTTP");
    assert_eq!(span.attributes["http.request.method"], "_OTHER");
    assert_eq!(span.attributes["http.request.method_original"], "BREW");
    assert_eq!(span.attributes["url.query"], "sig=REDACTED&limit=1");
    assert!(!span.attributes.contains_key("http.route"));
    assert!(metrics.contains(r#"http_request_method="_OTHER""#));
    assert!(!metrics.contains("BREW") && !metrics.contains("made"), "{metrics}");
}

#[tokio::test]
async fn log_lines_of_a_request_carry_its_trace_and_nothing_personal() {
    let database = TestDatabase::create();
    let service = Service::start::<&str>(&database, &[]).await;
    send(service.create("lovelace@example.com").header("traceparent", SAMPLED)).await;
    send(service.create("lovelace@example.com").header("authorization", "Bearer charlatan")).await;
    let ended = service.stop().await;

    let [first, second] = ended.lines("request")[..] else {
        panic!("not exactly one line a request: {ended:#?}");
    };
    assert_eq!(first["trace_id"], TRACE_ID);
    assert_ne!(second["trace_id"], TRACE_ID);
    for line in [first, second] {
        assert_eq!((&line["level"], &line["target"]), (&json!("INFO"), &json!("access")));
        assert_eq!(line["http.request.method"], "POST");
        assert_eq!(line["http.route"], "/users");
        assert!(line["timestamp"].is_string() && line["span_id"].is_string());
        assert!(line["duration_seconds"].as_f64().unwrap() > 0.0);
    }
    assert_eq!(second["http.response.status_code"], 409);
    assert!(ended.log.iter().all(Value::is_object), "{ended:#?}");
    let log = json!(ended.log).to_string();
    assert!(!log.contains("lovelace") && !log.contains("charlatan"), "{log}");
}
