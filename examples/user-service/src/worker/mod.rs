//! Jobs that outlive the request that asks for them, run by a pool of workers.
//!
//! What the pool promises:
//! - To submit a job never waits: it is queued, or given back at once because the queue is full.
//! - The queue never holds more jobs than its capacity, and no more jobs run at a time than there
//!   are workers.
//! - A queued job runs at most once, and each submitted job ends in exactly one [`Outcome`].
//! - A job that fails, panics or outlasts its deadline costs nothing but itself.
//! - A shutdown runs what is queued, within a limit, and counts the rest as abandoned.

mod measure;
mod observe;
pub mod welcome;

use std::{
    any::Any, error::Error, future::poll_fn, iter, panic::AssertUnwindSafe, pin::pin, sync::Arc,
    time::Duration,
};

use async_channel::{Receiver, Sender, bounded};
use clap::Args;
use futures_util::FutureExt as _;
use opentelemetry::{Context, KeyValue, trace::TraceContextExt as _};
use tokio::{
    task::JoinSet,
    time::{Instant, error::Elapsed, timeout_at},
};

use self::{
    measure::{Measure, Ticket},
    observe::Observer,
};
use crate::{
    config,
    deadline::within,
    exception,
    telemetry::{metrics::Metrics, sampling::Sampling},
};

/// The attribute that tells how a job ended; also that of a request whose job was not queued.
const OUTCOME: &str = "worker.job.outcome";

/// A piece of work.
///
/// A value of the type is one job; it holds what the work needs.
pub trait Job: Send + 'static {
    /// The name of this kind of job in telemetry, such as `welcome`.
    const NAME: &'static str;

    /// Why a job fails.
    type Error: std::error::Error + Send;

    /// Does the work.
    fn run(self) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// How a job ended.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Outcome {
    /// It did its work.
    Completed,
    /// It returned an error.
    Failed,
    /// It outlasted its deadline, and was dropped.
    TimedOut,
    /// It panicked.
    Panicked,
    /// It was never queued, as the queue was full or the pool was shutting down.
    Rejected,
    /// The shutdown did not leave it the time to end.
    Abandoned,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 6] = [
        Self::Completed,
        Self::Failed,
        Self::TimedOut,
        Self::Panicked,
        Self::Rejected,
        Self::Abandoned,
    ];

    /// Returns the outcome as telemetry names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Panicked => "panicked",
            Self::Rejected => "rejected",
            Self::Abandoned => "abandoned",
        }
    }
}

/// The settings of a pool.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Worker pool")]
pub struct WorkerConfig {
    /// Number of jobs that run at a time
    #[arg(id = "WORKER_COUNT", value_name = "NUMBER", default_value = "4")]
    #[arg(value_parser = config::number)]
    pub workers: usize,
    /// Greatest number of jobs that wait; further ones are refused
    #[arg(id = "WORKER_QUEUE_CAPACITY", value_name = "NUMBER", default_value = "1024")]
    #[arg(value_parser = config::number)]
    pub queue_capacity: usize,
    /// Time limit of a job
    #[arg(id = "WORKER_JOB_TIMEOUT", value_name = "DURATION", default_value = "30s")]
    #[arg(value_parser = config::time_limit)]
    pub job_timeout: Duration,
}

/// Workers, and the queue that feeds them.
#[derive(Debug)]
pub struct WorkerPool<J> {
    queue: Receiver<Queued<J>>,
    submitter: Submitter<J>,
    workers: JoinSet<()>,
}

/// Submits jobs to a pool; a clone is cheap.
#[derive(Debug)]
pub struct Submitter<J> {
    queue: Sender<Queued<J>>,
    measure: Arc<Measure>,
}

/// A job that was not queued, given back.
#[derive(Debug, thiserror::Error)]
#[error("the queue of the worker pool is full or closed")]
pub struct Rejected<J>(pub J);

#[derive(Debug)]
struct Queued<J> {
    job: J,
    /// The trace of the request that submitted the job.
    context: Context,
    since: Instant,
    ticket: Ticket,
}

impl<J: Job> WorkerPool<J> {
    /// Starts the workers of a pool.
    ///
    /// # Panics
    /// If the queue has no capacity, or outside a tokio runtime.
    pub fn start(
        name: &'static str,
        config: &WorkerConfig,
        sampling: &Sampling,
        metrics: &Metrics,
    ) -> Self {
        let (sender, queue) = bounded(config.queue_capacity);
        let measure = Arc::new(Measure::new(name, J::NAME, config, metrics));
        let waiting = queue.clone();
        measure.observe_queue(metrics, move || waiting.len());
        let observer = Observer::new(name, sampling.clone(), Arc::clone(&measure));
        let mut workers = JoinSet::new();
        for _ in 0..config.workers {
            let worker = Worker { deadline: config.job_timeout, observer: observer.clone() };
            workers.spawn(worker.work(queue.clone()));
        }
        Self { queue, submitter: Submitter { queue: sender, measure }, workers }
    }

    /// Returns what submits jobs to the pool.
    pub fn submitter(&self) -> Submitter<J> {
        self.submitter.clone()
    }

    /// Takes no more jobs, and runs those it has until `deadline`.
    ///
    /// What has not ended then is abandoned.
    pub async fn drain(mut self, deadline: Instant) {
        self.queue.close();
        let finished = async { while self.workers.join_next().await.is_some() {} };
        if timeout_at(deadline, finished).await.is_err() {
            self.workers.shutdown().await;
            let abandoned = iter::from_fn(|| self.queue.try_recv().ok()).count();
            tracing::warn!(queued = abandoned, "jobs were abandoned by the shutdown");
        }
    }
}

impl<J: Job> Submitter<J> {
    /// Submits a job, without waiting.
    ///
    /// The trace of the caller goes on in the job.
    ///
    /// # Errors
    /// The job, if the queue is full or the pool is shutting down; that is counted as well.
    pub fn submit(&self, job: J) -> Result<(), Rejected<J>> {
        let ticket = Ticket::new(Arc::clone(&self.measure));
        let queued = Queued { job, context: Context::current(), since: Instant::now(), ticket };
        self.queue.try_send(queued).map_err(|refused| {
            let Queued { job, mut ticket, .. } = refused.into_inner();
            ticket.outcome = Outcome::Rejected;
            Context::map_current(|context| {
                let outcome = KeyValue::new(OUTCOME, Outcome::Rejected.as_str());
                context.span().set_attribute(outcome);
            });
            Rejected(job)
        })
    }
}

impl<J> Clone for Submitter<J> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), measure: Arc::clone(&self.measure) }
    }
}

struct Worker {
    deadline: Duration,
    observer: Observer,
}

impl Worker {
    async fn work<J: Job>(self, queue: Receiver<Queued<J>>) {
        while let Ok(queued) = queue.recv().await {
            self.run(queued).await;
        }
    }

    async fn run<J: Job>(&self, queued: Queued<J>) {
        let Queued { job, context, since, ticket } = queued;
        let run = self.observer.begin(J::NAME, context, since.elapsed(), ticket);
        // Whatever a panic leaves behind is dropped with the job.
        let work = AssertUnwindSafe(async { job.run().await }).catch_unwind();
        let mut work = pin!(within(self.deadline, work));
        let outcome = poll_fn(|task| {
            let _current = run.trace.enter();
            work.as_mut().poll(task).map(settle)
        })
        .await;
        run.end(outcome);
    }
}

/// What came of a job: its own result, or its panic, or its deadline.
type Settled<E> = Result<Result<Result<(), E>, Box<dyn Any + Send>>, Elapsed>;

/// Turns what came of a job into its outcome, and logs why it did not complete.
fn settle<E: Error>(result: Settled<E>) -> Outcome {
    match result {
        Ok(Ok(Ok(()))) => Outcome::Completed,
        Ok(Ok(Err(error))) => {
            exception!(ERROR, &error, "job failed");
            Outcome::Failed
        }
        // The panic hook has logged it.
        Ok(Err(_)) => Outcome::Panicked,
        Err(elapsed) => {
            exception!(ERROR, &elapsed, "job failed");
            Outcome::TimedOut
        }
    }
}
