//! `user.v1.UserService/GetUser`, with the template's own limits of connections and calls.

#[path = "../../../../template/src/grpc/connection.rs"]
mod connection;
#[path = "../../../../template/src/grpc/deadline.rs"]
mod deadline;
#[path = "../../../../template/src/grpc/limit.rs"]
mod limit;

/// What calls beyond the limits end with.
mod status {
    use std::error::Error;

    use tonic::Status;

    pub fn deadline_exceeded(_: &impl Error) -> Status {
        Status::deadline_exceeded("The call took too long.")
    }

    pub fn overloaded() -> Status {
        Status::unavailable("There are too many calls.")
    }
}

use std::{sync::Arc, time::Duration};

use axum::{Router, middleware::from_fn_with_state};
use prost_types::Timestamp;
use time::OffsetDateTime;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    time::Instant,
};
use tonic::{Request, Response, Status, service::Routes};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    database::{Database, User},
    limits,
    listener::PeerAddress,
    server::{self, DRAIN},
    users::id::UserId,
};

#[expect(clippy::pedantic, reason = "prost and tonic generate it")]
mod v1 {
    tonic::include_proto!("user.v1");
}

const MAX_MESSAGE_SIZE: usize = 262_144;

/// The limits of connections, as the service has them by default.
const CONFIG: GrpcConfig = GrpcConfig {
    max_streams: 256,
    max_connection_idle: Duration::from_mins(1),
    max_connection_age: Duration::from_mins(5),
    max_connection_age_grace: Duration::from_mins(1),
    keepalive_interval: Duration::from_secs(30),
    keepalive_timeout: Duration::from_secs(10),
};

struct GrpcConfig {
    max_streams: u32,
    max_connection_idle: Duration,
    max_connection_age: Duration,
    max_connection_age_grace: Duration,
    keepalive_interval: Duration,
    keepalive_timeout: Duration,
}

pub fn router(database: Database) -> Router {
    let users = v1::user_service_server::UserServiceServer::new(Users { database })
        .max_decoding_message_size(MAX_MESSAGE_SIZE)
        .max_encoding_message_size(MAX_MESSAGE_SIZE);
    let calls = Arc::new(Semaphore::new(1024));
    Routes::new(users).into_axum_router().layer((
        CatchPanicLayer::custom(limits::panicked),
        from_fn_with_state(limits::REQUEST_TIMEOUT, deadline::enforce),
        from_fn_with_state(calls, limit::enforce),
    ))
}

/// Serves calls until `stopping` says so.
pub async fn serve(listener: TcpListener, router: Router, stopping: watch::Receiver<bool>) {
    let ending = watch::Sender::new(None);
    let serve = |stream, peer| {
        connection::serve(stream, PeerAddress(peer), router.clone(), CONFIG, ending.subscribe())
    };
    let mut connections = server::accept(listener, serve, stopping).await;
    ending.send_replace(Some(Instant::now() + DRAIN));
    while connections.join_next().await.is_some() {}
}

struct Users {
    database: Database,
}

#[tonic::async_trait]
impl v1::user_service_server::UserService for Users {
    async fn get_user(
        &self,
        request: Request<v1::GetUserRequest>,
    ) -> Result<Response<v1::GetUserResponse>, Status> {
        let id = UserId::try_from(request.get_ref().id)
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let user = self.database.get(id).await;
        let user = user.map_err(|failure| Status::internal(failure.to_string()))?;
        let user = user.ok_or_else(|| Status::not_found("There is no user with the id."))?;
        Ok(Response::new(v1::GetUserResponse { user: Some(user.into()) }))
    }
}

impl From<User> for v1::User {
    fn from(user: User) -> Self {
        Self {
            id: user.id.get(),
            name: user.name.into(),
            email: user.email.into(),
            created_at: Some(timestamp(user.created_at)),
            updated_at: Some(timestamp(user.updated_at)),
        }
    }
}

fn timestamp(time: OffsetDateTime) -> Timestamp {
    let nanos = time.nanosecond().try_into().expect("a second has fewer nanoseconds than 2^31");
    Timestamp { seconds: time.unix_timestamp(), nanos }
}
