//! The HTTP API.

mod deadline;
mod health;
mod json;
pub mod measure;
pub mod observe;
mod openapi;
mod overload;
mod panic;
mod parameters;
mod problem;
mod redact;
pub mod server;
mod users;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, http::StatusCode, middleware::from_fn_with_state};
use tokio::sync::Semaphore;
use tower_http::timeout::RequestBodyDeadlineLayer;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{observe::ObserveLayer, openapi::Contract, problem::Problem};
use crate::{config::HttpConfig, state::AppState};

/// Builds the service: every route, under the layers that every request passes.
pub fn router(state: AppState, config: &HttpConfig, observe: ObserveLayer) -> Router {
    let (routes, document) = api().split_for_parts();
    let routes = routes
        .merge(openapi::router(&document))
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .with_state(state);
    layered(routes, config, observe)
}

/// Puts the layers that every request passes around routes.
///
/// The layers, outermost first:
/// 1. observation: whatever happens further in is counted, timed, logged and traced;
/// 2. panics: a panic further in is a 500 by the time it is observed;
/// 3. overload: one request too many is refused at once;
/// 4. deadline: everything further in shares one time limit;
/// 5. body limits, in size and time: for the extractors, which are what reads a body.
///
/// They also surround the answers to unknown paths and methods.
pub fn layered(routes: Router, config: &HttpConfig, observe: ObserveLayer) -> Router {
    let places = Arc::new(Semaphore::new(config.max_concurrent_requests));
    // All in one: with a call of `Router::layer` each, a request would pass a box for each.
    routes.layer((
        observe,
        panic::layer(),
        from_fn_with_state(places, overload::shed),
        from_fn_with_state(config.request_timeout, deadline::enforce),
        RequestBodyDeadlineLayer::new(config.body_read_timeout),
        DefaultBodyLimit::max(config.body_limit),
    ))
}

/// Returns the contract of the API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().into_openapi()
}

/// Builds the routes that are part of the contract; each is written down and served from one place.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Contract::openapi())
        .routes(routes!(health::health))
        .merge(users::router())
}

async fn unknown_path() -> Problem {
    Problem::refused(StatusCode::NOT_FOUND, "There is nothing at this path.")
}

async fn unknown_method() -> Problem {
    Problem::refused(
        StatusCode::METHOD_NOT_ALLOWED,
        "This path does not support the method; the header Allow lists those it does.",
    )
}
