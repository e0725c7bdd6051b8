//! A handler that panics.

use axum::{Router, http::StatusCode, routing::get};

use crate::support::{client, send, serve};

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
