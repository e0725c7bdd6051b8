//! Metrics: every name, unit, help text and bucket that the service exposes to Prometheus.
//!
//! The names are those of the OpenTelemetry semantic conventions v1.44.0 in their Prometheus form:
//! dots become underscores, the unit is a suffix, and so is `_total` for what only grows.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Recorder as _, Unit,
};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use metrics_process::Collector;
use opentelemetry_sdk::Resource;
use tokio::runtime::Handle;

/// Seconds, as the conventions advise for requests.
const REQUEST_SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// Seconds, as the conventions advise for database calls.
const DATABASE_SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// How long requests took.
pub const HTTP_SERVER_REQUEST_DURATION: Instrument = Instrument::histogram(
    "http_server_request_duration_seconds",
    "Duration of HTTP server requests.",
    REQUEST_SECONDS,
);
/// How many requests are being answered.
pub const HTTP_SERVER_ACTIVE_REQUESTS: Instrument = Instrument::gauge(
    "http_server_active_requests",
    Unit::Count,
    "Number of active HTTP server requests.",
);
/// How long database calls took, the wait for a connection left out.
pub const DB_CLIENT_OPERATION_DURATION: Instrument = Instrument::histogram(
    "db_client_operation_duration_seconds",
    "Duration of database client operations.",
    DATABASE_SECONDS,
);
/// How many connections the pool holds.
pub const DB_CLIENT_CONNECTION_COUNT: Instrument = Instrument::gauge(
    "db_client_connection_count",
    Unit::Count,
    "Number of connections that are currently in the state described by the state label.",
);
/// How many connections the pool may hold.
pub const DB_CLIENT_CONNECTION_MAX: Instrument = Instrument::gauge(
    "db_client_connection_max",
    Unit::Count,
    "Maximum number of open connections allowed.",
);
/// How many idle connections the pool keeps.
pub const DB_CLIENT_CONNECTION_IDLE_MIN: Instrument = Instrument::gauge(
    "db_client_connection_idle_min",
    Unit::Count,
    "Minimum number of idle open connections kept.",
);
/// How many calls wait for a connection.
pub const DB_CLIENT_CONNECTION_PENDING_REQUESTS: Instrument = Instrument::gauge(
    "db_client_connection_pending_requests",
    Unit::Count,
    "Number of pending requests for an open connection.",
);
/// How long calls waited for a connection.
pub const DB_CLIENT_CONNECTION_WAIT_TIME: Instrument = Instrument::histogram(
    "db_client_connection_wait_time_seconds",
    "Time it took to obtain an open connection from the pool.",
    DATABASE_SECONDS,
);
/// How long connections were borrowed.
pub const DB_CLIENT_CONNECTION_USE_TIME: Instrument = Instrument::histogram(
    "db_client_connection_use_time_seconds",
    "Time between borrowing a connection and returning it to the pool.",
    DATABASE_SECONDS,
);
/// How often there was no connection in time.
pub const DB_CLIENT_CONNECTION_TIMEOUTS: Instrument = Instrument::counter(
    "db_client_connection_timeouts_total",
    "Number of times that no connection could be obtained in time.",
);
/// What became of the spans that were recorded.
pub const OTEL_SDK_EXPORTER_SPAN_EXPORTED: Instrument = Instrument::counter(
    "otel_sdk_exporter_span_exported_total",
    "Number of spans for which the export has finished; those with an error type were lost.",
);
/// What became of the spans that were to be exported.
pub const OTEL_SDK_PROCESSOR_SPAN_PROCESSED: Instrument = Instrument::counter(
    "otel_sdk_processor_span_processed_total",
    "Number of spans that were handed to the exporter; those with an error type were lost.",
);
/// How many log lines were lost.
pub const LOG_LINES_DROPPED: Instrument = Instrument::counter(
    "log_lines_dropped_total",
    "Number of log lines that were lost because stdout was read too slowly.",
);
const TARGET_INFO: Instrument =
    Instrument::gauge("target_info", Unit::Count, "Attributes of the service instance.");
const TOKIO_WORKERS: Instrument = Instrument::gauge(
    "tokio_workers",
    Unit::Count,
    "Number of worker threads of the tokio runtime.",
);
const TOKIO_ALIVE_TASKS: Instrument = Instrument::gauge(
    "tokio_alive_tasks",
    Unit::Count,
    "Number of tasks of the tokio runtime that have not ended.",
);
const TOKIO_GLOBAL_QUEUE_DEPTH: Instrument = Instrument::gauge(
    "tokio_global_queue_depth",
    Unit::Count,
    "Number of tasks in the global queue of the tokio runtime.",
);

/// Every metric whose description the service gives; those of the process describe themselves.
const INSTRUMENTS: &[&Instrument] = &[
    &HTTP_SERVER_REQUEST_DURATION,
    &HTTP_SERVER_ACTIVE_REQUESTS,
    &DB_CLIENT_OPERATION_DURATION,
    &DB_CLIENT_CONNECTION_COUNT,
    &DB_CLIENT_CONNECTION_MAX,
    &DB_CLIENT_CONNECTION_IDLE_MIN,
    &DB_CLIENT_CONNECTION_PENDING_REQUESTS,
    &DB_CLIENT_CONNECTION_WAIT_TIME,
    &DB_CLIENT_CONNECTION_USE_TIME,
    &DB_CLIENT_CONNECTION_TIMEOUTS,
    &OTEL_SDK_EXPORTER_SPAN_EXPORTED,
    &OTEL_SDK_PROCESSOR_SPAN_PROCESSED,
    &LOG_LINES_DROPPED,
    &TARGET_INFO,
    &TOKIO_WORKERS,
    &TOKIO_ALIVE_TASKS,
    &TOKIO_GLOBAL_QUEUE_DEPTH,
];

/// One metric: its name in the exposition, its unit and what it says.
#[derive(Debug)]
pub struct Instrument {
    name: &'static str,
    unit: Unit,
    help: &'static str,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Counter,
    Gauge,
    Histogram(&'static [f64]),
}

impl Instrument {
    const fn counter(name: &'static str, help: &'static str) -> Self {
        Self { name, unit: Unit::Count, help, kind: Kind::Counter }
    }

    const fn gauge(name: &'static str, unit: Unit, help: &'static str) -> Self {
        Self { name, unit, help, kind: Kind::Gauge }
    }

    const fn histogram(name: &'static str, help: &'static str, buckets: &'static [f64]) -> Self {
        Self { name, unit: Unit::Seconds, help, kind: Kind::Histogram(buckets) }
    }
}

/// The metrics of one service: made once, recorded through handles, read by Prometheus.
///
/// There is no global recorder, so that two services in one process, as in tests, do not mix.
/// A handle costs a look-up with its labels: obtain it once and keep it.
#[derive(Clone)]
pub struct Metrics(Arc<Registry>);

struct Registry {
    recorder: PrometheusRecorder,
    exposition: PrometheusHandle,
    process: Collector,
    observers: Mutex<Vec<Box<dyn Fn() + Send + Sync>>>,
}

impl Metrics {
    pub(super) fn new(resource: &Resource) -> Self {
        let recorder = recorder();
        let metrics = Self(Arc::new(Registry {
            exposition: recorder.handle(),
            recorder,
            process: Collector::default(),
            observers: Mutex::default(),
        }));
        metrics.describe();
        metrics.gauge(&TARGET_INFO, target_labels(resource)).set(1.0);
        metrics.observe_runtime();
        metrics
    }

    /// Returns the handle of a counter with these labels.
    pub fn counter(&self, instrument: &Instrument, labels: Vec<Label>) -> Counter {
        debug_assert!(matches!(instrument.kind, Kind::Counter), "{instrument:?}");
        self.0.recorder.register_counter(&Key::from_parts(instrument.name, labels), &METADATA)
    }

    /// Returns the handle of a gauge with these labels.
    pub fn gauge(&self, instrument: &Instrument, labels: Vec<Label>) -> Gauge {
        debug_assert!(matches!(instrument.kind, Kind::Gauge), "{instrument:?}");
        self.0.recorder.register_gauge(&Key::from_parts(instrument.name, labels), &METADATA)
    }

    /// Returns the handle of a histogram with these labels.
    pub fn histogram(&self, instrument: &Instrument, labels: Vec<Label>) -> Histogram {
        debug_assert!(matches!(instrument.kind, Kind::Histogram(_)), "{instrument:?}");
        self.0.recorder.register_histogram(&Key::from_parts(instrument.name, labels), &METADATA)
    }

    /// Has `observer` bring its metrics up to date before each scrape.
    pub fn on_scrape(&self, observer: impl Fn() + Send + Sync + 'static) {
        self.observers().push(Box::new(observer));
    }

    /// Renders the metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        for observer in self.observers().iter() {
            observer();
        }
        metrics::with_local_recorder(&self.0.recorder, || self.0.process.collect());
        self.0.exposition.render()
    }

    /// Folds the samples of histograms into their buckets.
    ///
    /// Until then each sample is kept, so this must be called regularly even if nobody scrapes.
    pub fn fold(&self) {
        self.0.exposition.run_upkeep();
    }

    fn observers(&self) -> std::sync::MutexGuard<'_, Vec<Box<dyn Fn() + Send + Sync>>> {
        self.0.observers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn describe(&self) {
        for instrument in INSTRUMENTS {
            let name = KeyName::from_const_str(instrument.name);
            let (unit, help) = (Some(instrument.unit), instrument.help.into());
            match instrument.kind {
                Kind::Counter => self.0.recorder.describe_counter(name, unit, help),
                Kind::Gauge => self.0.recorder.describe_gauge(name, unit, help),
                Kind::Histogram(_) => self.0.recorder.describe_histogram(name, unit, help),
            }
        }
        metrics::with_local_recorder(&self.0.recorder, || self.0.process.describe());
    }

    fn observe_runtime(&self) {
        let workers = self.gauge(&TOKIO_WORKERS, Vec::new());
        let tasks = self.gauge(&TOKIO_ALIVE_TASKS, Vec::new());
        let queue = self.gauge(&TOKIO_GLOBAL_QUEUE_DEPTH, Vec::new());
        let runtime = Handle::current().metrics();
        self.on_scrape(move || {
            workers.set(count(runtime.num_workers()));
            tasks.set(count(runtime.num_alive_tasks()));
            queue.set(count(runtime.global_queue_depth()));
        });
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Something that is going on, counted by a gauge until it is dropped.
#[derive(Debug)]
pub struct Active(Gauge);

impl Active {
    /// Counts one more.
    #[must_use = "it counts only as long as it lives"]
    pub fn begin(gauge: &Gauge) -> Self {
        gauge.increment(1);
        Self(gauge.clone())
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// Turns a number of things into the value of a gauge.
#[expect(clippy::cast_precision_loss, reason = "nothing here is counted beyond 2^52")]
pub fn count(things: usize) -> f64 {
    things as f64
}

static METADATA: Metadata<'static> =
    Metadata::new(env!("CARGO_CRATE_NAME"), Level::INFO, Some(module_path!()));

fn recorder() -> PrometheusRecorder {
    let mut builder = PrometheusBuilder::new();
    for instrument in INSTRUMENTS {
        if let Kind::Histogram(buckets) = instrument.kind {
            builder = builder
                .set_buckets_for_metric(Matcher::Full(instrument.name.to_owned()), buckets)
                .expect("every histogram has buckets");
        }
    }
    builder.build_recorder()
}

/// Turns the attributes of the resource into labels: `service.name` becomes `service_name`.
fn target_labels(resource: &Resource) -> Vec<Label> {
    let mut labels: Vec<_> = resource
        .iter()
        .map(|(key, value)| {
            let name = key.as_str().replace(|char: char| !char.is_ascii_alphanumeric(), "_");
            Label::new(name, value.to_string())
        })
        .collect();
    labels.sort();
    labels
}
