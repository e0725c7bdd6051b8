//! Log lines: one JSON object each, with the ids of the trace they belong to.

use std::{
    cell::Cell,
    fmt,
    io::{self, IsTerminal as _, Write as _},
};

use opentelemetry::{Context, trace::TraceContextExt as _};
use serde::ser::{SerializeMap as _, Serializer as _};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    Layer,
    fmt::{
        FmtContext, FormatEvent, FormatFields, MakeWriter as _,
        format::{Format, Full, Writer},
    },
    layer,
    registry::LookupSpan,
};

use crate::config::LogFormat;

/// How many lines wait for a slow reader of stdout before further ones are dropped and counted.
const WAITING_LINES: usize = 8192;

/// Opens stdout for log lines, without ever making a request wait for it.
pub(super) fn stdout() -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(WAITING_LINES)
        .thread_name("log-writer")
        .finish(io::stdout())
}

/// Makes the layer that writes log lines: JSON, or text for people, which is what a terminal gets.
pub(super) fn layer<S>(
    format: Option<LogFormat>,
    writer: NonBlocking,
) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let terminal = io::stdout().is_terminal();
    match format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json }) {
        LogFormat::Json => JsonLines { writer }.boxed(),
        LogFormat::Text => tracing_subscriber::fmt::layer()
            .with_ansi(terminal && std::env::var_os("NO_COLOR").is_none())
            .event_format(Text(Format::default()))
            .with_writer(writer)
            .boxed(),
    }
}

/// Lines of text that begin with the trace id, if there is one.
struct Text(Format<Full>);

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if let Some(trace_id) = super::trace_id() {
            write!(writer, "{trace_id} ")?;
        }
        self.0.format_event(context, writer, event)
    }
}

/// Writes each event as one JSON object on a line of its own.
///
/// It looks at events only: the fields of spans belong to the trace, which the ids lead to.
struct JsonLines {
    writer: NonBlocking,
}

impl<S: Subscriber> Layer<S> for JsonLines {
    fn on_event(&self, event: &Event<'_>, _: layer::Context<'_, S>) {
        thread_local! {
            /// Kept for its memory. It is taken, not borrowed: a value that is being written may
            /// log by itself or panic, which is logged, too.
            static LINE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
        }
        let mut line = LINE.take();
        line.clear();
        if write_json(&mut line, event).is_ok() {
            line.push(b'\n');
            // The writer counts what it drops, and fails in no other way.
            let _ = self.writer.make_writer().write_all(&line);
        }
        LINE.set(line);
    }
}

fn write_json(line: &mut Vec<u8>, event: &Event<'_>) -> Result<(), serde_json::Error> {
    let mut serializer = serde_json::Serializer::new(line);
    let mut object = serializer.serialize_map(None)?;
    if let Ok(timestamp) = OffsetDateTime::now_utc().format(&Rfc3339) {
        object.serialize_entry("timestamp", &timestamp)?;
    }
    object.serialize_entry("level", event.metadata().level().as_str())?;
    object.serialize_entry("target", event.metadata().target())?;
    Context::map_current(|context| {
        let span = context.span();
        let ids = span.span_context();
        if !ids.is_valid() {
            return Ok(());
        }
        object.serialize_entry("trace_id", &format_args!("{:032x}", ids.trace_id()))?;
        object.serialize_entry("span_id", &format_args!("{:016x}", ids.span_id()))?;
        object.serialize_entry("trace_flags", &format_args!("{:02x}", ids.trace_flags()))
    })?;
    let mut fields = Fields { object: &mut object, result: Ok(()) };
    event.record(&mut fields);
    fields.result?;
    object.end()
}

/// Writes the fields of an event beside the ones that every line has.
struct Fields<'a, M: serde::ser::SerializeMap> {
    object: &'a mut M,
    result: Result<(), M::Error>,
}

impl<M: serde::ser::SerializeMap> Fields<'_, M> {
    fn write(&mut self, field: &Field, value: &(impl serde::Serialize + ?Sized)) {
        if self.result.is_ok() {
            self.result = match field.name() {
                // A key must not stand twice in an object.
                name @ ("timestamp" | "level" | "target" | "trace_id" | "span_id"
                | "trace_flags") => {
                    self.object.serialize_entry(&format_args!("field.{name}"), value)
                }
                name => self.object.serialize_entry(name, value),
            };
        }
    }
}

impl<M: serde::ser::SerializeMap> Visit for Fields<'_, M> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.write(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.write(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.write(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.write(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.write(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.write(field, &format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::{Arc, Mutex},
    };

    use serde_json::Value;
    use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(text);
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Talks;

    impl fmt::Display for Talks {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            tracing::info!("inner");
            formatter.write_str("outer")
        }
    }

    struct Panics;

    impl fmt::Display for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("a value cannot be written");
        }
    }

    /// The subscriber is that of the process: one of the thread alone would not see inner events.
    #[test]
    fn a_value_may_log_or_panic_while_it_is_written() {
        let written = Written::default();
        let (writer, guard) = NonBlockingBuilder::default().finish(written.clone());
        tracing_subscriber::registry().with(JsonLines { writer }).init();

        tracing::info!(value = %Talks, "talking");
        let panicked = catch_unwind(AssertUnwindSafe(|| tracing::info!(value = %Panics, "lost")));
        tracing::info!("after");

        drop(guard);
        assert!(panicked.is_err());
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
        assert_eq!(messages, ["inner", "talking", "after"]);
        assert_eq!(lines[1]["value"], "outer");
    }
}
