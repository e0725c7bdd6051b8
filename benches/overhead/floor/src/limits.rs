//! What a request may take.

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tokio::{sync::Semaphore, time::timeout};
use tower_http::{catch_panic::CatchPanicLayer, timeout::RequestBodyDeadlineLayer};

/// Bounds the time of a request, the number of those at a time, and what a panic costs.
pub fn layer(router: Router, places: usize) -> Router {
    router.layer((
        CatchPanicLayer::custom(panicked),
        from_fn_with_state(Arc::new(Semaphore::new(places)), shed_load),
        from_fn_with_state(Duration::from_secs(30), enforce_deadline),
        RequestBodyDeadlineLayer::new(Duration::from_secs(10)),
    ))
}

async fn enforce_deadline(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match timeout(limit, next.run(request)).await {
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

fn panicked(_: Box<dyn Any + Send>) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
