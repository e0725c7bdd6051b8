//! Jobs that do not end when the service does.

use std::{convert::Infallible, env, future::pending, sync::Arc, time::Duration};

use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};
use tokio::{process::Command, sync::Notify, time::Instant};

use user_service::config::Config;
use user_service::telemetry::Telemetry;
use user_service::worker::Job;
use user_service::worker::WorkerConfig;
use user_service::worker::WorkerPool;

use crate::support::{DATABASE_URL, collector::Collector};

/// Is set for the process that is to abandon a job.
const ABANDONS: &str = "TEST_ABANDONS";

/// A job that says when it runs, and then waits for ever.
#[derive(Debug)]
struct Endless(Arc<Notify>);

impl Job for Endless {
    const NAME: &'static str = "endless";

    type Error = Infallible;

    async fn run(self) -> Result<(), Infallible> {
        self.0.notify_one();
        pending().await
    }
}

#[tokio::test]
async fn the_span_of_an_abandoned_job_says_so() {
    if env::var_os(ABANDONS).is_some() {
        return abandon().await;
    }
    let collector = Collector::start().await;

    // No job of the service takes that long, so it is this test in a process of its own: telemetry
    // belongs to the whole of a process.
    let output = Command::new(env::current_exe().unwrap())
        .args(["faults::unfinished::the_span_of_an_abandoned_job_says_so", "--exact"])
        .env(ABANDONS, "yes")
        .envs(collector.settings("grpc"))
        .output()
        .await
        .unwrap();

    assert!(output.status.success(), "{output:?}");
    let job = collector.span("worker.job endless");
    assert_eq!((job.kind, job.status), (SpanKind::Consumer, StatusCode::Error), "{job:#?}");
    assert_eq!(job.attributes["worker.job.outcome"], "abandoned", "{job:#?}");
    assert_eq!(job.attributes["error.type"], "abandoned", "{job:#?}");
}

/// Abandons a job that runs, and exports what is told about it.
async fn abandon() {
    let config = Config::parse_from(["--database-url", DATABASE_URL], |_| None).unwrap();
    let telemetry = Telemetry::init(&config.log).unwrap();
    let settings =
        WorkerConfig { workers: 1, queue_capacity: 1, job_timeout: Duration::from_hours(1) };
    let pool = WorkerPool::start("endless", &settings, telemetry.sampling(), &telemetry.metrics());
    let runs = Arc::new(Notify::new());
    pool.submitter().submit(Endless(Arc::clone(&runs))).unwrap();
    runs.notified().await;

    pool.drain(Instant::now()).await;

    telemetry.shutdown().await;
}
