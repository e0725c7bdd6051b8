//! A server whose connections are bounded in number and time, and that stops in order.

use std::{
    any::type_name,
    io::{self, ErrorKind},
    net::SocketAddr,
    pin::pin,
    time::Duration,
};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
};
use opentelemetry_semantic_conventions::attribute::{EXCEPTION_MESSAGE, EXCEPTION_TYPE};
use tokio::{
    net::{TcpListener, TcpStream, ToSocketAddrs},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tower::Service as _;

use super::observe::PeerAddress;

/// How long to wait when no connection can be accepted, as when there are no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

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
    listener: TcpListener,
    address: SocketAddr,
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
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, router, limits })
    }

    /// Returns the address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is ready, then stops to accept, and lets the requests that are under way
    /// end for as long as `drain`.
    pub async fn run(self, stop: impl Future<Output = ()>, drain: Duration) {
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(_) = connections.join_next() => {}
                (stream, peer) = self.accept(), if connections.len() < self.limits.connections => {
                    let connection = serve(stream, peer, self.router.clone(), self.limits);
                    connections.spawn(graceful.watch(connection));
                }
            }
        }
        drop(self.listener);
        if timeout(drain, graceful.shutdown()).await.is_err() {
            while connections.try_join_next().is_some() {}
            tracing::warn!(
                connections = connections.len(),
                "requests were cut off by the shutdown"
            );
        }
        // What is cut off here has told its end by the time that telemetry is flushed.
        connections.shutdown().await;
    }

    async fn accept(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok(connection) => return connection,
                // The client went away before it was its turn.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    tracing::warn!(
                        { EXCEPTION_TYPE } = type_name::<io::Error>(),
                        { EXCEPTION_MESSAGE } = %error,
                        message = "a connection was not accepted",
                    );
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// Speaks HTTP/1.1 on a connection.
fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
) -> impl GracefulConnection<Error = hyper::Error> {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(PeerAddress(peer));
        router.clone().call(request)
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_timeout));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
}
