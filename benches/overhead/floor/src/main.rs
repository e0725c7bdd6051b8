//! The floor of the overhead bench: the users over HTTP and gRPC as a careful engineer writes them
//! who wants no telemetry.
//!
//! It has the limits of the service in `template/`, since those are no telemetry: deadlines, load
//! shedding, body and message limits, panics that cost one request, timeouts of connections, a
//! graceful stop. What a client sends is parsed by the template's own code.

mod database;
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
    let (http, grpc) = (http::router(database.clone()), grpc::router(database.clone()));
    tokio::join!(
        server::run(api, |stream| server::http1(stream, http.clone()), stopping.clone()),
        server::run(calls, |stream| server::http2(stream, grpc.clone()), stopping),
        async {
            terminate.recv().await;
            stop.send_replace(true);
        },
    );
    database.close().await;
    Ok(())
}
