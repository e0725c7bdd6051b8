//! Spans: how they are recorded, and how their context travels.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};
use opentelemetry::{
    Context, global,
    propagation::{TextMapCompositePropagator, TextMapPropagator},
    trace::TracerProvider as _,
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::{
    Resource,
    propagation::{BaggagePropagator, TraceContextPropagator},
    trace::{SdkTracer, SdkTracerProvider, SpanLimits},
};

use super::{
    environment::Environment,
    otlp::{self, Error},
    processor::{Exporters, Processor, SpanCounts},
    sampling::{self, Decided, DecidedIds, Sampling},
};

/// The headers in which context travels, one propagator's after the other's.
static CONTEXT_HEADERS: [HeaderName; 2] =
    [HeaderName::from_static("traceparent"), HeaderName::from_static("baggage")];

/// How many attributes, events and links a span may have unless the environment says otherwise.
const COUNT_LIMIT: u32 = 128;

/// The pipeline that spans go through.
#[derive(Debug)]
pub(super) struct Traces {
    pub(super) sampling: Sampling,
    pub(super) counts: Arc<SpanCounts>,
    /// `None` where nothing is exported: then no span is recorded either.
    pub(super) provider: Option<SdkTracerProvider>,
}

impl Traces {
    /// Builds the pipeline that the environment asks for; needs a tokio runtime for gRPC.
    pub(super) fn new(environment: &mut Environment, resource: &Resource) -> Result<Self, Error> {
        global::set_text_map_propagator(propagator(environment));
        let counts = Arc::new(SpanCounts::default());
        let exporters = exporters(environment)?;
        if exporters.is_empty() {
            return Ok(Self { sampling: Sampling::off(), counts, provider: None });
        }
        let sampler = sampling::sampler(environment);
        // Whatever is not given here, the SDK would read from the environment by itself, in silence.
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_sampler(Decided::or(sampler.clone()))
            .with_id_generator(DecidedIds::default())
            .with_span_limits(span_limits(environment))
            .with_span_processor(Processor::new(exporters, environment, &counts))
            .build();
        let sampling = Sampling::with(sampler, tracer(&provider));
        Ok(Self { sampling, counts, provider: Some(provider) })
    }

    /// Returns what turns `tracing` spans into OpenTelemetry spans.
    pub(super) fn tracer(&self) -> Option<SdkTracer> {
        self.provider.as_ref().map(tracer)
    }
}

fn tracer(provider: &SdkTracerProvider) -> SdkTracer {
    provider.tracer(env!("CARGO_PKG_NAME"))
}

/// Reads the context that came with a request, which is an empty one for most clients.
pub fn remote_context(headers: &HeaderMap) -> Context {
    if !headers.keys().any(|name| CONTEXT_HEADERS.contains(name)) {
        return Context::new();
    }
    global::get_text_map_propagator(|propagator| propagator.extract(&HeaderExtractor(headers)))
}

/// Builds what `OTEL_TRACES_EXPORTER` names.
///
/// Nothing is exported where `OTEL_SDK_DISABLED` says so, nor over OTLP where no endpoint is set.
fn exporters(environment: &mut Environment) -> Result<Exporters, Error> {
    let mut exporters = Exporters::default();
    if environment.is_true("OTEL_SDK_DISABLED") {
        return Ok(exporters);
    }
    let names = environment.text("OTEL_TRACES_EXPORTER").unwrap_or("otlp").to_owned();
    for name in names.split(',').map(str::trim) {
        match name {
            "otlp" if environment.otlp("ENDPOINT").is_some() => {
                exporters.otlp = Some(otlp::exporter(environment)?);
            }
            "console" => exporters.console = Some(opentelemetry_stdout::SpanExporter::default()),
            "otlp" | "none" => {}
            _ => environment.warn(
                "OTEL_TRACES_EXPORTER knows otlp, console and none: ignoring the others".to_owned(),
            ),
        }
    }
    Ok(exporters)
}

fn span_limits(environment: &mut Environment) -> SpanLimits {
    let counts = 0..=u32::MAX;
    let mut limit = |name, default| environment.number(name, counts.clone(), default);
    let attributes = limit("OTEL_ATTRIBUTE_COUNT_LIMIT", COUNT_LIMIT);
    SpanLimits {
        max_attributes_per_span: limit("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", attributes),
        max_events_per_span: limit("OTEL_SPAN_EVENT_COUNT_LIMIT", COUNT_LIMIT),
        max_links_per_span: limit("OTEL_SPAN_LINK_COUNT_LIMIT", COUNT_LIMIT),
        ..SpanLimits::default()
    }
}

/// Reads `OTEL_PROPAGATORS`: how trace context enters and leaves the service.
fn propagator(environment: &mut Environment) -> TextMapCompositePropagator {
    let names = environment.text("OTEL_PROPAGATORS").unwrap_or("tracecontext,baggage").to_owned();
    let mut propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>> = Vec::new();
    for name in names.split(',').map(str::trim) {
        match name {
            "tracecontext" => propagators.push(Box::new(TraceContextPropagator::new())),
            "baggage" => propagators.push(Box::new(BaggagePropagator::new())),
            "none" => {}
            _ => environment.warn(
                "OTEL_PROPAGATORS knows tracecontext, baggage and none: ignoring the others"
                    .to_owned(),
            ),
        }
    }
    TextMapCompositePropagator::new(propagators)
}
