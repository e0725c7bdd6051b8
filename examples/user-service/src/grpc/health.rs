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
    /// What all were told last; nothing from the moment that they begin to be told something new.
    told: Option<bool>,
}

impl Health {
    /// Follows this readiness.
    pub(super) async fn new(readiness: watch::Receiver<bool>) -> Self {
        let mut health = Self { reporter: HealthReporter::new(), readiness, told: None };
        health.report().await;
        health
    }

    /// Builds the service that tells the health.
    pub(super) fn service(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.reporter.clone()))
    }

    /// Passes the next change of readiness on; where that is cut short, the next call does it.
    pub(super) async fn follow(&mut self) {
        let told = self.told;
        if self.readiness.wait_for(|ready| Some(*ready) != told).await.is_err() {
            // The service has ended: there are no more changes.
            pending::<()>().await;
        }
        self.report().await;
    }

    /// Ends the streams of those who watch the health, so that nobody has to wait for them.
    pub(super) async fn end(mut self) {
        if self.told != Some(*self.readiness.borrow()) {
            self.report().await;
        }
        for service in SERVICES {
            self.reporter.clear_service_status(service).await;
        }
    }

    async fn report(&mut self) {
        let ready = *self.readiness.borrow();
        let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        self.told = None;
        for service in SERVICES {
            self.reporter.set_service_status(service, status).await;
        }
        self.told = Some(ready);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::task::{coop::consume_budget, yield_now};
    use tonic::Request;
    use tonic_health::pb::{HealthCheckRequest, health_server::Health as _};

    use super::*;

    /// More than tokio lets a task do before it has to wait.
    const MORE_THAN_THE_BUDGET: usize = 300;

    /// Each time, the task has to wait a step earlier.
    #[tokio::test]
    async fn a_change_is_told_wherever_following_it_was_cut_short() {
        for (step, last) in (0..MORE_THAN_THE_BUDGET).flat_map(|step| [(step, true), (step, false)])
        {
            let readiness = watch::Sender::new(false);
            let mut health = Health::new(readiness.subscribe()).await;
            let service = HealthService::from_health_reporter(health.reporter.clone());
            readiness.send_replace(true);
            yield_now().await;
            for _ in 0..step {
                consume_budget().await;
            }

            let _cut_short = health.follow().now_or_never();
            readiness.send_replace(last);
            yield_now().await;
            let _may_be_done = health.follow().now_or_never();

            let expected = if last { "SERVING" } else { "NOT_SERVING" };
            for name in SERVICES {
                let request = Request::new(HealthCheckRequest { service: name.to_owned() });
                let answer = service.check(request).await.unwrap().into_inner();
                assert_eq!(answer.status().as_str_name(), expected, "{name:?} at step {step}");
            }
        }
    }
}
