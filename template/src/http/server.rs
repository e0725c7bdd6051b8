//! A server whose connections are bounded in number and time, and that stops in order.

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, header},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
};
use tokio::{
    net::{TcpStream, ToSocketAddrs},
    sync::watch,
    task::JoinSet,
    time::{Instant, timeout, timeout_at},
};
use tokio_io_timeout::TimeoutStream;
use tower::Service as _;

use crate::listener::{Listener, PeerAddress};

/// How long a client may take to notice that nothing more is wanted; a request that it has sent by
/// then is answered, and the last one on its connection.
const FAREWELL: Duration = Duration::from_millis(100);

/// How long the head of a request may be, in bytes.
const MAX_HEAD: usize = 16 * 1024;

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
    readiness: watch::Receiver<bool>,
}

impl Server {
    /// Listens on an address; with port 0, on a free port.
    ///
    /// While `readiness` says no, each response is the last one on its connection.
    pub async fn bind(
        address: impl ToSocketAddrs,
        router: Router,
        limits: Limits,
        readiness: watch::Receiver<bool>,
    ) -> io::Result<Self> {
        let listener = Listener::bind(address).await?;
        Ok(Self { listener, router, limits, readiness })
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
                accepted = self.listener.accept(), if has_room => {
                    connections.spawn(graceful.watch(self.serve(accepted)));
                }
            }
        };
        let room = self.limits.connections.saturating_sub(connections.len());
        for waiting in self.listener.waiting().take(room) {
            connections.spawn(graceful.watch(self.serve(waiting)));
        }
        drop(self.listener);
        let drained = async {
            // A connection that looks idle may just be getting a request.
            let ended = async { while connections.join_next().await.is_some() {} };
            if timeout(FAREWELL, ended).await.is_err() {
                graceful.shutdown().await;
            }
        };
        if timeout_at(drained_by, drained).await.is_err() {
            while connections.try_join_next().is_some() {}
            tracing::warn!(
                connections = connections.len(),
                "requests were cut off by the shutdown"
            );
        }
        // What is cut off here has told its end by the time that telemetry is flushed.
        connections.shutdown().await;
    }

    /// Speaks HTTP/1.1 on a connection.
    fn serve(
        &self,
        (stream, peer): (TcpStream, PeerAddress),
    ) -> impl GracefulConnection<Error = hyper::Error> + use<> {
        let router = self.router.clone();
        // Not a clone for each request: all connections would count theirs in one place.
        let readiness = Arc::new(self.readiness.clone());
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            let response = router.clone().call(request);
            let readiness = Arc::clone(&readiness);
            async move {
                let mut response = response.await?;
                // A client that is told can move on; one whose idle connection is closed later
                // may just have sent a request on it.
                if !*readiness.borrow() {
                    response
                        .headers_mut()
                        .insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response)
            }
        });
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.limits.write_timeout));
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_read_timeout)
            .max_header_size(MAX_HEAD)
            .serve_connection(TokioIo::new(Box::pin(stream)), service)
    }
}
