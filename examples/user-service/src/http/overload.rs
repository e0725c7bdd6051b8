//! The limit on requests that are answered at a time.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;

use super::{health, problem::Problem};

/// Refuses a request at once if there are as many as the service is to handle.
///
/// To queue them would only make all of them late. The health check passes: a busy service is not
/// a broken one.
pub async fn shed(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    if request.uri().path() == health::PATH {
        return next.run(request).await;
    }
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => Problem::overloaded().into_response(),
    }
}
