//! The service as a whole: the same object in production and in tests.

use std::{convert::Infallible, future::pending, io, net::SocketAddr, time::Duration};

use tokio::time::{interval, sleep, timeout};

use crate::{
    admin::{self, Readiness},
    config::{Config, ShutdownConfig},
    db::{Database, StartError},
    http::{
        self,
        measure::Measure,
        observe::ObserveLayer,
        server::{Limits, Server},
    },
    state::AppState,
    telemetry::{Telemetry, metrics::Metrics},
    users,
};

/// How often the samples of histograms are folded, which bounds the memory that they take.
const FOLD_INTERVAL: Duration = Duration::from_secs(5);

/// How long connections to the database may take to be given back at the end.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Few, as only probes and Prometheus connect to the admin listener.
const ADMIN_CONNECTIONS: usize = 64;

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is not usable.
    #[error(transparent)]
    Database(#[from] StartError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}, set by {setting}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// The setting that chose it.
        setting: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The process cannot listen for the signals that stop it.
    #[error("cannot listen for signals: {0}")]
    Signals(#[from] io::Error),
}

/// The service, started but not serving yet.
#[derive(Debug)]
pub struct App {
    http: Server,
    admin: Server,
    readiness: Readiness,
    database: Database,
    metrics: Metrics,
    shutdown: ShutdownConfig,
}

impl App {
    /// Opens the database and the listeners.
    ///
    /// # Errors
    /// The database cannot be reached or migrated, or an address is taken.
    pub async fn build(config: Config, telemetry: &Telemetry) -> Result<Self, Error> {
        let metrics = telemetry.metrics();
        let database = Database::connect(&config.database, &metrics, &users::STATEMENTS).await?;
        let measure = Measure::new(metrics.clone(), &http::openapi());
        let observe = ObserveLayer::new(telemetry.sampling().clone(), measure);
        let router = http::router(AppState::new(database.clone()), &config.http, observe);
        let limits = Limits {
            connections: config.http.max_connections,
            header_read_timeout: config.http.header_read_timeout,
            write_timeout: config.http.request_timeout,
        };
        let http = Server::bind(config.http.address, router, limits)
            .await
            .map_err(listening(config.http.address, "HTTP_ADDRESS"))?;
        let readiness = Readiness::default();
        let router = admin::router(metrics.clone(), readiness.clone());
        let limits = Limits { connections: ADMIN_CONNECTIONS, ..limits };
        let address = (config.admin.host.as_str(), config.admin.port);
        let admin = Server::bind(address, router, limits).await.map_err(listening(
            config.admin.authority(),
            "OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT",
        ))?;
        Ok(Self { http, admin, readiness, database, metrics, shutdown: config.shutdown })
    }

    /// Returns the address of the API.
    pub fn http_address(&self) -> SocketAddr {
        self.http.address()
    }

    /// Returns the address of metrics and probes.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin.address()
    }

    /// Serves until `stop` is ready, then ends in order: reports not to be ready, waits for load
    /// balancers to notice, stops to accept, lets requests end, and closes the database.
    pub async fn run_until_stopped(self, stop: impl Future<Output = ()>) {
        tracing::info!(
            http = %self.http.address(),
            admin = %self.admin.address(),
            "ready"
        );
        self.readiness.set(true);
        let stop = async {
            stop.await;
            self.readiness.set(false);
            sleep(self.shutdown.delay).await;
        };
        tokio::select! {
            () = self.http.run(stop, self.shutdown.timeout) => {}
            () = self.admin.run(pending(), Duration::ZERO) => {}
            never = fold_regularly(&self.metrics) => match never {},
        }
        if timeout(CLOSE_TIMEOUT, self.database.close()).await.is_err() {
            tracing::warn!("connections to the database were cut off by the shutdown");
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

fn listening(address: impl ToString, setting: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Listen { address: address.to_string(), setting, source }
}
