//! Jobs that do not end by themselves.

use std::{any::type_name, convert::Infallible, env, future::pending, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, future::ready};
use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};
use tokio::{
    process::Command,
    sync::{Notify, oneshot},
    time::{Instant, error::Elapsed, timeout},
};

use user_service::admin::Readiness;
use user_service::config::Config;
use user_service::db::Database;
use user_service::servers::Servers;
use user_service::state::AppState;
use user_service::telemetry::Telemetry;
use user_service::telemetry::metrics::Metrics;
use user_service::users::STATEMENTS;
use user_service::worker::Job;
use user_service::worker::WorkerConfig;
use user_service::worker::WorkerPool;

use super::logged_alone;
use crate::support::{
    DATABASE_URL, PATIENCE, TELEMETRY, TestDatabase, client, collector::Collector, config,
    log_as_the_service, send,
};

/// Is set for the process whose job is to outlast its deadline.
const TIMES_OUT: &str = "TEST_TIMES_OUT";

/// Is set for the process that is to abandon a job.
const ABANDONS: &str = "TEST_ABANDONS";

/// Tells that one job was abandoned.
const ABANDONED: &str = "\nworker_pool_jobs_total{worker_pool_name=\"probes\",\
    worker_job_name=\"endless\",worker_job_outcome=\"abandoned\"} 1\n";

/// A deadline that no job of a test reaches.
const A_LONG_TIME: Duration = Duration::from_hours(1);

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

#[tokio::test]
async fn what_becomes_of_jobs_can_be_scraped_to_the_end() {
    let options = TestDatabase::create();
    let (sampling, metrics) = (TELEMETRY.sampling(), TELEMETRY.metrics());
    let config = config(&options, &[]);
    let database =
        Database::connect(&config.database, sampling, &metrics, &STATEMENTS).await.unwrap();
    let welcomes = WorkerPool::start("users", &config.worker, sampling, &metrics);
    let state = AppState::new(database.clone(), welcomes.submitter());
    let readiness = Readiness::default();
    let servers = Servers::bind(&config, state, &TELEMETRY, &metrics, &readiness).await.unwrap();
    let url = format!("http://{}/metrics", servers.admin.address());
    let pool = busy_pool(&TELEMETRY, &metrics, A_LONG_TIME).await;
    let (client, (scraped, is_scraped)) = (client(), oneshot::channel());

    let close = async {
        pool.drain(Instant::now()).await;
        is_scraped.await.unwrap();
        database.close().await;
    };
    let scrape = async {
        while !send(client.get(&url)).await.body.contains(ABANDONED) {}
        scraped.send(()).unwrap();
    };
    let stop = ready(Instant::now()).shared();
    let both = async { tokio::join!(servers.run(stop, close), scrape) };

    timeout(PATIENCE, both).await.expect("the metrics tell of the job");
    assert!(client.get(&url).send().await.is_err(), "the metrics outlast the service");
}

#[tokio::test]
async fn a_job_that_outlasts_its_deadline_is_logged_with_the_error() {
    if env::var_os(TIMES_OUT).is_some() {
        let telemetry = log_as_the_service();
        let pool = busy_pool(&telemetry, &telemetry.metrics(), Duration::from_millis(1)).await;
        return pool.drain(Instant::now() + PATIENCE).await;
    }

    let test = "faults::unfinished::a_job_that_outlasts_its_deadline_is_logged_with_the_error";
    let line = logged_alone(test, TIMES_OUT, "job failed");

    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["exception.type"], type_name::<Elapsed>());
    assert_eq!(line["exception.message"], "deadline has elapsed");
}

/// Abandons a job that runs, and exports what is told about it.
async fn abandon() {
    let config = Config::parse_from(["--database-url", DATABASE_URL], |_| None).unwrap();
    let telemetry = Telemetry::init(&config.log).unwrap();
    let pool = busy_pool(&telemetry, &telemetry.metrics(), A_LONG_TIME).await;

    pool.drain(Instant::now()).await;

    telemetry.shutdown().await;
}

/// Returns a pool whose worker is busy until the deadline of its job.
async fn busy_pool(
    telemetry: &Telemetry,
    metrics: &Metrics,
    job_timeout: Duration,
) -> WorkerPool<Endless> {
    let settings = WorkerConfig { workers: 1, queue_capacity: 1, job_timeout };
    let pool = WorkerPool::start("probes", &settings, telemetry.sampling(), metrics);
    let runs = Arc::new(Notify::new());
    pool.submitter().submit(Endless(Arc::clone(&runs))).unwrap();
    runs.notified().await;
    pool
}
