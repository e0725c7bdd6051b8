//! The listener for operators: metrics and probes.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::sync::watch;

use crate::telemetry::metrics::{Metrics, runtime::SERVICE_READY};

/// The media type of Prometheus' text format.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Whether the service wants requests: once it has started, and until it is asked to stop.
#[derive(Clone, Debug, Default)]
pub struct Readiness(watch::Sender<bool>);

impl Readiness {
    /// Tells the world.
    pub fn set(&self, ready: bool) {
        self.0.send_replace(ready);
    }

    /// Returns what tells it to those who ask.
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

/// Builds the routes `/metrics`, `/livez` and `/readyz`.
///
/// Readiness does not look at the database: if that fails, all instances fail alike, and taking
/// them out of rotation would turn errors with a reason into refused connections.
pub fn router(metrics: Metrics, readiness: watch::Receiver<bool>) -> Router {
    observe_readiness(&metrics, readiness.clone());
    Router::new()
        .route("/metrics", get(exposition).with_state(metrics))
        .route("/livez", get("ok"))
        .route("/readyz", get(ready).with_state(readiness))
}

/// Has the metrics say what `/readyz` says, for alerts.
fn observe_readiness(metrics: &Metrics, readiness: watch::Receiver<bool>) {
    let ready = metrics.gauge(&SERVICE_READY, Vec::new());
    metrics.on_scrape(move || ready.set(u8::from(*readiness.borrow())));
}

async fn exposition(State(metrics): State<Metrics>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, EXPOSITION)], metrics.render())
}

async fn ready(State(readiness): State<watch::Receiver<bool>>) -> impl IntoResponse {
    if *readiness.borrow() {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    }
}
