//! A handler that panics, and what the log tells of a panic.

use std::env;

use axum::{Router, http::StatusCode, routing::get};
use serde_json::Value;

use super::logged_alone;
use crate::support::{client, log_as_the_service, send, serve};

/// Is set for the process that is to panic.
const PANICS: &str = "TEST_PANICS";

#[tokio::test]
async fn a_panic_costs_one_request_and_is_a_recorded_500() {
    let routes = Router::new()
        .route("/fine", get("fine"))
        .route("/broken", get(async || -> StatusCode { panic!("s3cret") }));
    let (url, metrics) = serve(routes).await;
    let client = client();

    let broken = send(client.get(format!("{url}/broken"))).await;
    let fine = send(client.get(format!("{url}/fine"))).await;

    broken.problem(500);
    assert!(!broken.body.contains("s3cret"), "{}", broken.body);
    assert_eq!(fine.status, 200);
    let metrics = metrics.render();
    let count = r#"http_route="/broken",http_response_status_code="500",error_type="panic"} 1"#;
    assert!(metrics.contains(count), "{count} is not in {metrics}");
    let active = r#"http_server_active_requests{http_request_method="GET",url_scheme="http"} 0"#;
    assert!(metrics.contains(active), "{active} is not in {metrics}");
}

#[tokio::test]
async fn a_panic_is_logged_with_its_place() {
    if env::var_os(PANICS).is_some() {
        let _telemetry = log_as_the_service();
        panic!("as it was told to");
    }

    let line = line();

    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["exception.message"], "as it was told to");
    assert_eq!(line["code.file.path"], file!());
    assert!(line["code.line.number"].is_u64(), "{line}");
}

/// Has a process panic, and returns the log line that tells of it.
///
/// Nothing that a client can do makes the service panic, so it is that test.
pub fn line() -> Value {
    logged_alone("faults::panics::a_panic_is_logged_with_its_place", PANICS, "panicked")
}
