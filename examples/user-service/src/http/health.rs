//! `GET /health`: whether the service can do its work now.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{openapi::ServerProblems, problem::Problem};
use crate::{deadline, state::AppState};

/// Where the health of the service is told.
pub(super) const PATH: &str = "/health";

/// How long the database may take to answer.
const LIMIT: Duration = Duration::from_secs(2);

/// The health of the service.
#[derive(Serialize, ToSchema)]
pub struct Health {
    status: Status,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
}

/// Tells whether the service and its database answer.
#[utoipa::path(
    get,
    path = PATH,
    tag = "health",
    responses(
        (status = OK, description = "The service and its database answer", body = Health),
        ServerProblems,
    ),
)]
pub async fn health(State(state): State<AppState>) -> Result<Json<Health>, Problem> {
    match deadline::within(LIMIT, state.database.ping()).await {
        Ok(Ok(())) => Ok(Json(Health { status: Status::Ok })),
        Ok(Err(error)) => Err(Problem::unavailable(&error)),
        Err(elapsed) => Err(Problem::unavailable(&elapsed)),
    }
}
