//! Connections, with the limits that the service has.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};
use tokio_io_timeout::TimeoutStream;
use tower::Service as _;

const CONNECTIONS: usize = 1024;
pub const DRAIN: Duration = Duration::from_secs(20);
const MAX_HEAD: usize = 16 * 1024;

/// Serves HTTP/1.1 until `stopping` says so.
pub async fn serve(listener: TcpListener, router: Router, stopping: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let serve = |stream, _| graceful.watch(http1(stream, router.clone()));
    let _connections = accept(listener, serve, stopping).await;
    let _ = timeout(DRAIN, graceful.shutdown()).await;
}

/// Serves all who connect until `stopping` says so; returns the connections that are left.
pub async fn accept<S>(
    listener: TcpListener,
    serve: impl Fn(TcpStream, SocketAddr) -> S,
    mut stopping: watch::Receiver<bool>,
) -> JoinSet<S::Output>
where
    S: Future<Output: Send> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let has_room = connections.len() < CONNECTIONS;
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => break connections,
            Some(_) = connections.join_next() => {}
            Ok((stream, peer)) = listener.accept(), if has_room => {
                connections.spawn(serve(stream, peer));
            }
        }
    }
}

/// Speaks HTTP/1.1 on a connection.
fn http1(
    stream: TcpStream,
    router: Router,
) -> impl GracefulConnection<Error = hyper::Error> + Send {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let request: Request = request.map(Body::new);
        router.clone().call(request)
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(Duration::from_secs(30)));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(10))
        .max_header_size(MAX_HEAD)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
}
