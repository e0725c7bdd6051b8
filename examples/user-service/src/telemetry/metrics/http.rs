//! The metrics of HTTP requests.

use super::{Instrument, REQUEST_SECONDS};

/// Every metric of this file.
pub(super) const ALL: &[&Instrument] = &[&REQUEST_DURATION, &ACTIVE_REQUESTS];

/// How long requests took.
pub const REQUEST_DURATION: Instrument = Instrument::histogram(
    "http_server_request_duration_seconds",
    "Duration of HTTP server requests.",
    REQUEST_SECONDS,
);

/// How many requests are being answered.
pub const ACTIVE_REQUESTS: Instrument =
    Instrument::gauge("http_server_active_requests", "Number of active HTTP server requests.");
