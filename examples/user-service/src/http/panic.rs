//! Panics of handlers: each costs one request, and ends as a 500.

use std::any::Any;

use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use super::problem::Problem;

/// The layer that turns a panic into a response.
pub type Layer = CatchPanicLayer<fn(Box<dyn Any + Send>) -> Response>;

/// Builds the layer.
pub fn layer() -> Layer {
    CatchPanicLayer::custom(respond)
}

fn respond(_: Box<dyn Any + Send>) -> Response {
    Problem::panicked().into_response()
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::{Body, to_bytes},
        extract::Request,
        http::{StatusCode, header},
        routing::get,
    };
    use tower::Service as _;

    use super::*;
    use crate::http::{observe::ErrorType, problem::MEDIA_TYPE};

    #[tokio::test]
    async fn a_panic_becomes_a_500_that_tells_nothing() {
        let mut router = Router::new()
            .route("/", get(async || -> StatusCode { panic!("s3cret") }))
            .layer(layer());

        let response = router.call(Request::new(Body::empty())).await.unwrap();

        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
        assert_eq!(response.extensions().get::<ErrorType>().unwrap().0, "panic");
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("s3cret"));
    }
}
