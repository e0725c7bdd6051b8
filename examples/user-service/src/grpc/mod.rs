//! The gRPC API: the users over the same domain code as HTTP.

mod config;
mod connection;
mod contract;
mod deadline;
mod health;
mod limit;
mod measure;
mod observe;
mod panic;
pub mod server;
mod status;
mod users;

use std::sync::Arc;

use axum::{Router, middleware::from_fn_with_state};
use tokio::sync::Semaphore;
use tonic::service::Routes;

pub use self::config::GrpcConfig;
use self::{
    contract::v1::user_service_server::UserServiceServer, health::Health, measure::Measure,
    observe::ObserveLayer, users::UserCalls,
};
use crate::{
    state::AppState,
    telemetry::{metrics::Metrics, sampling::Sampling},
};

/// Builds the services, under the layers that every call passes.
///
/// The layers, outermost first:
/// 1. observation: whatever happens further in is timed, logged and traced;
/// 2. panics: a panic further in is `INTERNAL` by the time it is observed;
/// 3. deadline: everything further in shares one time limit;
/// 4. limit of calls: a call too many is `UNAVAILABLE` at once, unless it asks for the health.
///
/// They also surround the answers to unknown services and methods.
fn router(
    state: AppState,
    config: &GrpcConfig,
    health: &Health,
    sampling: Sampling,
    metrics: &Metrics,
) -> Router {
    let limit = config.max_message_size;
    let users = UserServiceServer::new(UserCalls::new(state))
        .max_decoding_message_size(limit)
        .max_encoding_message_size(limit);
    let calls = Arc::new(Semaphore::new(config.max_calls));
    let observe = ObserveLayer::new(sampling, Measure::new(metrics, contract::methods()));
    // All in one: with a call of `Router::layer` each, a call would pass a box for each.
    let layers = (
        observe,
        panic::layer(),
        from_fn_with_state(config.request_timeout, deadline::enforce),
        from_fn_with_state(calls, limit::enforce),
    );
    Routes::new(users)
        .add_service(health.service().max_decoding_message_size(limit))
        .add_service(contract::reflection().max_decoding_message_size(limit))
        .add_service(contract::reflection_v1alpha().max_decoding_message_size(limit))
        .into_axum_router()
        .layer(layers)
}
