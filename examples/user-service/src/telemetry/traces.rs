//! Spans: how they are recorded, and how their context travels.

use std::sync::Arc;

use opentelemetry::{
    global,
    propagation::{TextMapCompositePropagator, TextMapPropagator},
    trace::TracerProvider as _,
};
use opentelemetry_sdk::{
    Resource,
    propagation::{BaggagePropagator, TraceContextPropagator},
    trace::{SdkTracer, SdkTracerProvider},
};

use super::{
    environment::Environment,
    export::{self, Error, SpanCounts},
    sampling::{self, Decided, DecidedIds, Sampling},
};

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
        let processors = export::processors(environment, &counts)?;
        if processors.is_empty() {
            return Ok(Self { sampling: Sampling::new(None), counts, provider: None });
        }
        let sampler = sampling::sampler(environment);
        let mut provider = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_sampler(Decided::or(sampler.clone()))
            .with_id_generator(DecidedIds::default());
        for processor in processors {
            provider = provider.with_span_processor(processor);
        }
        Ok(Self {
            sampling: Sampling::new(Some(sampler)),
            counts,
            provider: Some(provider.build()),
        })
    }

    /// Returns what turns `tracing` spans into OpenTelemetry spans.
    pub(super) fn tracer(&self) -> Option<SdkTracer> {
        self.provider.as_ref().map(|provider| provider.tracer(env!("CARGO_PKG_NAME")))
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
