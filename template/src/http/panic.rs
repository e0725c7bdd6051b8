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
