//! The limit of calls at a time.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use hyper::body::{Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::server::NamedService;
use tonic_health::{pb::health_server::HealthServer, server::HealthService};

use super::status;

/// Refuses a call where there are as many as there may be: waiting would only make all of them
/// late. A call is one of them until the last of its answer.
///
/// Questions about the health are let through: whoever is overloaded must not look dead.
pub(super) async fn enforce(
    State(calls): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    if is_about_health(request.uri().path()) {
        return next.run(request).await;
    }
    match calls.try_acquire_owned() {
        Ok(permit) => {
            let response = next.run(request).await;
            response.map(|body| Body::new(LimitedBody { body, permit: Some(permit) }))
        }
        Err(_) => status::overloaded().into_http(),
    }
}

fn is_about_health(path: &str) -> bool {
    path.strip_prefix('/')
        .and_then(|path| path.strip_prefix(<HealthServer<HealthService> as NamedService>::NAME))
        .is_some_and(|method| method.starts_with('/'))
}

pin_project! {
    /// The rest of an answer, with the permit of its call.
    struct LimitedBody {
        #[pin]
        body: Body,
        permit: Option<OwnedSemaphorePermit>,
    }
}

impl HttpBody for LimitedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(context));
        // Whoever reads the status may call again at once.
        if !matches!(&frame, Some(Ok(frame)) if frame.is_data()) {
            *this.permit = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
