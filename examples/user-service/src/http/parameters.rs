//! Path and query parameters.

#![expect(clippy::disallowed_types, reason = "this is where problems replace their rejections")]

use std::{fmt::Display, str::FromStr};

use axum::{
    extract::{FromRequestParts, Path, Query},
    http::request::Parts,
};

use utoipa::IntoParams;

use super::problem::{FieldError, Problem};
use crate::users::{InvalidId, UserId};

/// An extractor for the path parameter `id`.
#[derive(IntoParams)]
#[into_params(names("id"), parameter_in = Path)]
pub struct IdParameter(
    /// The identifier of the user.
    #[param(value_type = i64, minimum = 1)]
    pub UserId,
);

impl<S: Send + Sync> FromRequestParts<S> for IdParameter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| InvalidId)
            .and_then(|Path(text)| text.parse())
            .map(Self)
            .map_err(|error| {
                Problem::invalid_parameters(vec![FieldError::new("id", error.to_string())])
            })
    }
}

/// An extractor for query parameters, and what turned out to be wrong with them.
pub struct QueryParameters {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl QueryParameters {
    /// Takes an optional parameter, and parses it.
    ///
    /// Returns none if the parameter is absent, or wrong, which [`QueryParameters::finish`]
    /// reports.
    pub fn take<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        let mut values = self.pairs.iter().filter(|(key, _)| key == name);
        let parsed = match (values.next(), values.next()) {
            (None, _) => return None,
            (Some((_, text)), None) => text.parse().map_err(|error: T::Err| error.to_string()),
            (Some(_), Some(_)) => Err("must be given once".to_owned()),
        };
        parsed.map_err(|detail| self.errors.push(FieldError::new(name, detail))).ok()
    }

    /// Refuses the request if one of the parameters was wrong.
    ///
    /// Parameters that nobody took are ignored, as is usual on the web.
    ///
    /// # Errors
    /// A problem with status 400 that names every wrong parameter
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid_parameters(self.errors)) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for QueryParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Problem::refused(rejection.status(), rejection.body_text()))?;
        let errors = Vec::new();
        Ok(Self { pairs, errors })
    }
}
