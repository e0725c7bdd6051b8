//! The metrics of gRPC calls.

use super::{Instrument, REQUEST_SECONDS};

/// Every metric of this file.
pub(super) const ALL: &[&Instrument] = &[&SERVER_CALL_DURATION];

/// How long calls took.
pub const SERVER_CALL_DURATION: Instrument = Instrument::histogram(
    "rpc_server_call_duration_seconds",
    "Duration of gRPC server calls.",
    REQUEST_SECONDS,
);
