//! The metrics of a worker pool.
//!
//! Their labels are the attributes of its spans, in Prometheus' spelling; a label `job` would
//! collide with the one that Prometheus gives to every scraped service.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use metrics::{Counter, Gauge, Histogram, Label};

use super::{Outcome, WorkerConfig};
use crate::telemetry::metrics::{
    Active, Metrics, count,
    worker::{
        ACTIVE_WORKERS, JOB_DURATION, JOBS, QUEUE_CAPACITY, QUEUE_DEPTH, QUEUE_WAIT, WORKERS,
    },
};

/// The label that names the pool.
const POOL: &str = "worker_pool_name";

/// The handles of the metrics of a pool.
#[derive(Debug)]
pub(super) struct Measure {
    pool: &'static str,
    active: Gauge,
    jobs: HashMap<Outcome, Counter>,
    duration: Histogram,
    queue_wait: Histogram,
}

impl Measure {
    /// Prepares the metrics, which exist from the first scrape.
    pub(super) fn new(
        pool: &'static str,
        job: &'static str,
        config: &WorkerConfig,
        metrics: &Metrics,
    ) -> Self {
        let of_pool = || vec![Label::new(POOL, pool)];
        let of_job = || vec![Label::new(POOL, pool), Label::new("worker_job_name", job)];
        let jobs = Outcome::ALL.into_iter().map(|outcome| {
            let mut labels = of_job();
            labels.push(Label::new("worker_job_outcome", outcome.as_str()));
            (outcome, metrics.counter(&JOBS, labels))
        });
        metrics.gauge(&WORKERS, of_pool()).set(count(config.workers));
        let capacity = metrics.gauge(&QUEUE_CAPACITY, of_pool());
        capacity.set(count(config.queue_capacity));
        Self {
            pool,
            active: metrics.gauge(&ACTIVE_WORKERS, of_pool()),
            jobs: jobs.collect(),
            duration: metrics.histogram(&JOB_DURATION, of_job()),
            queue_wait: metrics.histogram(&QUEUE_WAIT, of_job()),
        }
    }

    /// Has the depth of the queue be read at each scrape.
    pub(super) fn observe_queue(
        &self,
        metrics: &Metrics,
        depth: impl Fn() -> usize + Send + Sync + 'static,
    ) {
        let labels = vec![Label::new(POOL, self.pool)];
        let gauge = metrics.gauge(&QUEUE_DEPTH, labels);
        metrics.on_scrape(move || gauge.set(count(depth())));
    }

    /// Counts a job as running, and times it, for as long as the returned value lives.
    pub(super) fn begin(&self, waited: Duration) -> Running<'_> {
        self.queue_wait.record(waited);
        Running {
            started: Instant::now(),
            duration: &self.duration,
            _active: Active::begin(&self.active),
        }
    }
}

/// A job that a worker is busy with.
pub(super) struct Running<'a> {
    started: Instant,
    duration: &'a Histogram,
    _active: Active<&'a Gauge>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.duration.record(self.started.elapsed());
    }
}

/// Stands for a submitted job, and is counted in exactly one outcome however the job ends.
#[derive(Debug)]
pub(super) struct Ticket {
    measure: Arc<Measure>,
    /// How the job ended, as far as it is known.
    pub(super) outcome: Outcome,
}

impl Ticket {
    /// Issues a ticket for a job, which counts as abandoned unless another end is stated.
    pub(super) fn new(measure: Arc<Measure>) -> Self {
        Self { measure, outcome: Outcome::Abandoned }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.measure.jobs[&self.outcome].increment(1);
    }
}
