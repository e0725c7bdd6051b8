//! `GET /users/{id}`

use axum::{Json, extract::State};

use super::{UserDocument, UserProblems};
use crate::{
    http::{openapi::ServerProblems, parameters::IdParameter, problem::Problem},
    state::AppState,
};

/// Returns a user.
#[utoipa::path(
    get,
    path = "/users/{id}",
    tag = "users",
    params(IdParameter),
    responses(
        (status = OK, description = "The user", body = UserDocument),
        UserProblems,
        ServerProblems,
    ),
)]
pub async fn get_user(
    State(state): State<AppState>,
    IdParameter(id): IdParameter,
) -> Result<Json<UserDocument>, Problem> {
    let user = state.users.get(id).await?;
    Ok(Json(user.into()))
}
