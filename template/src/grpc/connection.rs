//! One connection: HTTP/2, for as long as it is used and not too old.

use std::{future::pending, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::GracefulConnection,
};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};
use tower::Service as _;

use super::GrpcConfig;
use crate::listener::PeerAddress;

/// How much metadata a call may bring, in bytes.
const MAX_METADATA: u32 = 16 * 1024;

/// How long a connection that is to end may do nothing.
const FAREWELL: Duration = Duration::from_secs(2);

/// A call that is under way on a connection, for as long as one clone of this is kept.
#[derive(Clone, Debug)]
pub(super) struct UnderWay(#[expect(dead_code, reason = "it counts by being there")] Arc<Counted>);

#[derive(Debug)]
struct Counted(watch::Sender<usize>);

impl UnderWay {
    fn begin(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|calls| *calls += 1);
        Self(Arc::new(Counted(count.clone())))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|calls| *calls -= 1);
    }
}

/// Serves a connection until its client closes it, or until it is idle, too old, or no longer
/// wanted because the server is `ending`. Calls that are under way then may end.
///
/// Returns whether calls were cut off because they did not end in time.
pub(super) async fn serve(
    stream: TcpStream,
    peer: PeerAddress,
    router: Router,
    config: GrpcConfig,
    ending: watch::Receiver<Option<Instant>>,
) -> bool {
    let count = watch::Sender::new(0);
    let mut calls = count.subscribe();
    let age = spread(config.max_connection_age, peer);
    let connection = connection(stream, peer, router, &config, count);
    let cut_off = run(connection, age, &config, &calls, ending).await;
    // Calls that are cut off end a moment later, and what they tell must not get lost.
    let _ = timeout(FAREWELL, calls.wait_for(|calls| *calls == 0)).await;
    cut_off
}

/// Speaks HTTP/2 on a connection, and counts the calls that are under way.
fn connection(
    stream: TcpStream,
    peer: PeerAddress,
    router: Router,
    config: &GrpcConfig,
    count: watch::Sender<usize>,
) -> impl GracefulConnection + use<> {
    // Messages are small and must not wait for others; where this fails they do, and no more.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(UnderWay::begin(&count));
        router.clone().call(request)
    });
    http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(config.max_streams)
        .max_header_list_size(MAX_METADATA)
        .keep_alive_interval(config.keepalive_interval)
        .keep_alive_timeout(config.keepalive_timeout)
        .serve_connection(TokioIo::new(stream), service)
}

/// Runs a connection until it has ended by itself, or has had its time; drops it then.
///
/// Returns whether calls were cut off because they did not end in time.
async fn run(
    connection: impl GracefulConnection,
    age: Duration,
    config: &GrpcConfig,
    calls: &watch::Receiver<usize>,
    mut ending: watch::Receiver<Option<Instant>>,
) -> bool {
    let mut connection = pin!(connection);
    let grace = tokio::select! {
        // How a connection ends is of no interest: each of its calls is observed.
        _ = connection.as_mut() => return false,
        () = idle(calls.clone(), config.max_connection_idle) => config.max_connection_age_grace,
        () = sleep(age) => config.max_connection_age_grace,
        _ = drained_by(&mut ending) => Duration::MAX,
    };
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        _ = connection => false,
        // Who never said hello, or does not answer the goodbye, is not waited for.
        () = idle(calls.clone(), FAREWELL) => false,
        () = sleep(grace) => true,
        () = async { sleep_until(drained_by(&mut ending).await).await } => true,
    }
}

/// Waits until the server is ending, and returns when it has to be over.
async fn drained_by(ending: &mut watch::Receiver<Option<Instant>>) -> Instant {
    let drained_by = ending.wait_for(Option::is_some).await.ok().and_then(|ending| *ending);
    match drained_by {
        Some(drained_by) => drained_by,
        None => pending().await,
    }
}

/// Waits until a connection has had no call for as long as the limit.
async fn idle(mut calls: watch::Receiver<usize>, limit: Duration) {
    while calls.wait_for(|calls| *calls == 0).await.is_ok() {
        if timeout(limit, calls.changed()).await.is_err() {
            return;
        }
    }
}

/// Changes an age by up to a tenth, so that connections made together do not end together.
fn spread(age: Duration, peer: PeerAddress) -> Duration {
    age.mul_f64(0.9 + 0.2 * f64::from(peer.0.port()) / f64::from(u16::MAX))
}
