//! The listeners of the service, which are bound, run and stopped together.

use std::{future::pending, io};

use futures_util::future::Shared;
use tokio::time::Instant;

use crate::{
    admin::{self, Readiness},
    config::Config,
    http::{
        self,
        measure::Measure,
        observe::ObserveLayer,
        server::{Limits, Server},
    },
    state::AppState,
    telemetry::{Telemetry, metrics::Metrics},
};

/// Few, as only probes and Prometheus connect to the admin listener.
const ADMIN_CONNECTIONS: usize = 64;

/// An address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}, set by {setting}: {source}")]
pub struct ListenError {
    address: String,
    setting: &'static str,
    source: io::Error,
}

/// The servers of the service, which listen, but do not serve yet.
#[derive(Debug)]
pub struct Servers {
    /// The API.
    pub http: Server,
    /// The API over gRPC.
    pub grpc: crate::grpc::server::Server,
    /// Metrics and probes.
    pub admin: Server,
}

impl Servers {
    /// Listens on the configured addresses.
    ///
    /// # Errors
    /// An address is taken, or is none of this machine.
    pub async fn bind(
        config: &Config,
        state: AppState,
        telemetry: &Telemetry,
        metrics: &Metrics,
        readiness: &Readiness,
    ) -> Result<Self, ListenError> {
        let limits = Limits {
            connections: config.http.max_connections,
            header_read_timeout: config.http.header_read_timeout,
            write_timeout: config.http.request_timeout,
        };
        let address = (config.admin.host.as_str(), config.admin.port);
        let router = admin::router(metrics.clone(), readiness.watch());
        let admin_limits = Limits { connections: ADMIN_CONNECTIONS, ..limits };
        let admin = Server::bind(address, router, admin_limits, readiness.watch()).await.map_err(
            listening(
                config.admin.authority(),
                "OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT",
            ),
        )?;
        let grpc = crate::grpc::server::Server::bind(
            config.grpc.clone(),
            state.clone(),
            telemetry.sampling(),
            metrics,
            readiness.watch(),
        )
        .await
        .map_err(listening(config.grpc.address, "GRPC_ADDRESS"))?;
        let measure = Measure::new(metrics.clone(), &http::openapi());
        let observe = ObserveLayer::new(telemetry.sampling().clone(), measure);
        let router = http::router(state, &config.http, observe);
        let http = Server::bind(config.http.address, router, limits, readiness.watch())
            .await
            .map_err(listening(config.http.address, "HTTP_ADDRESS"))?;
        Ok(Self { http, grpc, admin })
    }

    /// Serves until `stop` is ready, then stops to accept, lets what is under way end until the
    /// moment that `stop` gives, and runs `close`. Metrics and probes are served to its end.
    pub async fn run(
        self,
        stop: Shared<impl Future<Output = Instant>>,
        close: impl Future<Output = ()>,
    ) {
        let serve = async {
            tokio::join!(self.http.run(stop.clone()), self.grpc.run(stop));
            close.await;
        };
        tokio::select! {
            () = serve => {}
            () = self.admin.run(pending()) => {}
        }
    }
}

fn listening(
    address: impl ToString,
    setting: &'static str,
) -> impl FnOnce(io::Error) -> ListenError {
    move |source| ListenError { address: address.to_string(), setting, source }
}
