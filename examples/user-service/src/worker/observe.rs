//! The telemetry of jobs that run: a consumer span, a duration and an outcome each.

use std::{sync::Arc, time::Duration};

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanKind, Status},
};
use opentelemetry_semantic_conventions::attribute::ERROR_TYPE;

use super::{
    OUTCOME, Outcome,
    measure::{Measure, Running, Ticket},
};
use crate::telemetry::sampling::{Sampling, Trace};

/// Observes the jobs that a pool runs.
#[derive(Clone, Debug)]
pub(super) struct Observer {
    pool: &'static str,
    sampling: Sampling,
    measure: Arc<Measure>,
}

impl Observer {
    /// Observes by these means.
    pub(super) fn new(pool: &'static str, sampling: Sampling, measure: Arc<Measure>) -> Self {
        Self { pool, sampling, measure }
    }

    /// Begins to observe a job, in the trace of the request that submitted it.
    pub(super) fn begin(
        &self,
        job: &'static str,
        context: Context,
        waited: Duration,
        ticket: Ticket,
    ) -> Observation<'_> {
        let running = self.measure.begin(waited);
        let span = || self.span(job, waited);
        let trace = self.sampling.start(context, job, SpanKind::Consumer, span);
        Observation { trace, _running: running, ticket }
    }

    fn span(&self, job: &'static str, waited: Duration) -> SpanBuilder {
        SpanBuilder::from_name(format!("worker.job {job}")).with_attributes([
            KeyValue::new("worker.pool.name", self.pool),
            KeyValue::new("worker.job.name", job),
            KeyValue::new("worker.job.queue_wait", waited.as_secs_f64()),
        ])
    }
}

/// A run of a job. One that is dropped before its end was abandoned.
pub(super) struct Observation<'a> {
    pub(super) trace: Trace,
    _running: Running<'a>,
    ticket: Ticket,
}

impl Observation<'_> {
    /// Ends the observation with the outcome of the run.
    pub(super) fn end(mut self, outcome: Outcome) {
        self.ticket.outcome = outcome;
    }
}

impl Drop for Observation<'_> {
    fn drop(&mut self) {
        let outcome = self.ticket.outcome;
        let span = self.trace.span();
        span.set_attribute(KeyValue::new(OUTCOME, outcome.as_str()));
        if outcome != Outcome::Completed {
            span.set_attribute(KeyValue::new(ERROR_TYPE, outcome.as_str()));
            span.set_status(Status::error(""));
        }
        span.end();
    }
}
