//! `DELETE /users/{id}`

use axum::{extract::State, http::StatusCode};

use super::UserProblems;
use crate::{
    http::{openapi::ServerProblems, parameters::IdParameter, problem::Problem},
    state::AppState,
};

/// Deletes a user.
#[utoipa::path(
    delete,
    path = "/users/{id}",
    tag = "users",
    params(IdParameter),
    responses(
        (status = NO_CONTENT, description = "The user was deleted"),
        UserProblems,
        ServerProblems,
    ),
)]
pub async fn delete_user(
    State(state): State<AppState>,
    IdParameter(id): IdParameter,
) -> Result<StatusCode, Problem> {
    state.users.delete(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
