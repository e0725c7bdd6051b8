//! The metrics of worker pools.

use super::{Instrument, REQUEST_SECONDS};

/// Every metric of this file.
pub(super) const ALL: &[&Instrument] =
    &[&QUEUE_DEPTH, &QUEUE_CAPACITY, &ACTIVE_WORKERS, &WORKERS, &JOBS, &JOB_DURATION, &QUEUE_WAIT];

/// How many jobs wait.
pub const QUEUE_DEPTH: Instrument =
    Instrument::gauge("worker_pool_queue_depth", "Number of jobs that wait for a worker.");

/// How many jobs may wait.
pub const QUEUE_CAPACITY: Instrument =
    Instrument::gauge("worker_pool_queue_capacity", "Number of jobs that may wait for a worker.");

/// How many jobs run.
pub const ACTIVE_WORKERS: Instrument =
    Instrument::gauge("worker_pool_active_workers", "Number of workers that run a job.");

/// How many jobs may run.
pub const WORKERS: Instrument = Instrument::gauge("worker_pool_workers", "Number of workers.");

/// What became of jobs.
pub const JOBS: Instrument = Instrument::counter(
    "worker_pool_jobs_total",
    "Number of submitted jobs that have ended, by outcome.",
);

/// How long jobs ran.
pub const JOB_DURATION: Instrument =
    Instrument::histogram("worker_pool_job_duration_seconds", "Duration of jobs.", REQUEST_SECONDS);

/// How long jobs waited.
pub const QUEUE_WAIT: Instrument = Instrument::histogram(
    "worker_pool_queue_wait_seconds",
    "Time that jobs waited for a worker.",
    REQUEST_SECONDS,
);
