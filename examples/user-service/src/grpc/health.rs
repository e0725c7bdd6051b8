//! `grpc.health.v1.Health`: readiness, as load balancers and clients of gRPC ask for it.

use std::future::pending;

use tokio::sync::watch;
use tonic::server::NamedService;
use tonic_health::{
    ServingStatus,
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};

use super::{contract::v1::user_service_server::UserServiceServer, users::UserCalls};

/// The services that have a health: all together, and the one of the users.
const SERVICES: [&str; 2] = ["", <UserServiceServer<UserCalls> as NamedService>::NAME];

/// The health of the services, which is that of `/readyz`.
#[derive(Debug)]
pub(super) struct Health {
    reporter: HealthReporter,
    readiness: watch::Receiver<bool>,
}

impl Health {
    /// Follows this readiness.
    pub(super) async fn new(readiness: watch::Receiver<bool>) -> Self {
        let mut health = Self { reporter: HealthReporter::new(), readiness };
        health.report().await;
        health
    }

    /// Builds the service that tells the health.
    pub(super) fn service(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.reporter.clone()))
    }

    /// Passes the next change of readiness on.
    pub(super) async fn follow(&mut self) {
        if self.readiness.changed().await.is_err() {
            // The service has ended: there are no more changes.
            pending::<()>().await;
        }
        self.report().await;
    }

    /// Ends the streams of those who watch the health, so that nobody has to wait for them.
    pub(super) async fn end(mut self) {
        if self.readiness.has_changed().unwrap_or(false) {
            self.report().await;
        }
        for service in SERVICES {
            self.reporter.clear_service_status(service).await;
        }
    }

    async fn report(&mut self) {
        let ready = *self.readiness.borrow_and_update();
        let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        for service in SERVICES {
            self.reporter.set_service_status(service, status).await;
        }
    }
}
