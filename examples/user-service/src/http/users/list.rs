//! `GET /users`

use axum::{
    Json,
    extract::State,
    http::header,
    response::{AppendHeaders, IntoResponse},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::UserDocument;
use crate::{
    http::{
        openapi::ServerProblems,
        parameters::QueryParameters,
        problem::{Problem, ProblemDocument},
    },
    state::AppState,
    users::{Page, PageRequest, UserId},
};

/// One page of the list of users.
#[derive(Serialize, ToSchema)]
struct UserPage {
    /// The users, in the order of their identifiers.
    users: Vec<UserDocument>,
    /// The `after` of the next page; null on the last one.
    #[schema(required, minimum = 1)]
    next: Option<i64>,
}

/// Lists the users, page by page.
#[utoipa::path(
    get,
    path = "/users",
    tag = "users",
    params(
        (
            "limit" = Option<u8>,
            Query,
            description = "The greatest number of users on the page",
            minimum = 1,
            maximum = 100,
            example = 20,
        ),
        (
            "after" = Option<i64>,
            Query,
            description = "The id after which the page starts: the `next` of the page before",
            minimum = 1,
        ),
    ),
    responses(
        (
            status = OK,
            description = "A page of users",
            body = UserPage,
            headers(("Link" = String, description = "The next page, unless this is the last one (RFC 8288)")),
        ),
        (
            status = BAD_REQUEST,
            description = "A parameter cannot be read",
            body = ProblemDocument,
            content_type = "application/problem+json",
        ),
        ServerProblems,
    ),
)]
pub async fn list_users(
    State(state): State<AppState>,
    mut parameters: QueryParameters,
) -> Result<impl IntoResponse, Problem> {
    let size = parameters.take("limit").unwrap_or_default();
    let after = parameters.take("after");
    parameters.finish()?;

    let request = PageRequest { size, after };
    let page = state.users.list(request).await?;
    let link = page.next.map(|next| next_page(request, next));
    Ok((AppendHeaders(link.map(|link| (header::LINK, link))), Json(UserPage::from(page))))
}

fn next_page(request: PageRequest, after: UserId) -> String {
    let limit = request.size.get();
    format!("</users?limit={limit}&after={after}>; rel=\"next\"")
}

impl From<Page> for UserPage {
    fn from(page: Page) -> Self {
        Self {
            users: page.users.into_iter().map(Into::into).collect(),
            next: page.next.map(UserId::get),
        }
    }
}
