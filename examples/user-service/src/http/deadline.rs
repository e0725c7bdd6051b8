//! The time limit of a request.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::timeout;

use super::problem::Problem;

/// Gives up a request that takes longer than the limit, and answers 504 in its place.
pub async fn enforce(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(elapsed) => Problem::timed_out(&elapsed).into_response(),
    }
}
