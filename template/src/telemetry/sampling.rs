//! Which requests are traced: decided once, before any span exists.
//!
//! The usual wiring creates a span for every request and lets the exporter drop most of them, so
//! that requests nobody will ever look at pay for their spans. Here the decision comes first. Where
//! it says no, there is no span at all, only a context that carries the trace id to logs, answers
//! and calls to other services.

use std::cell::Cell;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context, ContextGuard, KeyValue, Value,
    trace::{
        Link, SpanBuilder, SpanContext, SpanId, SpanKind, SpanRef, TraceContextExt as _,
        TraceFlags, TraceId, TraceState,
    },
};
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, Sampler, SamplingDecision, SamplingResult, SdkTracer,
    ShouldSample,
};

use super::{environment::Environment, hex};

const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

thread_local! {
    /// The trace for which this thread has just decided to record, until the SDK starts its span.
    static DECIDED: Cell<Option<TraceId>> = const { Cell::new(None) };
}

/// Reads `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`; the default records every trace whose
/// caller did not decide otherwise.
pub fn sampler(environment: &mut Environment) -> Sampler {
    let by_default = || Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    let Some(name) = environment.text("OTEL_TRACES_SAMPLER").map(str::to_owned) else {
        return by_default();
    };
    let root = match name.strip_prefix("parentbased_").unwrap_or(&name) {
        "always_on" => Sampler::AlwaysOn,
        "always_off" => Sampler::AlwaysOff,
        "traceidratio" => Sampler::TraceIdRatioBased(environment.number(
            "OTEL_TRACES_SAMPLER_ARG",
            0.0..=1.0,
            1.0,
        )),
        _ => {
            environment.warn(
                "OTEL_TRACES_SAMPLER is none of always_on, always_off, traceidratio, \
                 parentbased_always_on, parentbased_always_off, parentbased_traceidratio: \
                 using parentbased_always_on"
                    .to_owned(),
            );
            return by_default();
        }
    };
    if name.starts_with("parentbased_") { Sampler::ParentBased(Box::new(root)) } else { root }
}

/// Decides about traces, and starts the spans of those that are recorded.
///
/// They are made with OpenTelemetry itself: those of `tracing` become the same in the end, but
/// cost several times as much on the way. Inside, spans of `tracing` are children all the same.
#[derive(Clone, Debug)]
pub struct Sampling {
    /// `None` where no span is exported: then nothing is recorded.
    recorder: Option<Recorder>,
    ids: RandomIdGenerator,
}

#[derive(Clone, Debug)]
struct Recorder {
    sampler: Sampler,
    tracer: SdkTracer,
}

impl Sampling {
    /// Records what the sampler chooses.
    pub(super) fn with(sampler: Sampler, tracer: SdkTracer) -> Self {
        let recorder = Some(Recorder { sampler, tracer });
        Self { recorder, ids: RandomIdGenerator::default() }
    }

    /// Records nothing.
    pub(super) fn off() -> Self {
        Self { recorder: None, ids: RandomIdGenerator::default() }
    }

    /// Starts one unit of work of this service: as a span if its trace is sampled, as a bare trace
    /// context if not.
    ///
    /// `parent` is the context that came with the work; `name` and `kind` are what a sampler may
    /// look at. `describe` is called only for what is recorded.
    pub fn start(
        &self,
        parent: Context,
        name: &str,
        kind: SpanKind,
        describe: impl FnOnce() -> SpanBuilder,
    ) -> Trace {
        let caller = parent.span().span_context().clone();
        let trace_id = if caller.is_valid() { caller.trace_id() } else { self.ids.new_trace_id() };
        let Some(Recorder { sampler, tracer }) = &self.recorder else {
            return if caller.is_valid() {
                Trace { context: parent }
            } else {
                self.unrecorded(&parent, trace_id, TraceState::default())
            };
        };
        let result = sampler.should_sample(Some(&parent), trace_id, name, &kind, &[], &[]);
        if result.decision == SamplingDecision::RecordAndSample {
            DECIDED.set(Some(trace_id));
            let span = describe().with_kind(kind).start_with_context(tracer, &parent);
            DECIDED.set(None);
            Trace { context: parent.with_span(span) }
        } else {
            self.unrecorded(&parent, trace_id, result.trace_state)
        }
    }

    /// Starts a part of the current work: as a span if its trace is recorded, as nothing if not.
    pub fn start_within(&self, describe: impl FnOnce() -> SpanBuilder) -> Trace {
        let context = Context::map_current(|parent| match &self.recorder {
            Some(Recorder { tracer, .. }) if parent.span().span_context().is_sampled() => {
                parent.with_span(describe().start_with_context(tracer, parent))
            }
            _ => Context::new(),
        });
        Trace { context }
    }

    fn unrecorded(&self, parent: &Context, trace_id: TraceId, state: TraceState) -> Trace {
        let span_id = self.ids.new_span_id();
        let here = SpanContext::new(trace_id, span_id, TraceFlags::default(), false, state);
        Trace { context: parent.with_remote_span_context(here) }
    }
}

/// The part that this service has in one trace.
#[derive(Clone, Debug)]
pub struct Trace {
    context: Context,
}

impl Trace {
    /// Tells the caller under which ids the work is known, by a header `traceresponse`.
    ///
    /// Source: <https://www.w3.org/TR/trace-context-2/#traceresponse-header>
    pub fn inject_response(&self, headers: &mut HeaderMap) {
        let span = self.context.span();
        let ids = span.span_context();
        let mut text = *b"00-................................-................-..";
        hex::write(&mut text[3..35], ids.trace_id().to_bytes());
        hex::write(&mut text[36..52], ids.span_id().to_bytes());
        hex::write(&mut text[53..], [ids.trace_flags().to_u8()]);
        if let Ok(mut value) = HeaderValue::from_bytes(&text) {
            // It never comes again, and would take the place of what does in a connection's table of
            // headers: what is sensitive, HTTP/2 keeps out of it.
            value.set_sensitive(true);
            headers.insert(TRACERESPONSE, value);
        }
    }

    /// Returns the span, which takes no notice of anything where the trace is not recorded.
    pub fn span(&self) -> SpanRef<'_> {
        self.context.span()
    }

    /// Makes this trace the current one of the thread until the guard is dropped.
    ///
    /// Its context is what makes spans its children, and log lines part of it. While the guard lives
    /// nothing may be awaited: the thread would do other work under this trace.
    #[must_use = "it is the current one only as long as the guard lives"]
    pub fn enter(&self) -> ContextGuard {
        self.context.clone().attach()
    }
}

/// Collects the attributes of a span, and leaves out those that have no value.
pub fn attributes<const N: usize>(all: [(&'static str, Option<Value>); N]) -> Vec<KeyValue> {
    let mut attributes = Vec::with_capacity(N);
    let present = all.into_iter().filter_map(|(key, value)| Some(KeyValue::new(key, value?)));
    attributes.extend(present);
    attributes
}

/// The SDK's sampler: carries out the decision of [`Sampling`], lets a span follow its parent, and
/// asks the configured sampler about spans that begin a trace of their own, such as those of
/// background tasks.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    otherwise: Sampler,
}

impl Decided {
    pub(super) fn or(sampler: Sampler) -> Self {
        Self { otherwise: Sampler::ParentBased(Box::new(sampler)) }
    }
}

impl ShouldSample for Decided {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        if DECIDED.take() != Some(trace_id) {
            return self.otherwise.should_sample(parent, trace_id, name, kind, attributes, links);
        }
        let trace_state = parent
            .map(|parent| parent.span().span_context().trace_state().clone())
            .unwrap_or_default();
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state,
        }
    }
}

/// Gives a span that begins a trace the id for which the decision was made.
#[derive(Clone, Debug, Default)]
pub(super) struct DecidedIds(RandomIdGenerator);

impl IdGenerator for DecidedIds {
    fn new_trace_id(&self) -> TraceId {
        DECIDED.get().unwrap_or_else(|| self.0.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}
