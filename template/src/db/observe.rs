//! The telemetry of statements: a client span and a duration each.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/db/database-spans/>

use std::{borrow::Cow, ptr, sync::Arc, time::Instant};

use metrics::{Histogram, Label};
use opentelemetry::{
    KeyValue, Value,
    trace::{SpanBuilder, SpanKind, Status},
};
use opentelemetry_semantic_conventions::attribute::{
    DB_COLLECTION_NAME, DB_NAMESPACE, DB_OPERATION_NAME, DB_QUERY_SUMMARY, DB_QUERY_TEXT,
    DB_RESPONSE_STATUS_CODE, DB_SYSTEM_NAME, ERROR_TYPE, SERVER_ADDRESS, SERVER_PORT,
};

use super::{Error, Statement};
use crate::{
    deadline,
    telemetry::{
        metrics::{Metrics, db::OPERATION_DURATION},
        sampling::{Sampling, Trace, attributes},
    },
};

/// The database as telemetry names it.
#[derive(Debug)]
pub(super) struct Target {
    /// `db.system.name`
    pub(super) system: &'static str,
    /// `db.namespace`
    pub(super) namespace: Arc<str>,
    /// `db.client.connection.pool.name`
    pub(super) pool: String,
    /// `server.address`
    pub(super) address: Option<Arc<str>>,
    /// `server.port`
    pub(super) port: Option<u16>,
}

/// Observes statements.
#[derive(Debug)]
pub(super) struct Observer {
    target: Target,
    sampling: Sampling,
    metrics: Metrics,
    /// The handles for statements that succeed.
    durations: Vec<(&'static Statement, Histogram)>,
}

impl Observer {
    /// Prepares to observe `statements`; others are observed as well, at the cost of a look-up.
    pub(super) fn new(
        target: Target,
        sampling: Sampling,
        metrics: Metrics,
        statements: impl IntoIterator<Item = &'static Statement>,
    ) -> Self {
        let mut observer = Self { target, sampling, metrics, durations: Vec::new() };
        for statement in statements {
            let duration = observer.duration(statement, None, None);
            observer.durations.push((statement, duration));
        }
        observer
    }

    /// Returns the database that is observed.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Begins to observe a run of a statement, the wait for a connection included.
    pub(super) fn begin(&self, statement: &'static Statement) -> Observation<'_> {
        let trace = self.sampling.start_within(|| self.span(statement));
        Observation { observer: self, statement, trace, started: Instant::now(), ended: false }
    }

    fn span(&self, statement: &Statement) -> SpanBuilder {
        let summary = statement.to_string();
        let attributes = attributes([
            (DB_SYSTEM_NAME, Some(self.target.system.into())),
            (DB_NAMESPACE, Some(Arc::clone(&self.target.namespace).into())),
            (DB_OPERATION_NAME, Some(statement.operation.into())),
            (DB_COLLECTION_NAME, statement.collection.map(Value::from)),
            (DB_QUERY_SUMMARY, Some(summary.clone().into())),
            (DB_QUERY_TEXT, Some(statement.text.into())),
            (SERVER_ADDRESS, self.target.address.clone().map(Value::from)),
            (SERVER_PORT, self.target.port.map(|port| i64::from(port).into())),
        ]);
        SpanBuilder::from_name(summary).with_kind(SpanKind::Client).with_attributes(attributes)
    }

    fn duration(
        &self,
        statement: &Statement,
        status_code: Option<Cow<'_, str>>,
        error_type: Option<Cow<'_, str>>,
    ) -> Histogram {
        let mut labels = vec![
            Label::new("db_system_name", self.target.system),
            Label::new("db_namespace", self.target.namespace.to_string()),
            Label::new("db_operation_name", statement.operation),
        ];
        let optional = [
            ("db_collection_name", statement.collection.map(Cow::Borrowed)),
            ("db_response_status_code", status_code),
            ("error_type", error_type),
        ];
        labels.extend(
            optional
                .into_iter()
                .filter_map(|(name, value)| Some(Label::new(name, value?.into_owned()))),
        );
        self.metrics.histogram(&OPERATION_DURATION, labels)
    }
}

/// A run of a statement. One that is dropped before its end was given up: by a time limit further
/// out, or because nobody waits for it any more.
pub(super) struct Observation<'a> {
    observer: &'a Observer,
    statement: &'static Statement,
    trace: Trace,
    started: Instant,
    ended: bool,
}

impl Observation<'_> {
    /// Ends the observation with the result of the run.
    pub(super) fn end<R>(mut self, result: Result<R, Error>) -> Result<R, Error> {
        self.ended = true;
        match &result {
            Ok(_) => self.succeeded(),
            Err(error) => self.failed(error.status_code(), error.error_type()),
        }
        result
    }

    fn succeeded(&self) {
        self.trace.span().end();
        let duration = self.started.elapsed();
        let mut known = self.observer.durations.iter();
        match known.find(|(statement, _)| ptr::eq(*statement, self.statement)) {
            Some((_, handle)) => handle.record(duration),
            None => self.observer.duration(self.statement, None, None).record(duration),
        }
    }

    fn failed(&self, status_code: Option<Cow<'_, str>>, error_type: Cow<'_, str>) {
        let span = self.trace.span();
        span.set_status(Status::error(""));
        span.set_attribute(KeyValue::new(ERROR_TYPE, error_type.to_string()));
        if let Some(code) = &status_code {
            span.set_attribute(KeyValue::new(DB_RESPONSE_STATUS_CODE, code.to_string()));
        }
        span.end();
        let duration = self.started.elapsed();
        self.observer.duration(self.statement, status_code, Some(error_type)).record(duration);
    }
}

impl Drop for Observation<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let error_type = if deadline::is_dropping() { "timeout" } else { "cancelled" };
            self.failed(None, Cow::Borrowed(error_type));
        }
    }
}
