//! The metrics of the database and its pool.

use super::{DATABASE_SECONDS, Instrument};

/// Every metric of this file.
pub(super) const ALL: &[&Instrument] = &[
    &OPERATION_DURATION,
    &CONNECTION_COUNT,
    &CONNECTION_MAX,
    &CONNECTION_IDLE_MIN,
    &CONNECTION_PENDING_REQUESTS,
    &CONNECTION_WAIT_TIME,
    &CONNECTION_USE_TIME,
    &CONNECTION_TIMEOUTS,
];

/// How long database calls took, the wait for a connection included.
pub const OPERATION_DURATION: Instrument = Instrument::histogram(
    "db_client_operation_duration_seconds",
    "Duration of database client operations.",
    DATABASE_SECONDS,
);

/// How many connections the pool holds.
pub const CONNECTION_COUNT: Instrument = Instrument::gauge(
    "db_client_connection_count",
    "Number of connections that are currently in the state described by the state label.",
);

/// How many connections the pool may hold.
pub const CONNECTION_MAX: Instrument =
    Instrument::gauge("db_client_connection_max", "Maximum number of open connections allowed.");

/// How many idle connections the pool keeps.
pub const CONNECTION_IDLE_MIN: Instrument = Instrument::gauge(
    "db_client_connection_idle_min",
    "Minimum number of idle open connections kept.",
);

/// How many calls wait for a connection.
pub const CONNECTION_PENDING_REQUESTS: Instrument = Instrument::gauge(
    "db_client_connection_pending_requests",
    "Number of pending requests for an open connection.",
);

/// How long calls waited for a connection.
pub const CONNECTION_WAIT_TIME: Instrument = Instrument::histogram(
    "db_client_connection_wait_time_seconds",
    "Time it took to obtain an open connection from the pool.",
    DATABASE_SECONDS,
);

/// How long connections were borrowed.
pub const CONNECTION_USE_TIME: Instrument = Instrument::histogram(
    "db_client_connection_use_time_seconds",
    "Time between borrowing a connection and returning it to the pool.",
    DATABASE_SECONDS,
);

/// How often there was no connection in time.
pub const CONNECTION_TIMEOUTS: Instrument = Instrument::counter(
    "db_client_connection_timeouts_total",
    "Number of times that no connection could be obtained in time.",
);
