//! What the service tells about itself: traces, metrics and logs, one file each.

mod environment;
mod exception;
mod hex;
mod lines;
mod logs;
pub mod metrics;
mod otlp;
mod output;
mod processor;
mod resource;
pub mod sampling;
mod traces;

use std::{
    panic::{self, Location},
    sync::atomic::Ordering::Relaxed,
    time::Duration,
};

use ::metrics::Label;
use opentelemetry::{Context, trace::TraceContextExt as _};
use opentelemetry_sdk::Resource;
use opentelemetry_semantic_conventions::attribute::{
    CODE_FILE_PATH, CODE_LINE_NUMBER, EXCEPTION_MESSAGE, EXCEPTION_TYPE,
};
use tracing::Metadata;
use tracing_subscriber::{
    Layer as _,
    filter::{FilterExt as _, LevelFilter, Targets, filter_fn},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

pub use self::{environment::Environment, otlp::Error, traces::remote_context};
use self::{
    lines::{LastLines, Lines},
    metrics::{
        Metrics,
        pipeline::{LOG_LINES_DROPPED, SPANS_EXPORTED, SPANS_PROCESSED},
    },
    sampling::Sampling,
    traces::Traces,
};
use crate::{config::LogConfig, exception, tls};

/// How long the last spans may take to reach the collector when the service ends.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// The telemetry of the process, alive as long as this value is.
#[derive(Debug)]
pub struct Telemetry {
    resource: Resource,
    traces: Traces,
    lines: Lines,
    _last_lines: LastLines,
}

impl Telemetry {
    /// Sets up traces and logs as the environment of the process asks, for the whole process.
    ///
    /// # Errors
    /// The same as those of [`Self::init_with`].
    ///
    /// # Panics
    /// If called twice in a process, or outside a tokio runtime.
    pub fn init(config: &LogConfig) -> Result<Self, Error> {
        Self::init_with(config, Environment::of_process())
    }

    /// Sets up traces and logs as `environment` asks, for the whole process.
    ///
    /// # Errors
    /// A certificate, key or endpoint that cannot be used. Values that the OpenTelemetry
    /// specification wants ignored are logged as warnings instead.
    ///
    /// # Panics
    /// If called twice in a process, or outside a tokio runtime.
    pub fn init_with(config: &LogConfig, mut environment: Environment) -> Result<Self, Error> {
        tls::install_provider();
        let resource = resource::resource(&mut environment);
        let traces = Traces::new(&mut environment, &resource)?;
        let stdout = output::stdout().expect("stdout can be opened when the service starts");
        let (lines, last_lines) = Lines::to(stdout);
        let spans = traces.tracer().map(|tracer| {
            tracing_opentelemetry::layer()
                .with_tracer(tracer)
                .with_location(false)
                .with_threads(false)
                .with_target(false)
                .with_tracked_inactivity(false)
                .with_filter(filter_fn(is_own_span))
        });
        let logged = quiet(&config.filter);
        let events =
            filter_fn(|metadata| !metadata.is_span()).with_max_level_hint(max_level(&logged));
        tracing_subscriber::registry()
            .with(spans)
            .with(logs::layer(config.format, lines.clone()).with_filter(logged.and(events)))
            .init();
        for warning in environment.into_warnings() {
            tracing::warn!(warning, "an OTEL variable cannot be used");
        }
        Ok(Self { resource, traces, lines, _last_lines: last_lines })
    }

    /// Returns what decides which requests are traced.
    pub fn sampling(&self) -> &Sampling {
        &self.traces.sampling
    }

    /// Makes the metrics of one service, those of traces and logs already among them.
    ///
    /// # Panics
    /// If called outside a tokio runtime.
    pub fn metrics(&self) -> Metrics {
        let metrics = Metrics::new(&self.resource);
        let lost = |error: &'static str| vec![Label::new("error_type", error)];
        let processed = metrics.counter(&SPANS_PROCESSED, Vec::new());
        let dropped = metrics.counter(&SPANS_PROCESSED, lost("queue_full"));
        let exported = metrics.counter(&SPANS_EXPORTED, Vec::new());
        let failed = metrics.counter(&SPANS_EXPORTED, lost("export_failed"));
        let dropped_lines = metrics.counter(&LOG_LINES_DROPPED, Vec::new());
        let (counts, lines) = (self.traces.counts.clone(), self.lines.clone());
        metrics.on_scrape(move || {
            processed.absolute(counts.processed.load(Relaxed));
            dropped.absolute(counts.dropped.load(Relaxed));
            exported.absolute(counts.exported.load(Relaxed));
            failed.absolute(counts.failed.load(Relaxed));
            dropped_lines.absolute(lines.dropped());
        });
        metrics
    }

    /// Delivers the last spans and log lines, for five seconds at most.
    pub async fn shutdown(self) {
        let Some(provider) = self.traces.provider.clone() else {
            return;
        };
        // The exporter may need the runtime to make progress, so it must not block a worker.
        let flush =
            tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH_TIMEOUT));
        match tokio::time::timeout(FLUSH_TIMEOUT, flush).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => {
                exception!(WARN, &error, "the last spans were not delivered");
            }
            Ok(Err(_)) | Err(_) => tracing::warn!("the last spans were not delivered in time"),
        }
    }
}

/// Returns the trace id of the current work as 32 hexadecimal digits, sampled or not.
pub fn trace_id() -> Option<String> {
    Context::map_current(|context| {
        let span = context.span();
        let ids = span.span_context();
        ids.is_valid().then(|| ids.trace_id().to_string())
    })
}

/// Logs panics like other errors, in the trace where they happen, instead of on stderr.
pub fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        tracing::error!(
            { EXCEPTION_TYPE } = "panic",
            { EXCEPTION_MESSAGE } = panic.payload_as_str().unwrap_or_default(),
            { CODE_FILE_PATH } = panic.location().map(Location::file),
            { CODE_LINE_NUMBER } = panic.location().map(Location::line),
            message = "panicked"
        );
    }));
}

/// Tells whether a span is one of this crate: those of the exporter's libraries would feed itself.
fn is_own_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().split("::").next() == Some(env!("CARGO_CRATE_NAME"))
}

/// Returns the most verbose level that a filter lets through somewhere.
///
/// A filter that gives no such hint has libraries prepare what is then thrown away: sqlx sums up
/// every statement.
fn max_level(filter: &Targets) -> LevelFilter {
    let levels = filter.iter().map(|(_, level)| level).chain(filter.default_level());
    levels.max().unwrap_or(LevelFilter::OFF)
}

/// Silences the OpenTelemetry crates unless the filter names them: each failed export would be a
/// line, where the service reports a collector that is away once a minute.
fn quiet(filter: &Targets) -> Targets {
    let named = filter.iter().any(|(target, _)| target.starts_with("opentelemetry"));
    if named {
        filter.clone()
    } else {
        filter.clone().with_target("opentelemetry", LevelFilter::OFF)
    }
}
