//! The service as a whole: the same object in production and in tests.

use std::{convert::Infallible, io, net::SocketAddr, time::Duration};

use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::time::{Instant, interval, sleep, timeout};

use crate::{
    admin::Readiness,
    config::{Config, ShutdownConfig},
    db::{Database, StartError},
    servers::{ListenError, Servers},
    state::AppState,
    telemetry::{Telemetry, metrics::Metrics},
    users,
    worker::{WorkerPool, welcome::Welcome},
};

/// How often the samples of histograms are folded, which bounds the memory that they take.
const FOLD_INTERVAL: Duration = Duration::from_secs(5);

/// How long connections to the database may take to be given back at the end.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is not usable.
    #[error(transparent)]
    Database(#[from] StartError),
    /// An address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The process cannot listen for the signals that stop it.
    #[error("cannot listen for signals: {0}")]
    Signals(#[from] io::Error),
}

/// The service, started but not serving yet.
#[derive(Debug)]
pub struct App {
    servers: Servers,
    readiness: Readiness,
    database: Database,
    metrics: Metrics,
    shutdown: ShutdownConfig,
    workers: WorkerPool<Welcome>,
}

impl App {
    /// Opens the database and the listeners.
    ///
    /// # Errors
    /// The database cannot be reached or migrated, or an address is taken.
    pub async fn build(config: Config, telemetry: &Telemetry) -> Result<Self, Error> {
        let (sampling, metrics) = (telemetry.sampling(), telemetry.metrics());
        let database =
            Database::connect(&config.database, sampling, &metrics, &users::STATEMENTS).await?;
        let workers = WorkerPool::start("users", &config.worker, sampling, &metrics);
        let state = AppState::new(database.clone(), workers.submitter());
        let readiness = Readiness::default();
        let servers = Servers::bind(&config, state, telemetry, &metrics, &readiness).await?;
        let shutdown = config.shutdown;
        Ok(Self { servers, readiness, database, metrics, shutdown, workers })
    }

    /// Returns the address of the API.
    pub fn http_address(&self) -> SocketAddr {
        self.servers.http.address()
    }

    /// Returns the address of metrics and probes.
    pub fn admin_address(&self) -> SocketAddr {
        self.servers.admin.address()
    }

    /// Returns the address of the API over gRPC.
    pub fn grpc_address(&self) -> SocketAddr {
        self.servers.grpc.address()
    }

    fn announce(&self) {
        tracing::info!(
            http_address = %self.http_address(),
            grpc_address = %self.grpc_address(),
            admin_address = %self.admin_address(),
            "ready"
        );
    }

    /// Serves until `stop` is ready, then ends in order: reports not to be ready, waits for load
    /// balancers to notice, stops to accept, lets what is under way end, and closes the database.
    ///
    /// Boxed, it is compiled with the library, and not anew with each program that runs it.
    pub fn run_until_stopped(self, stop: BoxFuture<'_, ()>) -> BoxFuture<'_, ()> {
        self.run(stop).boxed()
    }

    async fn run(self, stop: BoxFuture<'_, ()>) {
        self.readiness.set(true);
        self.announce();
        let stop = async {
            stop.await;
            self.readiness.set(false);
            sleep(self.shutdown.delay).await;
            Instant::now() + self.shutdown.timeout
        };
        let stop = stop.shared();
        let close = async {
            self.workers.drain(stop.clone().await).await;
            if timeout(CLOSE_TIMEOUT, self.database.close()).await.is_err() {
                tracing::warn!("connections to the database were cut off by the shutdown");
            }
        };
        tokio::select! {
            () = self.servers.run(stop.clone(), close) => {}
            never = fold_regularly(&self.metrics) => match never {},
        }
        tracing::info!("stopped");
    }
}

async fn fold_regularly(metrics: &Metrics) -> Infallible {
    let mut interval = interval(FOLD_INTERVAL);
    loop {
        interval.tick().await;
        metrics.fold();
    }
}
