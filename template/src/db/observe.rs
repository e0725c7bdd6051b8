//! The telemetry of statements: a client span and a duration each.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/db/database-spans/>

use std::{
    borrow::Cow,
    collections::HashMap,
    time::{Duration, Instant},
};

use metrics::{Histogram, Label};
use opentelemetry_semantic_conventions::attribute::{
    DB_COLLECTION_NAME, DB_NAMESPACE, DB_OPERATION_NAME, DB_QUERY_SUMMARY, DB_QUERY_TEXT,
    DB_RESPONSE_STATUS_CODE, DB_SYSTEM_NAME, ERROR_TYPE, SERVER_ADDRESS, SERVER_PORT,
};
use tracing::{Span, field::Empty};

use super::{
    Error, Statement,
    error::{error_type, status_code},
};
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

/// Observes statements and holds them to their deadline.
#[derive(Debug)]
pub(super) struct Observer {
    target: Target,
    deadline: Duration,
    metrics: Metrics,
    /// The handles for statements that succeed, by operation and collection.
    durations: HashMap<(&'static str, Option<&'static str>), Histogram>,
}

impl Observer {
    /// Prepares to observe `statements`; others are observed as well, at the cost of a look-up.
    pub(super) fn new(
        target: Target,
        deadline: Duration,
        metrics: Metrics,
        statements: &[&'static Statement],
    ) -> Self {
        let mut observer = Self { target, deadline, metrics, durations: HashMap::new() };
        for statement in statements {
            let duration = observer.duration(statement, None, None);
            observer.durations.insert((statement.operation, statement.collection), duration);
        }
        observer
    }

    /// Runs a statement within the deadline, in a span, and records how long it took.
    pub(super) async fn observe<R>(
        &self,
        statement: &'static Statement,
        run: impl Future<Output = Result<R, sqlx::Error>>,
    ) -> Result<R, Error> {
        let span = if sampling::is_recording() { self.span(statement) } else { Span::none() };
        let started = Instant::now();
        let outcome = tokio::time::timeout(self.deadline, run).await;
        let duration = started.elapsed();
        match outcome {
            Ok(Ok(rows)) => {
                self.succeeded(statement, duration);
                Ok(rows)
            }
            Ok(Err(error)) => {
                self.failed(statement, duration, &span, status_code(&error), error_type(&error));
                Err(error.into())
            }
            Err(_) => {
                self.failed(statement, duration, &span, None, Cow::Borrowed("timeout"));
                Err(Error::Deadline)
            }
        }
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

    fn succeeded(&self, statement: &Statement, duration: Duration) {
        match self.durations.get(&(statement.operation, statement.collection)) {
            Some(handle) => handle.record(duration),
            None => self.duration(statement, None, None).record(duration),
        }
    }

    fn failed(
        &self,
        statement: &Statement,
        duration: Duration,
        span: &Span,
        status_code: Option<Cow<'_, str>>,
        error_type: Cow<'_, str>,
    ) {
        span.record("otel.status_code", "error");
        span.record(ERROR_TYPE, &*error_type);
        if let Some(code) = &status_code {
            span.record(DB_RESPONSE_STATUS_CODE, &**code);
        }
        self.duration(statement, status_code, Some(error_type)).record(duration);
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
