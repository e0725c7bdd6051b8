//! The contract of the API, as a document and as a page that shows it.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use utoipa::{IntoResponses, OpenApi};

use super::problem::{Problem, ProblemDocument};

/// The part of the document that belongs to no single endpoint.
#[derive(OpenApi)]
#[openapi(tags(
    (name = "users", description = "The users of the service"),
    (name = "health", description = "The state of the service"),
))]
pub struct Contract;

/// What any request may end with when the service fails.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the variants exist for the document only")]
pub enum ServerProblems {
    /// The service failed.
    #[response(status = INTERNAL_SERVER_ERROR, content_type = "application/problem+json")]
    Internal(ProblemDocument),
    /// The service is overloaded, or its database cannot be reached.
    #[response(
        status = SERVICE_UNAVAILABLE,
        content_type = "application/problem+json",
        headers(("Retry-After" = u32, description = "Seconds to wait before the next try")),
    )]
    Unavailable(ProblemDocument),
    /// The service could not answer in time.
    #[response(status = GATEWAY_TIMEOUT, content_type = "application/problem+json")]
    TimedOut(ProblemDocument),
}

/// What a request with a body may end with before the body's meaning is looked at.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the variants exist for the document only")]
pub enum BodyProblems {
    /// The body is not JSON, or a parameter cannot be read.
    #[response(status = BAD_REQUEST, content_type = "application/problem+json")]
    Malformed(ProblemDocument),
    /// The body did not arrive in time.
    #[response(status = REQUEST_TIMEOUT, content_type = "application/problem+json")]
    TooSlow(ProblemDocument),
    /// The body is too large.
    #[response(status = PAYLOAD_TOO_LARGE, content_type = "application/problem+json")]
    TooLarge(ProblemDocument),
    /// The body is not declared as JSON.
    #[response(status = UNSUPPORTED_MEDIA_TYPE, content_type = "application/problem+json")]
    NotJson(ProblemDocument),
    /// The body has fields that are missing, unknown or not acceptable.
    #[response(status = UNPROCESSABLE_ENTITY, content_type = "application/problem+json")]
    Invalid(ProblemDocument),
}

/// Builds the routes that show the contract. They are not part of it.
pub fn router<S>(document: &utoipa::openapi::OpenApi) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let document = document.to_json().expect("the contract can be written as JSON");
    let document = ([(header::CONTENT_TYPE, "application/json")], Bytes::from(document));
    let page = Arc::new(utoipa_swagger_ui::Config::from("/openapi.json"));
    let file = async move |uri: Uri| page_file(&uri, page);
    Router::new()
        .route("/openapi.json", get(document))
        .route("/docs", get(Redirect::permanent("/docs/")))
        .route("/docs/", get(file.clone()))
        .route("/docs/{*file}", get(file))
}

fn page_file(uri: &Uri, page: Arc<utoipa_swagger_ui::Config<'static>>) -> Response {
    let file = uri.path().trim_start_matches("/docs/");
    match utoipa_swagger_ui::serve(file, page) {
        Ok(Some(file)) => ([(header::CONTENT_TYPE, file.content_type)], file.bytes).into_response(),
        Ok(None) => {
            Problem::refused(StatusCode::NOT_FOUND, "The page has no such file.").into_response()
        }
        Err(error) => Problem::internal(&*error).into_response(),
    }
}
