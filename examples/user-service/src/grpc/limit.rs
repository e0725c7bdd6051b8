//! The limit of calls at a time.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tokio::sync::Semaphore;
use tonic::server::NamedService;
use tonic_health::{pb::health_server::HealthServer, server::HealthService};

use super::status;

/// Refuses a call where there are as many as there may be: waiting would only make all of them
/// late.
///
/// Questions about the health are let through: whoever is overloaded must not look dead.
pub(super) async fn enforce(
    State(calls): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    if is_about_health(request.uri().path()) {
        return next.run(request).await;
    }
    match calls.try_acquire() {
        Ok(_permit) => next.run(request).await,
        Err(_) => status::overloaded().into_http(),
    }
}

fn is_about_health(path: &str) -> bool {
    path.strip_prefix('/')
        .and_then(|path| path.strip_prefix(<HealthServer<HealthService> as NamedService>::NAME))
        .is_some_and(|method| method.starts_with('/'))
}
