//! The floor of the overhead bench: the users over HTTP and gRPC as a careful engineer writes them
//! who wants no telemetry.
//!
//! It has the limits of the service in `template/`, since those are no telemetry: deadlines, load
//! shedding, body and message limits, panics that cost one request, timeouts of connections,
//! statements that keep their place in the pool until they have ended, a graceful stop. Where the
//! template's own code knows nothing of telemetry, it is used: for the fields of a user, deadlines,
//! and the limits of gRPC.

mod database;
#[expect(dead_code, reason = "only telemetry asks what the time is over for")]
#[path = "../../../../template/src/deadline.rs"]
mod deadline;
mod grpc;
mod http;
mod limits;
mod server;
#[path = "../../../../template/src/users"]
mod users {
    pub mod email;
    pub mod id;
    pub mod name;
}

/// What the template's connections are told of their clients.
mod listener {
    #[derive(Clone, Copy, Debug)]
    pub struct PeerAddress(pub std::net::SocketAddr);
}

use std::{env, error::Error};

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use database::Database;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::connect(&env::var("DATABASE_URL")?).await?;
    let api = TcpListener::bind(env::var("HTTP_ADDRESS")?).await?;
    let calls = TcpListener::bind(env::var("GRPC_ADDRESS")?).await?;
    let (stop, stopping) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::join!(
        server::serve(api, http::router(database.clone()), stopping.clone()),
        grpc::serve(calls, grpc::router(database.clone()), stopping),
        async {
            terminate.recv().await;
            stop.send_replace(true);
        },
    );
    database.close().await;
    Ok(())
}
