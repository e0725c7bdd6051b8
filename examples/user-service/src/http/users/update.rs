//! `PUT /users/{id}`

use axum::{Json, extract::State};

use super::{UserBody, UserDocument, UserProblems};
use crate::{
    http::{
        json::JsonBody,
        openapi::{BodyProblems, ServerProblems},
        parameters::IdParameter,
        problem::{Problem, ProblemDocument},
    },
    state::AppState,
};

/// Replaces the name and the e-mail address of a user.
#[utoipa::path(
    put,
    path = "/users/{id}",
    tag = "users",
    params(IdParameter),
    request_body = UserBody,
    responses(
        (status = OK, description = "The user as it is now", body = UserDocument),
        (
            status = CONFLICT,
            description = "Another user has the e-mail address",
            body = ProblemDocument,
            content_type = "application/problem+json",
        ),
        UserProblems,
        BodyProblems,
        ServerProblems,
    ),
)]
pub async fn update_user(
    State(state): State<AppState>,
    IdParameter(id): IdParameter,
    JsonBody(body): JsonBody<UserBody>,
) -> Result<Json<UserDocument>, Problem> {
    let user = state.users.update(id, body.into()).await?;
    Ok(Json(user.into()))
}
