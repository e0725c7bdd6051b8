//! What the worker pool promises.

use std::{
    fmt,
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use user_service::telemetry::metrics::Metrics;
use user_service::worker::Job;
use user_service::worker::Outcome;
use user_service::worker::Rejected;
use user_service::worker::Submitter;
use user_service::worker::WorkerConfig;
use user_service::worker::WorkerPool;

use crate::support::{
    TELEMETRY, TestDatabase, collector::Collector, exposition::Exposition, run, send,
    service::Service,
};

/// Tells that one job ran for some time.
const DURATIONS_OF_ONE: &str = "\nworker_pool_job_duration_seconds_count{\
    worker_pool_name=\"probes\",worker_job_name=\"probe\"} 1\n";

/// How a job behaves.
#[derive(Clone, Copy, Debug)]
enum Behaviour {
    Completes,
    Fails,
    Panics,
    Hangs,
}

/// What has happened to all jobs of a test.
#[derive(Debug, Default)]
struct Ledger {
    runs: Vec<AtomicUsize>,
    running: AtomicUsize,
    most_running: AtomicUsize,
}

#[derive(Debug)]
struct Probe {
    number: usize,
    behaviour: Behaviour,
    ledger: Arc<Ledger>,
}

#[derive(Debug)]
struct Failure;

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a job that fails")
    }
}

impl std::error::Error for Failure {}

/// Counts a job as running until it is dropped, however it ends.
struct Running(Arc<Ledger>);

impl Running {
    fn begin(ledger: &Arc<Ledger>) -> Self {
        let running = ledger.running.fetch_add(1, SeqCst) + 1;
        ledger.most_running.fetch_max(running, SeqCst);
        Self(Arc::clone(ledger))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, SeqCst);
    }
}

impl Job for Probe {
    const NAME: &'static str = "probe";

    type Error = Failure;

    async fn run(self) -> Result<(), Failure> {
        self.ledger.runs[self.number].fetch_add(1, SeqCst);
        let _running = Running::begin(&self.ledger);
        sleep(Duration::from_millis(10)).await;
        match self.behaviour {
            Behaviour::Completes => Ok(()),
            Behaviour::Fails => Err(Failure),
            Behaviour::Panics => panic!("a job that panics"),
            Behaviour::Hangs => pending().await,
        }
    }
}

/// A pool of probes and its metrics.
struct Scene {
    pool: WorkerPool<Probe>,
    submitter: Submitter<Probe>,
    ledger: Arc<Ledger>,
    metrics: Metrics,
}

impl Scene {
    fn new(workers: usize, queue_capacity: usize, jobs: usize) -> Self {
        let metrics = TELEMETRY.metrics();
        let job_timeout = Duration::from_millis(50);
        let config = WorkerConfig { workers, queue_capacity, job_timeout };
        let pool = WorkerPool::start("probes", &config, TELEMETRY.sampling(), &metrics);
        let runs = (0..jobs).map(|_| AtomicUsize::new(0)).collect();
        let ledger = Arc::new(Ledger { runs, ..Ledger::default() });
        Self { submitter: pool.submitter(), pool, ledger, metrics }
    }

    fn submit(&self, number: usize, behaviour: Behaviour) -> Result<(), Rejected<Probe>> {
        let ledger = Arc::clone(&self.ledger);
        self.submitter.submit(Probe { number, behaviour, ledger })
    }

    fn started(&self) -> usize {
        self.ledger.runs.iter().map(|runs| runs.load(SeqCst)).sum()
    }
}

/// Reads how many jobs ended in an outcome.
fn jobs(metrics: &Metrics, outcome: Outcome) -> usize {
    let outcome = outcome.as_str();
    let metrics = Exposition::parse(&metrics.render());
    let labels = [
        ("worker_job_name", "probe"),
        ("worker_job_outcome", outcome),
        ("worker_pool_name", "probes"),
    ];
    let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let family = metrics.family("worker_pool_jobs_total").expect("jobs are counted");
    let sample = family.samples.iter().find(|sample| sample.labels == labels);
    let sample = sample.unwrap_or_else(|| panic!("no sample has {labels:?}: {family:#?}"));
    sample.value.to_string().parse().expect("jobs are counted in whole numbers")
}

fn any_behaviour() -> impl Strategy<Value = Behaviour> {
    prop_oneof![
        Just(Behaviour::Completes),
        Just(Behaviour::Fails),
        Just(Behaviour::Panics),
        Just(Behaviour::Hangs),
    ]
}

/// Submits jobs with pauses between them, drains the pool, and checks every promise.
async fn check(workers: usize, capacity: usize, plan: Vec<(Behaviour, u64)>, drain: Duration) {
    let scene = Scene::new(workers, capacity, plan.len());
    let mut accepted = 0;
    for (number, (behaviour, pause)) in plan.iter().enumerate() {
        accepted += usize::from(scene.submit(number, *behaviour).is_ok());
        assert!(accepted - scene.started() <= capacity, "the queue is above its bound");
        sleep(Duration::from_millis(*pause)).await;
    }
    let Scene { pool, submitter, ledger, metrics } = scene;
    pool.drain(Instant::now() + drain).await;
    drop(submitter);

    assert!(ledger.most_running.load(SeqCst) <= workers, "more jobs ran than there are workers");
    assert_eq!(ledger.running.load(SeqCst), 0, "a job outlived the pool");
    assert!(ledger.runs.iter().all(|runs| runs.load(SeqCst) <= 1), "a job ran twice");
    let count = |outcome| jobs(&metrics, outcome);
    assert_eq!(count(Outcome::Rejected), plan.len() - accepted);
    assert_eq!(Outcome::ALL.into_iter().map(count).sum::<usize>(), plan.len());
    if drain >= Duration::from_mins(1) {
        assert_eq!(count(Outcome::Abandoned), 0, "there was time for every job");
        let started: usize = ledger.runs.iter().map(|runs| runs.load(SeqCst)).sum();
        assert_eq!(started, accepted, "a job was lost");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_jobs_do_the_pool_keeps_its_promises(
        workers in 1_usize..5,
        capacity in 1_usize..8,
        plan in prop::collection::vec((any_behaviour(), 0_u64..20), 0..40),
        drain in prop_oneof![Just(0), 1_u64..100, Just(60_000)],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(check(workers, capacity, plan, Duration::from_millis(drain)));
    }
}

#[tokio::test(start_paused = true)]
async fn each_end_of_a_job_is_counted_as_what_it_is() {
    let scene = Scene::new(1, 4, 5);
    for (number, behaviour) in
        [Behaviour::Completes, Behaviour::Fails, Behaviour::Panics, Behaviour::Hangs]
            .into_iter()
            .enumerate()
    {
        scene.submit(number, behaviour).unwrap();
    }
    let Rejected(returned) = scene.submit(4, Behaviour::Completes).unwrap_err();
    assert_eq!(returned.number, 4);
    let Scene { pool, metrics, .. } = scene;
    pool.drain(Instant::now() + Duration::from_mins(1)).await;

    for outcome in Outcome::ALL {
        let expected = usize::from(outcome != Outcome::Abandoned);
        assert_eq!(jobs(&metrics, outcome), expected, "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_shutdown_leaves_no_time_for_is_abandoned() {
    let scene = Scene::new(1, 4, 3);
    for number in 0..3 {
        scene.submit(number, Behaviour::Hangs).unwrap();
    }
    sleep(Duration::from_millis(1)).await;
    let Scene { pool, submitter, metrics, ledger } = scene;
    pool.drain(Instant::now() + Duration::from_millis(20)).await;

    assert_eq!(jobs(&metrics, Outcome::Abandoned), 3);
    let metrics = metrics.render();
    assert!(metrics.contains(DURATIONS_OF_ONE), "only the job that ran has a duration: {metrics}");
    let late = Probe { number: 0, behaviour: Behaviour::Completes, ledger };
    assert!(submitter.submit(late).is_err(), "a pool that has ended takes no jobs");
}

#[tokio::test]
async fn the_trace_of_a_request_goes_on_in_its_job() {
    let database = TestDatabase::create();
    let collector = Collector::start().await;
    let service = Service::start(&database, &collector.settings("grpc")).await;

    send(service.create("ada@example.com")).await;
    let ended = service.stop().await;

    let request = collector.span("POST /users");
    let job = collector.span("worker.job welcome");
    assert_eq!((&job.trace_id, &job.parent_id), (&request.trace_id, &request.id));
    assert_eq!((job.kind, job.status), (SpanKind::Consumer, StatusCode::Unset));
    assert_eq!(job.attributes["worker.pool.name"], "users");
    assert_eq!(job.attributes["worker.job.name"], "welcome");
    assert_eq!(job.attributes["worker.job.outcome"], "completed");
    assert!(job.attributes["worker.job.queue_wait"].is_number());
    let [line] = ended.lines("welcome")[..] else {
        panic!("not exactly one line says welcome: {ended:#?}");
    };
    assert_eq!((&line["trace_id"], &line["span_id"]), (&job.trace_id.into(), &job.id.into()));
}

#[tokio::test]
async fn the_metrics_tell_how_many_workers_there_are() {
    let database = TestDatabase::create();
    let service = Service::start(&database, &[("WORKER_COUNT", "3")]).await;

    let metrics = service.admin("/metrics").await.body;
    service.stop().await;

    assert!(metrics.contains("worker_pool_workers{worker_pool_name=\"users\"} 3\n"), "{metrics}");
}

#[test]
fn more_room_than_there_can_be_is_a_mistake() {
    let output = run(&["--worker-count=1000001", "--worker-queue-capacity=1000001"], &[]);

    let message = String::from_utf8(output.stderr).unwrap();
    for flag in ["--worker-count", "--worker-queue-capacity"] {
        let mistake = format!("{flag}=1000001: must be at most 1000000");
        assert!(message.contains(&mistake), "{message}");
    }
}
