//! `GET /users/{id}` and `POST /users`.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    database::{Database, Failure, User},
    limits,
    users::{email::Email, id::UserId, name::Name},
};

pub fn router(database: Database) -> Router {
    let routes = Router::new()
        .route("/users/{id}", get(get_user))
        .route("/users", post(create_user))
        .with_state(database);
    limits::layer(routes)
}

#[derive(Serialize)]
struct UserDocument {
    id: i64,
    name: String,
    email: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserBody {
    name: String,
    email: String,
}

async fn get_user(
    State(database): State<Database>,
    Path(id): Path<String>,
) -> Result<Json<UserDocument>, StatusCode> {
    let id: UserId = id.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    let user = database.get(id).await.map_err(|failure| status(&failure))?;
    Ok(Json(user.ok_or(StatusCode::NOT_FOUND)?.into()))
}

async fn create_user(
    State(database): State<Database>,
    Json(body): Json<UserBody>,
) -> Result<impl IntoResponse, StatusCode> {
    let name: Name = body.name.parse().map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)?;
    let email: Email = body.email.parse().map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)?;
    let user = database.create(name, email).await.map_err(|failure| status(&failure))?;
    let location = format!("/users/{}", user.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(UserDocument::from(user))))
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

fn status(failure: &Failure) -> StatusCode {
    match failure {
        Failure::Deadline => StatusCode::GATEWAY_TIMEOUT,
        Failure::Sqlx(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            StatusCode::CONFLICT
        }
        Failure::Sqlx(sqlx::Error::PoolTimedOut) => StatusCode::SERVICE_UNAVAILABLE,
        Failure::Sqlx(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
