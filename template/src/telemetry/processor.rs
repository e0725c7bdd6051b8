//! What becomes of spans that have ended: a bounded queue, one batch after the other, and counts.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use opentelemetry::{Context, StringValue, Value};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor},
};

use super::environment::Environment;
use crate::exception;

/// How often a collector that takes no spans is reported, at most.
const REPORT_INTERVAL: Duration = Duration::from_mins(1);

/// The longest queue that can be asked for: its memory is taken at the start.
const LONGEST_QUEUE: usize = 1 << 20;

/// What became of the spans that the service recorded.
#[derive(Debug, Default)]
pub(super) struct SpanCounts {
    /// Spans that were handed to the exporters.
    pub(super) processed: AtomicU64,
    /// Spans that every exporter delivered.
    pub(super) exported: AtomicU64,
    /// Spans that an exporter did not deliver.
    pub(super) failed: AtomicU64,
    /// Spans that found the queue full.
    pub(super) dropped: AtomicU64,
}

/// Where spans go: all of these share one queue, so that each span is counted once.
#[derive(Debug, Default)]
pub(super) struct Exporters {
    pub(super) console: Option<opentelemetry_stdout::SpanExporter>,
    pub(super) otlp: Option<opentelemetry_otlp::SpanExporter>,
}

impl Exporters {
    /// Tells whether spans go nowhere.
    pub(super) fn is_empty(&self) -> bool {
        self.console.is_none() && self.otlp.is_none()
    }
}

/// A batch processor that counts what it drops, and shortens what is too long.
#[derive(Debug)]
pub(super) struct Processor {
    batch: BatchSpanProcessor,
    counts: Arc<SpanCounts>,
    /// Spans that the exporters have not taken yet, kept below what the batch processor can hold:
    /// it would drop the others without a word.
    waiting: Arc<AtomicUsize>,
    queue_size: usize,
    value_length: usize,
}

impl Processor {
    pub(super) fn new(
        exporters: Exporters,
        environment: &mut Environment,
        counts: &Arc<SpanCounts>,
    ) -> Self {
        let queue_size = environment.number("OTEL_BSP_MAX_QUEUE_SIZE", 1..=LONGEST_QUEUE, 2048);
        let batch_size =
            environment.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 1..=LONGEST_QUEUE, 512);
        let delay = environment.milliseconds("OTEL_BSP_SCHEDULE_DELAY", Duration::from_secs(5));
        let lengths = 0..=usize::MAX;
        let length =
            environment.number("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", lengths.clone(), usize::MAX);
        let value_length =
            environment.number("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", lengths, length);
        let waiting = Arc::new(AtomicUsize::new(0));
        let exporter = Exporter {
            exporters,
            counts: Arc::clone(counts),
            waiting: Arc::clone(&waiting),
            reported: Mutex::new(None),
        };
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(queue_size)
            .with_max_export_batch_size(batch_size)
            .with_scheduled_delay(delay)
            .build();
        Self {
            batch: BatchSpanProcessor::builder(exporter).with_batch_config(config).build(),
            counts: Arc::clone(counts),
            waiting,
            queue_size,
            value_length,
        }
    }
}

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.batch.on_start(span, context);
    }

    fn on_end(&self, mut span: SpanData) {
        if self.waiting.fetch_add(1, Relaxed) >= self.queue_size {
            self.waiting.fetch_sub(1, Relaxed);
            self.counts.dropped.fetch_add(1, Relaxed);
            return;
        }
        if self.value_length < usize::MAX {
            shorten(&mut span, self.value_length);
        }
        self.batch.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batch.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batch.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batch.set_resource(resource);
    }
}

/// Cuts the attributes that are text to `length` characters.
fn shorten(span: &mut SpanData, length: usize) {
    for attribute in &mut span.attributes {
        if let Value::String(text) = &mut attribute.value
            && let Some((end, _)) = text.as_str().char_indices().nth(length)
        {
            *text = StringValue::from(text.as_str()[..end].to_owned());
        }
    }
}

/// Hands batches to the exporters and counts them; reports a collector that takes no spans once a
/// minute at most.
#[derive(Debug)]
struct Exporter {
    exporters: Exporters,
    counts: Arc<SpanCounts>,
    waiting: Arc<AtomicUsize>,
    reported: Mutex<Option<Instant>>,
}

impl Exporter {
    fn report(&self, error: &OTelSdkError, spans: usize) {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.is_none_or(|at| at.elapsed() >= REPORT_INTERVAL) {
            *reported = Some(Instant::now());
            exception!(
                WARN,
                error,
                spans = spans,
                "spans could not be exported; silent about the next failures for a minute"
            );
        }
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.waiting.fetch_sub(spans, Relaxed);
        self.counts.processed.fetch_add(spans as u64, Relaxed);
        let mut result = Ok(());
        // What needs no network goes first.
        if let Some(console) = &self.exporters.console {
            result = result.and(console.export(batch.clone()).await);
        }
        if let Some(otlp) = &self.exporters.otlp {
            result = result.and(otlp.export(batch).await);
        }
        match &result {
            Ok(()) => self.counts.exported.fetch_add(spans as u64, Relaxed),
            Err(error) => {
                self.report(error, spans);
                self.counts.failed.fetch_add(spans as u64, Relaxed)
            }
        };
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let console = self.exporters.console.as_ref();
        let otlp = self.exporters.otlp.as_ref();
        let console = console.map_or(Ok(()), |console| console.shutdown_with_timeout(timeout));
        console.and(otlp.map_or(Ok(()), |otlp| otlp.shutdown_with_timeout(timeout)))
    }

    fn force_flush(&self) -> OTelSdkResult {
        let console = self.exporters.console.as_ref();
        let otlp = self.exporters.otlp.as_ref();
        let console = console.map_or(Ok(()), SpanExporter::force_flush);
        console.and(otlp.map_or(Ok(()), SpanExporter::force_flush))
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(console) = &mut self.exporters.console {
            console.set_resource(resource);
        }
        if let Some(otlp) = &mut self.exporters.otlp {
            otlp.set_resource(resource);
        }
    }
}
