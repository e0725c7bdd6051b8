//! The metrics of calls.
//!
//! No label takes a value that a client chooses: methods that do not exist are one.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/>

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use metrics::{Histogram, Label};
use tonic::Code;

use crate::telemetry::metrics::{Metrics, rpc::SERVER_CALL_DURATION};

/// Stands for every method that does not exist.
pub(super) const OTHER: &str = "_OTHER";

/// The name of gRPC in telemetry.
pub(super) const SYSTEM: &str = "grpc";

/// The names of all codes, in the order of their numbers.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// Returns the name of a code.
pub(super) fn name(code: Code) -> &'static str {
    CODES[code as usize]
}

/// Returns `error.type`: the name of a code with which a server fails, not its client.
pub(super) fn error_type(code: Code) -> Option<&'static str> {
    let fails = matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    );
    fails.then(|| name(code))
}

/// The metrics of calls, by handles that are looked up once: with its labels, that takes longer
/// than all else.
#[derive(Debug)]
pub(super) struct Measure {
    methods: HashMap<String, Arc<Method>>,
    other: Arc<Method>,
}

/// A method, and how long calls to it took.
#[derive(Debug)]
pub(super) struct Method {
    name: String,
    metrics: Metrics,
    /// By the number of the code.
    durations: [OnceLock<Histogram>; CODES.len()],
}

impl Measure {
    /// Prepares the metrics of these methods; those of successes exist from the first scrape.
    pub(super) fn new(metrics: &Metrics, methods: impl Iterator<Item = String>) -> Self {
        let prepare = |name: String| {
            let method = Method::new(name.clone(), metrics.clone());
            let _exists_from_now_on = method.duration(Code::Ok);
            (name, Arc::new(method))
        };
        let other = Arc::new(Method::new(OTHER.to_owned(), metrics.clone()));
        Self { methods: methods.map(prepare).collect(), other }
    }

    /// Returns a method as telemetry knows it, so that clients cannot make up new ones.
    pub(super) fn method(&self, name: &str) -> Arc<Method> {
        Arc::clone(self.methods.get(name).unwrap_or(&self.other))
    }
}

impl Method {
    fn new(name: String, metrics: Metrics) -> Self {
        Self { name, metrics, durations: Default::default() }
    }

    /// Returns the name, which is `_OTHER` for a method that does not exist.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Records how long a call took.
    pub(super) fn record(&self, code: Code, duration: Duration) {
        self.duration(code).record(duration);
    }

    fn duration(&self, code: Code) -> &Histogram {
        self.durations[code as usize].get_or_init(|| {
            let mut labels = vec![
                Label::new("rpc_system_name", SYSTEM),
                Label::new("rpc_method", self.name.clone()),
                Label::new("rpc_response_status_code", name(code)),
            ];
            labels.extend(error_type(code).map(|error_type| Label::new("error_type", error_type)));
            self.metrics.histogram(&SERVER_CALL_DURATION, labels)
        })
    }
}
