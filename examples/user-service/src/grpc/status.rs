//! Errors as clients see them.
//!
//! What the client learns and what went wrong inside are kept apart: the former is in the status,
//! the latter is logged, once, at the moment the status is made.

use std::{error::Error, fmt::Display};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::{db, exception, users};

/// What is wrong with the fields of a request.
#[derive(Default)]
pub(super) struct Violations(Vec<FieldViolation>);

impl Violations {
    /// Takes a field that was read.
    ///
    /// Returns none if it is wrong, which [`Violations::finish`] reports.
    pub(super) fn check<T, E: Display>(
        &mut self,
        field: &'static str,
        read: Result<T, E>,
    ) -> Option<T> {
        read.map_err(|error| self.0.push(FieldViolation::new(field, error.to_string()))).ok()
    }

    /// Builds the whole from its fields, unless one of them was wrong.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, with a detail that names every wrong field
    pub(super) fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Status> {
        match build() {
            Some(whole) if self.0.is_empty() => Ok(whole),
            _ => Err(Status::with_error_details(
                Code::InvalidArgument,
                "The request has fields that are not acceptable.",
                ErrorDetails::with_bad_request(self.0),
            )),
        }
    }
}

impl From<users::Error> for Status {
    fn from(error: users::Error) -> Self {
        match error {
            users::Error::NotFound(id) => {
                Self::not_found(format!("There is no user with the id {id}."))
            }
            users::Error::EmailTaken => {
                Self::already_exists("Another user has this e-mail address.")
            }
            users::Error::Database(error) => error.into(),
        }
    }
}

impl From<db::Error> for Status {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Unavailable(_) => unavailable(&error),
            db::Error::Deadline(_) => deadline_exceeded(&error),
            // A resource that expects one says what it means; elsewhere it is a mistake of ours.
            db::Error::UniqueViolation(_) | db::Error::Failed(_) => internal(&error),
        }
    }
}

/// Describes a call that was given up because it took too long.
pub(super) fn deadline_exceeded(cause: &impl Error) -> Status {
    log(cause);
    Status::deadline_exceeded("The service could not answer the call in time.")
}

/// Describes a call that is refused because there are too many.
pub(super) fn overloaded() -> Status {
    Status::unavailable("The service has too many calls at the moment.")
}

/// Describes a call whose method panicked.
///
/// The panic hook has logged the panic: it alone knows the place.
pub(super) fn panicked() -> Status {
    Status::internal("The service failed to answer the call.")
}

fn unavailable(cause: &impl Error) -> Status {
    log(cause);
    Status::unavailable("The service is not available at the moment.")
}

fn internal(cause: &impl Error) -> Status {
    log(cause);
    Status::internal("The service failed to answer the call.")
}

fn log(cause: &impl Error) {
    exception!(ERROR, cause, "request failed");
}
