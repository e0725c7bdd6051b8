//! JSON bodies, read field by field so that a refusal names every field that is wrong.

use std::{error::Error, fmt::Display, iter::successors, str::FromStr};

use axum::{
    Json,
    extract::{FromRequest, Request, rejection::JsonRejection},
    http::StatusCode,
};
use serde_json::{Map, Value};
use tower_http::timeout::TimeoutError;

use super::problem::{FieldError, Problem};

/// An extractor for a body that is a JSON object.
///
/// It refuses a body that is not declared as JSON with 415, one that is too large with 413, one
/// that takes too long with 408, one that is not JSON with 400, and one that has the wrong contents
/// with 422.
pub struct JsonBody<T>(pub T);

/// The fields of a JSON object, and what turned out to be wrong with them.
pub struct Fields {
    values: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// Takes a required field that is a string, and parses it.
    ///
    /// Returns none if the field is missing or wrong, which [`Fields::finish`] reports.
    pub fn take<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        let parsed = match self.values.remove(name) {
            Some(Value::String(text)) => text.parse().map_err(|error: T::Err| error.to_string()),
            Some(_) => Err("must be a string".to_owned()),
            None => Err("is missing".to_owned()),
        };
        parsed.map_err(|detail| self.errors.push(FieldError::new(name, detail))).ok()
    }

    /// Builds the whole from its fields, unless one of them was wrong or is unknown.
    ///
    /// # Errors
    /// A problem with status 422 that names every wrong field
    pub fn finish<T>(mut self, build: impl FnOnce() -> Option<T>) -> Result<T, Problem> {
        let unknown = self.values.into_iter().map(|(name, _)| name);
        self.errors.extend(unknown.map(|name| FieldError::new(name, "is not known")));
        match build() {
            Some(whole) if self.errors.is_empty() => Ok(whole),
            _ => Err(Problem::invalid_fields(self.errors)),
        }
    }
}

impl<S, T> FromRequest<S> for JsonBody<T>
where
    S: Send + Sync,
    T: TryFrom<Fields, Error = Problem>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::from_request(request, state).await? {
            Json(Value::Object(values)) => {
                let errors = Vec::new();
                T::try_from(Fields { values, errors }).map(Self)
            }
            Json(_) => Err(Problem::refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The request body must be a JSON object.",
            )),
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        if successors(rejection.source(), |&cause| cause.source())
            .any(<dyn Error>::is::<TimeoutError>)
        {
            return Self::refused(
                StatusCode::REQUEST_TIMEOUT,
                "The request body did not arrive in time.",
            );
        }
        Self::refused(rejection.status(), rejection.body_text())
    }
}
