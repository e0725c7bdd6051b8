//! The metrics of the telemetry itself.

use super::Instrument;

/// Every metric of this file.
pub(super) const ALL: &[&Instrument] = &[&SPANS_PROCESSED, &SPANS_EXPORTED, &LOG_LINES_DROPPED];

/// What became of the spans that were to be exported.
pub const SPANS_PROCESSED: Instrument = Instrument::counter(
    "otel_sdk_processor_span_processed_total",
    "Number of spans that were handed to the exporter; those with an error type were lost.",
);

/// What became of the spans that were recorded.
pub const SPANS_EXPORTED: Instrument = Instrument::counter(
    "otel_sdk_exporter_span_exported_total",
    "Number of spans for which the export has finished; those with an error type were lost.",
);

/// How many log lines were lost.
pub const LOG_LINES_DROPPED: Instrument = Instrument::counter(
    "log_lines_dropped_total",
    "Number of log lines that were lost because stdout was read too slowly or failed.",
);
