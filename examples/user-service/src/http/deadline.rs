//! The time limit of a request.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::problem::Problem;
use crate::deadline::within;

/// Gives up a request that takes longer than the limit, and answers 504 in its place.
pub async fn enforce(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match within(limit, next.run(request)).await {
        Ok(response) => response,
        Err(elapsed) => Problem::timed_out(&elapsed).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Router, body::Body, http::StatusCode, middleware::from_fn_with_state, routing::get,
    };
    use tokio::time::sleep;
    use tower::Service;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_request_has_as_long_as_the_limit_and_no_longer() {
        let limit = Duration::from_secs(30);
        for (milliseconds, status) in
            [(29_999, StatusCode::OK), (30_001, StatusCode::GATEWAY_TIMEOUT)]
        {
            let mut router = Router::new()
                .route("/", get(move || sleep(Duration::from_millis(milliseconds))))
                .layer(from_fn_with_state(limit, enforce));
            let response = router.call(Request::new(Body::empty())).await;
            assert_eq!(response.map(|response| response.status()), Ok(status), "{milliseconds} ms");
        }
    }
}
