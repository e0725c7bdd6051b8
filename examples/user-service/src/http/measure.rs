//! The metrics of requests.
//!
//! No label takes a value that a client chooses: methods and routes are known, whatever the path.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use axum::http::StatusCode;
use metrics::{Gauge, Histogram, Label};
use utoipa::openapi::OpenApi;

use crate::telemetry::metrics::{
    Active, Metrics,
    http::{ACTIVE_REQUESTS, REQUEST_DURATION},
};

/// The methods that telemetry tells apart.
pub(super) const METHODS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];

/// Stands for every other method.
pub(super) const OTHER: &str = "_OTHER";

/// The scheme of all requests: TLS ends in front of the service.
pub(super) const SCHEME: &str = "http";

/// How a request was made, and how it ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Outcome {
    pub(super) method: &'static str,
    pub(super) version: &'static str,
    /// `None` if there was nobody left to answer.
    pub(super) status: Option<StatusCode>,
    /// What it failed of, where the status does not say enough.
    pub(super) failure: Option<&'static str>,
}

impl Outcome {
    /// Returns `error.type`: the kind of failure, else the status of a 5xx.
    pub(super) fn error_type(&self) -> Option<&str> {
        let status = self.status.as_ref().filter(|status| status.is_server_error());
        self.failure.or(status.map(StatusCode::as_str))
    }
}

/// The metrics of requests, by handles that are looked up once: with its labels, that takes longer
/// than all else. Among so few names, to compare is quicker than to hash.
#[derive(Debug)]
pub struct Measure {
    metrics: Metrics,
    active: Vec<(&'static str, Gauge)>,
    /// By route and outcome; the route of a request that matches none is empty.
    durations: RwLock<BTreeMap<Box<str>, Outcomes>>,
}

/// The handles of the outcomes that a route has had.
type Outcomes = Vec<(Outcome, Histogram)>;

impl Measure {
    /// Prepares the metrics; those of successes in the contract exist from the first scrape.
    pub fn new(metrics: Metrics, contract: &OpenApi) -> Self {
        let active = METHODS.into_iter().chain([OTHER]).map(|method| {
            let labels =
                vec![Label::new("http_request_method", method), Label::new("url_scheme", SCHEME)];
            (method, metrics.gauge(&ACTIVE_REQUESTS, labels))
        });
        let measure = Self { active: active.collect(), metrics, durations: RwLock::default() };
        for (route, outcome) in successes(contract) {
            let _exists_from_now_on = measure.duration_handle(route, outcome);
        }
        measure
    }

    /// Counts a request as long as the returned value lives.
    pub(super) fn begin(&self, method: &'static str) -> Active<Gauge> {
        let known = self.active.iter().find(|(known, _)| *known == method);
        let (_, gauge) = known.expect("every method that telemetry tells apart has a gauge");
        Active::begin(gauge.clone())
    }

    /// Records how long a request took.
    pub(super) fn end(&self, route: Option<&str>, outcome: Outcome, duration: Duration) {
        let route = route.unwrap_or_default();
        let durations = self.durations.read().unwrap_or_else(PoisonError::into_inner);
        let mut known = durations.get(route).into_iter().flatten();
        if let Some((_, handle)) = known.find(|(known, _)| *known == outcome) {
            handle.record(duration);
        } else {
            drop(durations);
            self.duration_handle(route, outcome).record(duration);
        }
    }

    fn duration_handle(&self, route: &str, outcome: Outcome) -> Histogram {
        let handle = self.metrics.histogram(&REQUEST_DURATION, labels(route, &outcome));
        let mut durations = self.durations.write().unwrap_or_else(PoisonError::into_inner);
        let known = durations.entry(route.into()).or_default();
        if !known.iter().any(|(known, _)| *known == outcome) {
            known.push((outcome, handle.clone()));
        }
        handle
    }
}

fn labels(route: &str, outcome: &Outcome) -> Vec<Label> {
    let mut labels = vec![
        Label::new("http_request_method", outcome.method),
        Label::new("network_protocol_version", outcome.version),
        Label::new("url_scheme", SCHEME),
    ];
    let optional = [
        ("http_route", Some(route).filter(|route| !route.is_empty())),
        ("http_response_status_code", outcome.status.as_ref().map(StatusCode::as_str)),
        ("error_type", outcome.error_type()),
    ];
    labels.extend(
        optional.into_iter().filter_map(|(name, value)| Some(Label::new(name, value?.to_owned()))),
    );
    labels
}

/// Lists the successful outcomes that the contract promises.
fn successes(contract: &OpenApi) -> impl Iterator<Item = (&str, Outcome)> {
    contract.paths.paths.iter().flat_map(|(route, path)| {
        let operations = [
            ("GET", &path.get),
            ("POST", &path.post),
            ("PUT", &path.put),
            ("PATCH", &path.patch),
            ("DELETE", &path.delete),
        ];
        operations.into_iter().flat_map(move |(method, operation)| {
            let responses =
                operation.iter().flat_map(|operation| operation.responses.responses.keys());
            responses.filter_map(|status| status.parse().ok()).filter(StatusCode::is_success).map(
                move |status| {
                    let status = Some(status);
                    (route.as_str(), Outcome { method, version: "1.1", status, failure: None })
                },
            )
        })
    })
}
