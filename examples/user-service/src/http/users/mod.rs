//! `/users`: users as JSON.

mod create;
mod delete;
mod get;
mod list;
mod update;

use axum::http::StatusCode;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::{IntoResponses, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    json::Fields,
    problem::{Problem, ProblemDocument},
};
use crate::{
    state::AppState,
    users::{Email, Error, Name, User, UserDetails},
};

/// Builds the routes.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list::list_users, create::create_user)).routes(routes!(
        get::get_user,
        update::update_user,
        delete::delete_user
    ))
}

/// A user.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
struct UserDocument {
    /// The identifier, given by the service.
    #[schema(minimum = 1, example = 1)]
    id: i64,
    /// The name.
    #[schema(min_length = 1, max_length = 100, example = "Ada Lovelace")]
    name: String,
    /// The e-mail address.
    #[schema(max_length = 254, example = "ada@example.com")]
    email: String,
    /// The time of creation.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// The time of the latest change.
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

/// What a client says about a user.
#[derive(ToSchema)]
#[schema(as = UserDetails)]
#[serde(deny_unknown_fields)]
struct UserBody {
    /// The name. Blanks around it are cut off; control characters are refused.
    #[schema(
        value_type = String,
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "Ada Lovelace"
    )]
    name: Name,
    /// The e-mail address, which no other user may have, in any spelling of its letters.
    #[schema(
        value_type = String,
        max_length = 254,
        pattern = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
        example = "ada@example.com"
    )]
    email: Email,
}

/// What a request about one user may end with.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the variants exist for the document only")]
enum UserProblems {
    /// The id, or something else in the request, cannot be read.
    #[response(status = BAD_REQUEST, content_type = "application/problem+json")]
    Malformed(ProblemDocument),
    /// No user has this id.
    #[response(status = NOT_FOUND, content_type = "application/problem+json")]
    NotFound(ProblemDocument),
}

impl TryFrom<Fields> for UserBody {
    type Error = Problem;

    fn try_from(mut fields: Fields) -> Result<Self, Problem> {
        let name = fields.take("name");
        let email = fields.take("email");
        fields.finish(|| Some(Self { name: name?, email: email? }))
    }
}

impl From<UserBody> for UserDetails {
    fn from(UserBody { name, email }: UserBody) -> Self {
        Self { name, email }
    }
}

impl From<User> for UserDocument {
    fn from(user: User) -> Self {
        Self {
            id: user.id.get(),
            name: user.name.into(),
            email: user.email.into(),
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(id) => {
                Self::refused(StatusCode::NOT_FOUND, format!("There is no user with the id {id}."))
            }
            Error::EmailTaken => {
                Self::refused(StatusCode::CONFLICT, "Another user has this e-mail address.")
            }
            Error::Database(error) => error.into(),
        }
    }
}
