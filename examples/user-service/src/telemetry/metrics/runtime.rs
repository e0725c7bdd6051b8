//! The metrics of the instance and its runtime; those of the process describe themselves.

use super::Instrument;

/// Every metric of this file.
pub(super) const ALL: &[&Instrument] =
    &[&TARGET_INFO, &SERVICE_READY, &TOKIO_WORKERS, &TOKIO_ALIVE_TASKS, &TOKIO_GLOBAL_QUEUE_DEPTH];

/// Who exposes the metrics.
pub const TARGET_INFO: Instrument =
    Instrument::gauge("target_info", "Attributes of the service instance.");

/// Whether the instance takes requests.
pub const SERVICE_READY: Instrument =
    Instrument::gauge("service_ready", "Whether the service is ready (1) or not (0), as /readyz.");

/// How many threads run tasks.
pub const TOKIO_WORKERS: Instrument =
    Instrument::gauge("tokio_workers", "Number of worker threads of the tokio runtime.");

/// How many tasks there are.
pub const TOKIO_ALIVE_TASKS: Instrument = Instrument::gauge(
    "tokio_alive_tasks",
    "Number of tasks of the tokio runtime that have not ended.",
);

/// How many tasks wait for a thread.
pub const TOKIO_GLOBAL_QUEUE_DEPTH: Instrument = Instrument::gauge(
    "tokio_global_queue_depth",
    "Number of tasks in the global queue of the tokio runtime.",
);
