//! Errors as clients see them: problem documents (RFC 9457).

use std::{any::type_name, borrow::Cow, error::Error};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use opentelemetry_semantic_conventions::attribute::{EXCEPTION_MESSAGE, EXCEPTION_TYPE};
use serde::Serialize;
use utoipa::ToSchema;

use super::observe::ErrorType;
use crate::{db, telemetry};

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// How many seconds a client should wait before it tries an unavailable service again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// An answer that reports an error.
///
/// What the client learns and what went wrong inside are kept apart: the former is sent, the
/// latter is logged, once, at the moment the problem becomes a response.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    failure: Option<Failure>,
    error_type: Option<ErrorType>,
}

/// What is wrong with one field of a body, or with one parameter.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// The name of the field or parameter.
    #[schema(example = "email")]
    field: Cow<'static, str>,
    /// What is wrong with it.
    #[schema(example = "must be an e-mail address such as ada@example.com")]
    detail: Cow<'static, str>,
}

/// What went wrong inside the service.
#[derive(Debug)]
struct Failure {
    exception_type: &'static str,
    exception_message: String,
}

impl FieldError {
    /// Names a field, and what is wrong with it.
    pub fn new(field: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), detail: detail.into() }
    }
}

impl Problem {
    /// Describes a request that is refused; the detail tells the client what to change.
    pub fn refused(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, detail: detail.into(), errors: Vec::new(), failure: None, error_type: None }
    }

    /// Describes a request with path or query parameters that cannot be read.
    pub fn invalid_parameters(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::refused(
                StatusCode::BAD_REQUEST,
                "The request has parameters that cannot be read.",
            )
        }
    }

    /// Describes a well-formed body with fields that are missing, unknown or not acceptable.
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The request body has fields that are not acceptable.",
            )
        }
    }

    /// Describes a failure that the client can do nothing about.
    pub fn internal(cause: &(impl Error + ?Sized)) -> Self {
        Self {
            failure: Some(Failure::caused_by(cause)),
            ..Self::refused(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The service failed to answer the request.",
            )
        }
    }

    /// Describes a failure that passes: the client may try again.
    pub fn unavailable(cause: &(impl Error + ?Sized)) -> Self {
        Self {
            failure: Some(Failure::caused_by(cause)),
            ..Self::refused(
                StatusCode::SERVICE_UNAVAILABLE,
                "The service is not available at the moment.",
            )
        }
    }

    /// Describes a request that came while the service had as many as it handles.
    pub fn overloaded() -> Self {
        Self {
            error_type: Some(ErrorType("overload")),
            ..Self::refused(
                StatusCode::SERVICE_UNAVAILABLE,
                "The service has more requests than it can handle at the moment.",
            )
        }
    }

    /// Describes a request that was given up because it took too long.
    pub fn timed_out(cause: &(impl Error + ?Sized)) -> Self {
        Self {
            failure: Some(Failure::caused_by(cause)),
            error_type: Some(ErrorType("timeout")),
            ..Self::refused(
                StatusCode::GATEWAY_TIMEOUT,
                "The service could not answer the request in time.",
            )
        }
    }

    /// Describes a request whose handler panicked.
    ///
    /// The panic hook has logged the panic: it alone knows the place.
    pub fn panicked() -> Self {
        Self {
            error_type: Some(ErrorType("panic")),
            ..Self::refused(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The service failed to answer the request.",
            )
        }
    }
}

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Unavailable(_) => Self::unavailable(&error),
            db::Error::Deadline(_) => Self::timed_out(&error),
            // A resource that expects one says what it means; elsewhere it is a mistake of ours.
            db::Error::UniqueViolation(_) | db::Error::Failed(_) => Self::internal(&error),
        }
    }
}

impl Failure {
    fn caused_by<E: Error + ?Sized>(error: &E) -> Self {
        Self { exception_type: type_name::<E>(), exception_message: error.to_string() }
    }

    fn log(&self) {
        tracing::error!(
            { EXCEPTION_TYPE } = self.exception_type,
            { EXCEPTION_MESSAGE } = self.exception_message,
            message = "request failed"
        );
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = ProblemDocument {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            detail: self.detail,
            trace_id: telemetry::trace_id(),
            errors: self.errors,
        };
        let media_type = HeaderValue::from_static(MEDIA_TYPE);
        let mut response =
            (self.status, [(header::CONTENT_TYPE, media_type)], Json(document)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if self.status == StatusCode::REQUEST_TIMEOUT {
            // The rest of the request is still to come, and nobody will read it.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(failure) = self.failure {
            failure.log();
        }
        if let Some(error_type) = self.error_type {
            response.extensions_mut().insert(error_type);
        }
        response
    }
}

/// Why a request was refused, or failed (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[schema(example = "about:blank")]
    r#type: &'static str,
    /// The name of the status.
    #[schema(example = "Unprocessable Entity")]
    title: &'static str,
    /// The status of the response.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// What happened to this request.
    #[schema(value_type = String)]
    detail: Cow<'static, str>,
    /// The id under which traces and logs tell more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[0-9a-f]{32}$", example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    trace_id: Option<String>,
    /// Each field or parameter that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}
