//! Which requests are traced: decided once, before any span exists.
//!
//! The usual wiring creates a span for every request and lets the exporter drop most of them, so
//! that requests nobody will ever look at pay for their spans. Here the decision comes first. Where
//! it says no, there is no span at all, only a context that carries the trace id to logs, answers
//! and calls to other services.

use std::cell::Cell;

use opentelemetry::{
    Context, KeyValue,
    trace::{
        Link, SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    },
};
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, Sampler, SamplingDecision, SamplingResult, ShouldSample,
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::environment::Environment;

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

/// Decides about traces, and starts those that are recorded.
#[derive(Clone, Debug)]
pub struct Sampling {
    /// `None` where no span is exported: then nothing is recorded.
    sampler: Option<Sampler>,
    ids: RandomIdGenerator,
}

impl Sampling {
    pub(super) fn new(sampler: Option<Sampler>) -> Self {
        Self { sampler, ids: RandomIdGenerator::default() }
    }

    /// Starts one unit of work of this service: as a span if its trace is sampled, as a bare trace
    /// context if not.
    ///
    /// `parent` is the context that came with the work; `name` and `kind` are those that `span`
    /// will have. `span` is called only for what is recorded.
    pub fn start(
        &self,
        parent: Context,
        name: &str,
        kind: &SpanKind,
        span: impl FnOnce() -> Span,
    ) -> Trace {
        let caller = parent.span().span_context().clone();
        let trace_id = if caller.is_valid() { caller.trace_id() } else { self.ids.new_trace_id() };
        let decision = self
            .sampler
            .as_ref()
            .map(|sampler| sampler.should_sample(Some(&parent), trace_id, name, kind, &[], &[]));
        match decision {
            Some(SamplingResult { decision: SamplingDecision::RecordAndSample, .. }) => {
                Trace::recorded(parent, trace_id, span)
            }
            Some(SamplingResult { trace_state, .. }) => {
                self.unrecorded(&parent, trace_id, trace_state)
            }
            None if caller.is_valid() => Trace { context: parent, span: Span::none() },
            None => self.unrecorded(&parent, trace_id, TraceState::default()),
        }
    }

    fn unrecorded(&self, parent: &Context, trace_id: TraceId, state: TraceState) -> Trace {
        let span_id = self.ids.new_span_id();
        let here = SpanContext::new(trace_id, span_id, TraceFlags::default(), false, state);
        Trace { context: parent.with_remote_span_context(here), span: Span::none() }
    }
}

/// The part that this service has in one trace.
#[derive(Clone, Debug)]
pub struct Trace {
    context: Context,
    span: Span,
}

impl Trace {
    fn recorded(parent: Context, trace_id: TraceId, span: impl FnOnce() -> Span) -> Self {
        let _parent = parent.attach();
        DECIDED.set(Some(trace_id));
        let span = span();
        // Asking for the context starts the span, while the decision is at hand.
        let context = span.context();
        DECIDED.set(None);
        Self { context, span }
    }

    /// Returns the ids under which the work is known to the outside.
    pub fn span_context(&self) -> SpanContext {
        self.context.span().span_context().clone()
    }

    /// Returns what tells the caller under which ids the work is known: a header `traceresponse`.
    ///
    /// Source: <https://www.w3.org/TR/trace-context-2/#traceresponse-header>
    pub fn traceresponse(&self) -> String {
        let ids = self.span_context();
        format!("00-{}-{}-{:02x}", ids.trace_id(), ids.span_id(), ids.trace_flags())
    }

    /// Returns the span, which is disabled where the trace is not recorded.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Runs `work` with this trace as the current one of the thread.
    ///
    /// Its context is what makes spans inside it children, and log lines part of the trace. The
    /// span itself is not entered: whoever asks `tracing` for the current span could keep it open
    /// for longer than the work lasts, as sqlx does for statements that are given up.
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        let _current = self.context.clone().attach();
        work()
    }
}

/// Tells whether the current work is recorded, so that its spans are worth making.
pub fn is_recording() -> bool {
    Context::map_current(|context| context.span().span_context().is_sampled())
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
