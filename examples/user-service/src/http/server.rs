//! A server whose connections are bounded in number and time, and that stops in order.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
};
use tokio::{
    net::{TcpStream, ToSocketAddrs},
    task::JoinSet,
    time::{Instant, timeout_at},
};
use tokio_io_timeout::TimeoutStream;
use tower::Service as _;

use crate::listener::{Listener, PeerAddress};

/// Limits that keep slow or many clients from taking the server down.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many connections there are at a time; further ones wait to be accepted.
    pub connections: usize,
    /// How long a client may take to send the head of a request, from the end of the last one.
    pub header_read_timeout: Duration,
    /// How long a client may take to read on.
    pub write_timeout: Duration,
}

/// A server that listens, ready to run.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    router: Router,
    limits: Limits,
}

impl Server {
    /// Listens on an address; with port 0, on a free port.
    pub async fn bind(
        address: impl ToSocketAddrs,
        router: Router,
        limits: Limits,
    ) -> io::Result<Self> {
        let listener = Listener::bind(address).await?;
        Ok(Self { listener, router, limits })
    }

    /// Returns the address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Serves until `stop` is ready, then stops to accept, and lets the requests that are under way
    /// end until the moment that `stop` gives.
    pub async fn run(self, stop: impl Future<Output = Instant>) {
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut stop = pin!(stop);
        let drained_by = loop {
            let has_room = connections.len() < self.limits.connections;
            tokio::select! {
                drained_by = &mut stop => break drained_by,
                Some(_) = connections.join_next() => {}
                (stream, peer) = self.listener.accept(), if has_room => {
                    let connection = serve(stream, peer, self.router.clone(), self.limits);
                    connections.spawn(graceful.watch(connection));
                }
            }
        };
        drop(self.listener);
        if timeout_at(drained_by, graceful.shutdown()).await.is_err() {
            while connections.try_join_next().is_some() {}
            tracing::warn!(
                connections = connections.len(),
                "requests were cut off by the shutdown"
            );
        }
        // What is cut off here has told its end by the time that telemetry is flushed.
        connections.shutdown().await;
    }
}

/// Speaks HTTP/1.1 on a connection.
fn serve(
    stream: TcpStream,
    peer: PeerAddress,
    router: Router,
    limits: Limits,
) -> impl GracefulConnection<Error = hyper::Error> {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        router.clone().call(request)
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_timeout));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
}
