//! Metrics: every name, unit, help text and bucket that the service exposes to Prometheus.
//!
//! The names are those of the OpenTelemetry semantic conventions v1.44.0 in their Prometheus form:
//! dots become underscores, the unit is a suffix, and so is `_total` for what only grows.

pub mod db;
pub mod http;
pub mod pipeline;
pub mod rpc;
pub mod runtime;
pub mod worker;

use std::{
    borrow::Borrow,
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

/// Every metric that the service describes.
const INSTRUMENTS: &[&[&Instrument]] = &[
    // A file each; the metrics of the process describe themselves.
    db::ALL,
    http::ALL,
    pipeline::ALL,
    rpc::ALL,
    runtime::ALL,
    worker::ALL,
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

    const fn gauge(name: &'static str, help: &'static str) -> Self {
        Self { name, unit: Unit::Count, help, kind: Kind::Gauge }
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
        metrics.gauge(&runtime::TARGET_INFO, target_labels(resource)).set(1.0);
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
        for instrument in INSTRUMENTS.iter().copied().flatten() {
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
        let workers = self.gauge(&runtime::TOKIO_WORKERS, Vec::new());
        let tasks = self.gauge(&runtime::TOKIO_ALIVE_TASKS, Vec::new());
        let queue = self.gauge(&runtime::TOKIO_GLOBAL_QUEUE_DEPTH, Vec::new());
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
pub struct Active<G: Borrow<Gauge>>(G);

impl<G: Borrow<Gauge>> Active<G> {
    /// Counts one more.
    #[must_use = "it counts only as long as it lives"]
    pub fn begin(gauge: G) -> Self {
        gauge.borrow().increment(1);
        Self(gauge)
    }
}

impl<G: Borrow<Gauge>> Drop for Active<G> {
    fn drop(&mut self) {
        self.0.borrow().decrement(1);
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
    for instrument in INSTRUMENTS.iter().copied().flatten() {
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
