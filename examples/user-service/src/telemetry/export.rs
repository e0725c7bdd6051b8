//! Export of spans: which exporters there are, and what becomes of the spans that reach them.

use std::{
    fs, io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{Context, StringValue, Value};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
    WithTonicConfig as _,
    tonic_types::transport::{Certificate, ClientTlsConfig, Identity},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{self, BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanProcessor},
};

use super::environment::Environment;

/// How often a collector that takes no spans is reported, at most.
const REPORT_INTERVAL: Duration = Duration::from_mins(1);

/// The content of a file with a certificate or key.
type Pem = Vec<u8>;

/// Why spans cannot be exported as configured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A certificate or key cannot be read.
    #[error("cannot read `{path}`, named by OTEL_EXPORTER_OTLP_{setting}: {source}")]
    Certificate {
        /// The variable's name after `OTEL_EXPORTER_OTLP_`.
        setting: &'static str,
        /// The file.
        path: String,
        /// What reading it said.
        source: io::Error,
    },
    /// The HTTP client refuses the certificates.
    #[error("cannot set up OTLP over HTTP: {0}")]
    Client(#[from] reqwest::Error),
    /// The exporter refuses its settings.
    #[error("cannot set up the OTLP exporter: {0}")]
    Exporter(#[from] ExporterBuildError),
}

/// What became of the spans that the service recorded.
#[derive(Debug, Default)]
pub(super) struct SpanCounts {
    /// Spans that were handed to the exporter.
    pub(super) processed: AtomicU64,
    /// Spans that the collector took.
    pub(super) exported: AtomicU64,
    /// Spans that the collector did not take.
    pub(super) failed: AtomicU64,
    /// Spans that found the queue full.
    pub(super) dropped: AtomicU64,
}

/// Builds what `OTEL_TRACES_EXPORTER` names.
///
/// Nothing is exported where `OTEL_SDK_DISABLED` says so, nor over OTLP where no endpoint is set.
pub(super) fn processors(
    environment: &mut Environment,
    counts: &Arc<SpanCounts>,
) -> Result<Vec<Processor>, Error> {
    if environment.is_true("OTEL_SDK_DISABLED") {
        return Ok(Vec::new());
    }
    let names = environment.text("OTEL_TRACES_EXPORTER").unwrap_or("otlp").to_owned();
    let mut processors = Vec::new();
    for name in names.split(',').map(str::trim) {
        match name {
            "otlp" if environment.otlp("ENDPOINT").is_some() => {
                let exporter = otlp_exporter(environment)?;
                processors.push(Processor::new(exporter, environment, counts));
            }
            "console" => {
                let exporter = opentelemetry_stdout::SpanExporter::default();
                processors.push(Processor::new(exporter, environment, counts));
            }
            "otlp" | "none" => {}
            _ => environment.warn(
                "OTEL_TRACES_EXPORTER knows otlp, console and none: ignoring the others".to_owned(),
            ),
        }
    }
    Ok(processors)
}

/// Builds the exporter for `OTEL_EXPORTER_OTLP_PROTOCOL`, which is `http/protobuf` by default.
///
/// The exporter reads endpoint, headers, timeout and compression from the environment by itself.
fn otlp_exporter(environment: &mut Environment) -> Result<SpanExporter, Error> {
    match environment.otlp("PROTOCOL") {
        Some("grpc") => return grpc_exporter(environment),
        Some("http/protobuf") | None => {}
        Some(_) => environment.warn(
            "OTEL_EXPORTER_OTLP_PROTOCOL is neither grpc nor http/protobuf: using http/protobuf"
                .to_owned(),
        ),
    }
    http_exporter(environment)
}

fn grpc_exporter(environment: &Environment) -> Result<SpanExporter, Error> {
    let mut exporter = SpanExporter::builder().with_tonic().with_protocol(Protocol::Grpc);
    if environment.otlp("ENDPOINT").is_some_and(|endpoint| endpoint.starts_with("https:")) {
        let mut tls = ClientTlsConfig::new().with_enabled_roots();
        if let Some(certificate) = file(environment, "CERTIFICATE")? {
            tls = tls.ca_certificate(Certificate::from_pem(certificate));
        }
        if let Some((certificate, key)) = client_identity(environment)? {
            tls = tls.identity(Identity::from_pem(certificate, key));
        }
        exporter = exporter.with_tls_config(tls);
    }
    Ok(exporter.build()?)
}

/// Builds the exporter over HTTP. Its client blocks, as the thread that exports is its own.
fn http_exporter(environment: &mut Environment) -> Result<SpanExporter, Error> {
    let timeout = environment.number("OTEL_EXPORTER_OTLP_TIMEOUT", 10_000);
    let timeout = environment.number("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", timeout);
    let mut client = reqwest::blocking::Client::builder().timeout(Duration::from_millis(timeout));
    if let Some(certificate) = file(environment, "CERTIFICATE")? {
        client = client.add_root_certificate(reqwest::Certificate::from_pem(&certificate)?);
    }
    if let Some((mut certificate, key)) = client_identity(environment)? {
        certificate.extend(key);
        client = client.identity(reqwest::Identity::from_pem(&certificate)?);
    }
    // A blocking client cannot be built on a thread of the runtime.
    let client =
        thread::spawn(|| client.build()).join().expect("building an HTTP client does not panic")?;
    let exporter = SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary);
    Ok(exporter.with_http_client(client).build()?)
}

fn client_identity(environment: &Environment) -> Result<Option<(Pem, Pem)>, Error> {
    Ok(file(environment, "CLIENT_CERTIFICATE")?.zip(file(environment, "CLIENT_KEY")?))
}

fn file(environment: &Environment, setting: &'static str) -> Result<Option<Pem>, Error> {
    let Some(path) = environment.otlp(setting) else {
        return Ok(None);
    };
    fs::read(path).map(Some).map_err(|source| Error::Certificate {
        setting,
        path: path.to_owned(),
        source,
    })
}

/// A batch processor that counts what it drops, and shortens what is too long.
#[derive(Debug)]
pub(super) struct Processor {
    batch: BatchSpanProcessor,
    counts: Arc<SpanCounts>,
    /// Spans that the exporter has not taken yet, kept below what the batch processor can hold:
    /// it would drop the others without a word.
    waiting: Arc<AtomicUsize>,
    queue_size: usize,
    value_length: usize,
}

impl Processor {
    fn new<E>(exporter: E, environment: &mut Environment, counts: &Arc<SpanCounts>) -> Self
    where
        E: trace::SpanExporter + 'static,
    {
        let waiting = Arc::new(AtomicUsize::new(0));
        let exporter = Exporter {
            inner: exporter,
            counts: Arc::clone(counts),
            waiting: Arc::clone(&waiting),
            reported: Mutex::new(None),
        };
        let queue_size = environment.number("OTEL_BSP_MAX_QUEUE_SIZE", 2048);
        let config = BatchConfigBuilder::default().with_max_queue_size(queue_size).build();
        let length = environment.number("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", usize::MAX);
        Self {
            batch: BatchSpanProcessor::builder(exporter).with_batch_config(config).build(),
            counts: Arc::clone(counts),
            waiting,
            queue_size,
            value_length: environment.number("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", length),
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

/// An exporter that counts, and reports a collector which takes no spans once a minute at most.
#[derive(Debug)]
struct Exporter<E> {
    inner: E,
    counts: Arc<SpanCounts>,
    waiting: Arc<AtomicUsize>,
    reported: Mutex<Option<Instant>>,
}

impl<E> Exporter<E> {
    fn report(&self, error: &dyn std::error::Error, spans: usize) {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.is_none_or(|at| at.elapsed() >= REPORT_INTERVAL) {
            *reported = Some(Instant::now());
            tracing::warn!(
                "exception.message" = %error,
                spans,
                "spans could not be exported; silent about the next failures for a minute"
            );
        }
    }
}

impl<E: trace::SpanExporter> trace::SpanExporter for Exporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.waiting.fetch_sub(spans, Relaxed);
        self.counts.processed.fetch_add(spans as u64, Relaxed);
        let result = self.inner.export(batch).await;
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
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
