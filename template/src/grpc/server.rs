//! A server whose connections are bounded in number and age, and that stops in order.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, timeout, timeout_at},
};
use tower::Service as _;

use super::{GrpcConfig, health::Health, router};
use crate::{
    http::observe::PeerAddress,
    state::AppState,
    telemetry::{metrics::Metrics, sampling::Sampling},
};

/// How long to wait when no connection can be accepted, as when there are no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// How much metadata a call may bring, in bytes.
const MAX_METADATA: u32 = 16 * 1024;

/// A server that listens, ready to run.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    health: Health,
    config: GrpcConfig,
}

impl Server {
    /// Listens on the configured address; with port 0, on a free port.
    ///
    /// The health that it tells follows `readiness`.
    pub async fn bind(
        config: GrpcConfig,
        state: AppState,
        sampling: &Sampling,
        metrics: &Metrics,
        readiness: watch::Receiver<bool>,
    ) -> io::Result<Self> {
        let health = Health::new(readiness).await;
        let router = router(state, &config, &health, sampling.clone(), metrics);
        let listener = TcpListener::bind(config.address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, router, health, config })
    }

    /// Returns the address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is ready, then stops to accept, and lets the calls that are under way
    /// end until the moment that `stop` gave.
    pub async fn run(mut self, stop: impl Future<Output = Instant>) {
        let ending = watch::Sender::new(());
        let mut connections = JoinSet::new();
        let mut stop = pin!(stop);
        let drained_by = loop {
            let has_room = connections.len() < self.config.max_connections;
            tokio::select! {
                drained_by = &mut stop => break drained_by,
                () = self.health.follow() => {}
                Some(_) = connections.join_next() => {}
                (stream, peer) = accept(&self.listener), if has_room => {
                    let router = self.router.clone();
                    let config = self.config.clone();
                    connections.spawn(serve(stream, peer, router, config, ending.subscribe()));
                }
            }
        };
        drop(self.listener);
        self.health.end().await;
        ending.send_replace(());
        let drain = async { while connections.join_next().await.is_some() {} };
        if timeout_at(drained_by, drain).await.is_err() {
            tracing::warn!(connections = connections.len(), "calls were cut off by the shutdown");
        }
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(connection) => return connection,
            Err(error) => {
                tracing::warn!("exception.message" = %error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Speaks HTTP/2 on a connection, until it ends or is too old, or until the server is `ending`.
async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    config: GrpcConfig,
    mut ending: watch::Receiver<()>,
) {
    // Messages are small, and must not wait for more to come; without this they are slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(PeerAddress(peer));
        router.clone().call(request)
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(config.max_streams)
        .max_header_list_size(MAX_METADATA)
        .keep_alive_interval(config.keepalive_interval)
        .keep_alive_timeout(config.keepalive_timeout)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // How a connection ends is of no interest: each of its calls is observed.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = ending.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
        () = sleep(config.max_connection_age) => {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(config.max_connection_age_grace, connection).await;
        }
    }
}
