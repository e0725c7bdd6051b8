//! What a request over HTTP may take.

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;
use tower_http::{catch_panic::CatchPanicLayer, timeout::RequestBodyDeadlineLayer};

use crate::deadline::within;

/// How long a request, or a call, may take.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Bounds the time of a request and of its body, the length of that, the number of requests at a
/// time, and what a panic costs.
pub fn layer(router: Router) -> Router {
    // All in one: with a call of `Router::layer` each, a request would pass a box for each.
    router.layer((
        CatchPanicLayer::custom(panicked),
        from_fn_with_state(Arc::new(Semaphore::new(256)), shed_load),
        from_fn_with_state(REQUEST_TIMEOUT, enforce_deadline),
        RequestBodyDeadlineLayer::new(Duration::from_secs(10)),
        DefaultBodyLimit::max(65_536),
    ))
}

async fn enforce_deadline(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match within(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::GATEWAY_TIMEOUT.into_response(),
    }
}

async fn shed_load(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

pub fn panicked(_: Box<dyn Any + Send>) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
