//! The telemetry of statements: a client span and a duration each.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/db/database-spans/>

use std::{borrow::Cow, collections::HashMap, time::Instant};

use metrics::{Histogram, Label};
use opentelemetry_semantic_conventions::attribute::{
    DB_COLLECTION_NAME, DB_NAMESPACE, DB_OPERATION_NAME, DB_QUERY_SUMMARY, DB_QUERY_TEXT,
    DB_RESPONSE_STATUS_CODE, DB_SYSTEM_NAME, ERROR_TYPE, SERVER_ADDRESS, SERVER_PORT,
};
use tracing::{Span, field::Empty};

use super::{Error, Statement};
use crate::telemetry::{
    metrics::{Metrics, db::OPERATION_DURATION},
    sampling,
};

/// The database as telemetry names it.
#[derive(Debug)]
pub(super) struct Target {
    /// `db.system.name`
    pub(super) system: &'static str,
    /// `db.namespace`
    pub(super) namespace: String,
    /// `db.client.connection.pool.name`
    pub(super) pool: String,
    /// `server.address`
    pub(super) address: Option<String>,
    /// `server.port`
    pub(super) port: Option<u16>,
}

/// Observes statements.
#[derive(Debug)]
pub(super) struct Observer {
    target: Target,
    metrics: Metrics,
    /// The handles for statements that succeed, by operation and collection.
    durations: HashMap<(&'static str, Option<&'static str>), Histogram>,
}

impl Observer {
    /// Prepares to observe `statements`; others are observed as well, at the cost of a look-up.
    pub(super) fn new(target: Target, metrics: Metrics, statements: &[&'static Statement]) -> Self {
        let mut observer = Self { target, metrics, durations: HashMap::new() };
        for statement in statements {
            let duration = observer.duration(statement, None, None);
            observer.durations.insert((statement.operation, statement.collection), duration);
        }
        observer
    }

    /// Begins to observe a run of a statement, the wait for a connection included.
    pub(super) fn begin(&self, statement: &'static Statement) -> Observation<'_> {
        let span = if sampling::is_recording() { self.span(statement) } else { Span::none() };
        Observation { observer: self, statement, span, started: Instant::now(), ended: false }
    }

    fn span(&self, statement: &Statement) -> Span {
        tracing::info_span!(
            "db",
            otel.name = %statement,
            otel.kind = "client",
            otel.status_code = Empty,
            { DB_SYSTEM_NAME } = self.target.system,
            { DB_NAMESPACE } = self.target.namespace,
            { DB_OPERATION_NAME } = statement.operation,
            { DB_COLLECTION_NAME } = statement.collection,
            { DB_QUERY_SUMMARY } = %statement,
            { DB_QUERY_TEXT } = statement.text,
            { SERVER_ADDRESS } = self.target.address,
            { SERVER_PORT } = self.target.port.map(i64::from),
            { DB_RESPONSE_STATUS_CODE } = Empty,
            { ERROR_TYPE } = Empty,
        )
    }

    fn duration(
        &self,
        statement: &Statement,
        status_code: Option<Cow<'_, str>>,
        error_type: Option<Cow<'_, str>>,
    ) -> Histogram {
        let mut labels = vec![
            Label::new("db_system_name", self.target.system),
            Label::new("db_namespace", self.target.namespace.clone()),
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

/// A run of a statement. One that is dropped before its end was cancelled.
pub(super) struct Observation<'a> {
    observer: &'a Observer,
    statement: &'static Statement,
    span: Span,
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
        let duration = self.started.elapsed();
        match self.observer.durations.get(&(self.statement.operation, self.statement.collection)) {
            Some(handle) => handle.record(duration),
            None => self.observer.duration(self.statement, None, None).record(duration),
        }
    }

    fn failed(&self, status_code: Option<Cow<'_, str>>, error_type: Cow<'_, str>) {
        self.span.record("otel.status_code", "error");
        self.span.record(ERROR_TYPE, &*error_type);
        if let Some(code) = &status_code {
            self.span.record(DB_RESPONSE_STATUS_CODE, &**code);
        }
        let duration = self.started.elapsed();
        self.observer.duration(self.statement, status_code, Some(error_type)).record(duration);
    }
}

impl Drop for Observation<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.failed(None, Cow::Borrowed("cancelled"));
        }
    }
}
