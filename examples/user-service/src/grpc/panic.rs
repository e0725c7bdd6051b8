//! Panics of methods: each costs one call, and ends as INTERNAL.

use std::any::Any;

use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;

use super::status;

/// The layer that turns a panic into a status.
pub(super) type Layer = CatchPanicLayer<fn(Box<dyn Any + Send>) -> Response>;

/// Builds the layer.
pub(super) fn layer() -> Layer {
    CatchPanicLayer::custom(respond)
}

fn respond(_: Box<dyn Any + Send>) -> Response {
    status::panicked().into_http()
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::Body,
        extract::Request,
        http::{StatusCode, header},
        routing::post,
    };
    use tower::Service as _;

    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_status_that_tells_nothing() {
        let mut router = Router::new()
            .route("/", post(async || -> StatusCode { panic!("s3cret") }))
            .layer(layer());

        let request = Request::post("/").body(Body::empty()).unwrap();
        let response = router.call(request).await.unwrap();

        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/grpc");
        assert_eq!(response.headers()["grpc-status"], "13");
        assert!(!response.headers()["grpc-message"].to_str().unwrap().contains("s3cret"));
    }
}
