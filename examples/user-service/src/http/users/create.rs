//! `POST /users`

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};

use super::{UserBody, UserDocument};
use crate::{
    http::{
        json::JsonBody,
        openapi::{BodyProblems, ServerProblems},
        problem::{Problem, ProblemDocument},
    },
    state::AppState,
};

/// Creates a user.
#[utoipa::path(
    post,
    path = "/users",
    tag = "users",
    request_body = UserBody,
    responses(
        (
            status = CREATED,
            description = "The user was created",
            body = UserDocument,
            headers(("Location" = String, description = "The path of the user")),
        ),
        (
            status = CONFLICT,
            description = "Another user has the e-mail address",
            body = ProblemDocument,
            content_type = "application/problem+json",
        ),
        BodyProblems,
        ServerProblems,
    ),
)]
pub async fn create_user(
    State(state): State<AppState>,
    JsonBody(body): JsonBody<UserBody>,
) -> Result<impl IntoResponse, Problem> {
    let user = state.users.create(body.into()).await?;
    state.welcome(&user);
    let location = format!("/users/{}", user.id);
    let document = Json(UserDocument::from(user));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], document))
}
