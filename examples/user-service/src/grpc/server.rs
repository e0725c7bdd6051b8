//! A server whose connections are bounded in number and age, and that stops in order.

use std::{io, net::SocketAddr, pin::pin};

use axum::Router;
use tokio::{sync::watch, task::JoinSet, time::Instant};

use super::{GrpcConfig, connection, health::Health, router};
use crate::{
    listener::Listener,
    state::AppState,
    telemetry::{metrics::Metrics, sampling::Sampling},
};

/// A server that listens, ready to run.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
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
        let listener = Listener::bind(config.address).await?;
        Ok(Self { listener, router, health, config })
    }

    /// Returns the address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Serves until `stop` is ready, then stops to accept, and lets the calls that are under way
    /// end until the moment that `stop` gives.
    pub async fn run(mut self, stop: impl Future<Output = Instant>) {
        let ending = watch::Sender::new(None);
        let mut connections = JoinSet::new();
        let serve = |(stream, peer), router: &Router, config: &GrpcConfig| {
            connection::serve(stream, peer, router.clone(), config.clone(), ending.subscribe())
        };
        let mut stop = pin!(stop);
        let drained_by = loop {
            let has_room = connections.len() < self.config.max_connections;
            tokio::select! {
                drained_by = &mut stop => break drained_by,
                () = self.health.follow() => {}
                Some(_) = connections.join_next() => {}
                accepted = self.listener.accept(), if has_room => {
                    connections.spawn(serve(accepted, &self.router, &self.config));
                }
            }
        };
        let room = self.config.max_connections.saturating_sub(connections.len());
        for waiting in self.listener.waiting().take(room) {
            connections.spawn(serve(waiting, &self.router, &self.config));
        }
        drop(self.listener);
        self.health.end().await;
        ending.send_replace(Some(drained_by));
        let mut cut_off = 0;
        while let Some(connection) = connections.join_next().await {
            cut_off += usize::from(connection.unwrap_or(true));
        }
        if cut_off > 0 {
            tracing::warn!(connections = cut_off, "calls were cut off by the shutdown");
        }
    }
}
