//! One connection: HTTP/2, for as long as it is used and not too old.

use std::{
    future::pending,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::GracefulConnection,
};
use tokio::{
    net::TcpStream,
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until, timeout},
};
use tower::Service as _;

use super::GrpcConfig;
use crate::listener::PeerAddress;

/// How much metadata a call may bring, in bytes.
const MAX_METADATA: u32 = 16 * 1024;

/// How long a connection that is to end may do nothing.
const FAREWELL: Duration = Duration::from_secs(2);

/// The calls that are under way on a connection.
///
/// They come and go without a wake-up of the task that serves it: that one looks again when the
/// connection may have been idle for long enough.
#[derive(Debug)]
struct Calls {
    usage: Mutex<Usage>,
    /// Wakes the one who waits for the end of the last call.
    ended: Notify,
}

#[derive(Clone, Copy, Debug)]
struct Usage {
    calls: usize,
    /// When the last call ended, or the connection began.
    idle_since: Instant,
}

impl Calls {
    fn new() -> Arc<Self> {
        let usage = Usage { calls: 0, idle_since: Instant::now() };
        Arc::new(Self { usage: Mutex::new(usage), ended: Notify::new() })
    }

    /// Waits until there has been no call for as long as the limit; what was before does not count.
    async fn idle(&self, limit: Duration) {
        let begun = Instant::now();
        loop {
            let Usage { calls, idle_since } = *self.usage();
            let idle = if calls == 0 { idle_since.max(begun).elapsed() } else { Duration::ZERO };
            let rest = limit.saturating_sub(idle);
            if rest.is_zero() {
                return;
            }
            sleep(rest).await;
        }
    }

    /// Waits until there is no call.
    async fn none(&self) {
        while self.usage().calls > 0 {
            self.ended.notified().await;
        }
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that is under way on a connection, for as long as one clone of this is kept.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Calls>);

impl UnderWay {
    fn begin(calls: &Arc<Calls>) -> Self {
        calls.usage().calls += 1;
        Self(Arc::clone(calls))
    }
}

impl Clone for UnderWay {
    fn clone(&self) -> Self {
        Self::begin(&self.0)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut usage = self.0.usage();
        usage.calls -= 1;
        if usage.calls == 0 {
            usage.idle_since = Instant::now();
            self.0.ended.notify_one();
        }
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
    let calls = Calls::new();
    let age = spread(config.max_connection_age, peer);
    let connection = connection(stream, peer, router, &config, Arc::clone(&calls));
    let cut_off = run(connection, age, &config, &calls, ending).await;
    // Calls that are cut off end a moment later, and what they tell must not get lost.
    let _ = timeout(FAREWELL, calls.none()).await;
    cut_off
}

/// Speaks HTTP/2 on a connection, and counts the calls that are under way.
fn connection(
    stream: TcpStream,
    peer: PeerAddress,
    router: Router,
    config: &GrpcConfig,
    calls: Arc<Calls>,
) -> impl GracefulConnection + use<> {
    // Messages are small and must not wait for others; where this fails they do, and no more.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(UnderWay::begin(&calls));
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
    calls: &Calls,
    mut ending: watch::Receiver<Option<Instant>>,
) -> bool {
    let mut connection = pin!(connection);
    let grace = tokio::select! {
        // How a connection ends is of no interest: each of its calls is observed.
        _ = connection.as_mut() => return false,
        () = calls.idle(config.max_connection_idle) => config.max_connection_age_grace,
        () = sleep(age) => config.max_connection_age_grace,
        _ = drained_by(&mut ending) => Duration::MAX,
    };
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        _ = connection => false,
        // Who never said hello, or does not answer the goodbye, is not waited for.
        () = calls.idle(FAREWELL) => false,
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

/// Changes an age by up to a tenth, so that connections made together do not end together.
fn spread(age: Duration, peer: PeerAddress) -> Duration {
    age.mul_f64(0.9 + 0.2 * f64::from(peer.0.port()) / f64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_since_the_end_of_its_last_call() {
        let calls = Calls::new();
        let (began, first) = (Instant::now(), UnderWay::begin(&calls));
        let used = async {
            sleep(seconds(90)).await;
            drop(first);
            sleep(seconds(30)).await;
            drop(UnderWay::begin(&calls));
        };

        tokio::join!(calls.idle(seconds(60)), used);

        assert_eq!(began.elapsed(), seconds(90 + 30 + 60));
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_has_time_for_its_farewell() {
        let calls = Calls::new();
        calls.idle(seconds(60)).await;
        let began = Instant::now();

        calls.idle(seconds(2)).await;

        assert_eq!(began.elapsed(), seconds(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_under_way_until_no_clone_of_it_is_left() {
        let calls = Calls::new();
        let (began, first) = (Instant::now(), UnderWay::begin(&calls));
        let second = UnderWay::begin(&calls);
        let used = async {
            let clone = first.clone();
            drop((first, second));
            sleep(seconds(1)).await;
            drop(clone);
        };

        tokio::join!(calls.none(), used);

        assert_eq!(began.elapsed(), seconds(1));
    }
}
