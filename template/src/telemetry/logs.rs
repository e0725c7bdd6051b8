//! Log lines: one JSON object each, with the ids of the trace they belong to.

use std::{
    cell::Cell,
    fmt,
    io::{self, IsTerminal as _},
};

use opentelemetry::{Context, trace::TraceContextExt as _};
use serde::ser::Error as _;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Full, Writer},
    },
    layer,
    registry::LookupSpan,
};

use super::{hex, lines::Lines};
use crate::config::LogFormat;

/// Makes the layer that writes log lines: JSON, or text for people, which is what a terminal gets.
pub(super) fn layer<S>(format: Option<LogFormat>, lines: Lines) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let terminal = io::stdout().is_terminal();
    match format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json }) {
        LogFormat::Json => JsonLines { lines }.boxed(),
        LogFormat::Text => tracing_subscriber::fmt::layer()
            .with_ansi(terminal && std::env::var_os("NO_COLOR").is_none())
            .event_format(Text(Format::default()))
            .with_writer(lines)
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
    lines: Lines,
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
            self.lines.push(&line);
        }
        LINE.set(line);
    }
}

fn write_json(line: &mut Vec<u8>, event: &Event<'_>) -> serde_json::Result<()> {
    let timestamp = OffsetDateTime::now_utc();
    line.extend_from_slice(b"{\"timestamp\":\"");
    timestamp.format_into(line, &Rfc3339).map_err(serde_json::Error::custom)?;
    line.push(b'"');
    write_key(line, "level")?;
    write_text(line, event.metadata().level().as_str())?;
    write_key(line, "target")?;
    write_text(line, event.metadata().target())?;
    Context::map_current(|context| {
        let span = context.span();
        let ids = span.span_context();
        if !ids.is_valid() {
            return Ok(());
        }
        write_id(line, "trace_id", ids.trace_id().to_bytes())?;
        write_id(line, "span_id", ids.span_id().to_bytes())?;
        write_id(line, "trace_flags", [ids.trace_flags().to_u8()])
    })?;
    let mut fields = Fields { line, result: Ok(()) };
    event.record(&mut fields);
    fields.result?;
    line.push(b'}');
    Ok(())
}

fn write_key(line: &mut Vec<u8>, key: &str) -> serde_json::Result<()> {
    line.push(b',');
    write_text(line, key)?;
    line.push(b':');
    Ok(())
}

fn write_id<const N: usize>(line: &mut Vec<u8>, key: &str, id: [u8; N]) -> serde_json::Result<()> {
    write_key(line, key)?;
    line.push(b'"');
    let start = line.len();
    line.resize(start + 2 * N, 0);
    hex::write(&mut line[start..], id);
    line.push(b'"');
    Ok(())
}

/// Writes a string.
///
/// Few need escapes. To count the bytes that do, many at once, takes a fraction of the time in
/// which `serde_json` goes through them one by one.
fn write_text(line: &mut Vec<u8>, text: &str) -> serde_json::Result<()> {
    let is_special = |byte: &u8| matches!(byte, 0..b' ' | b'"' | b'\\');
    if text.as_bytes().iter().filter(|byte| is_special(byte)).count() > 0 {
        return serde_json::to_writer(line, text);
    }
    line.push(b'"');
    line.extend_from_slice(text.as_bytes());
    line.push(b'"');
    Ok(())
}

/// Writes the fields of an event after the members that every line has.
struct Fields<'a> {
    line: &'a mut Vec<u8>,
    result: serde_json::Result<()>,
}

impl Fields<'_> {
    fn write(&mut self, field: &Field, value: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>) {
        if self.result.is_ok() {
            let key = match field.name() {
                // A key must not stand twice in an object.
                name @ ("timestamp" | "level" | "target" | "trace_id" | "span_id"
                | "trace_flags") => write_key(self.line, &format!("field.{name}")),
                name => write_key(self.line, name),
            };
            self.result = key.and_then(|()| value(self.line));
        }
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.write(field, |line| serde_json::to_writer(line, &value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.write(field, |line| serde_json::to_writer(line, &value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.write(field, |line| serde_json::to_writer(line, &value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.write(field, |line| serde_json::to_writer(line, &value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.write(field, |line| write_text(line, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.write(field, |line| serde_json::to_writer(line, &format_args!("{value:?}")));
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

    #[test]
    fn every_text_is_a_string_of_json() {
        for text in ["", "plain", "\"", "C:\\", "two\nlines", "\u{1f}", "\u{7f}", "Zoë", "{}"] {
            let mut line = Vec::new();
            write_text(&mut line, text).unwrap();
            assert_eq!(serde_json::from_slice::<String>(&line).unwrap(), text);
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
        let (lines, last_lines) = Lines::to(written.clone());
        tracing_subscriber::registry().with(JsonLines { lines }).init();

        tracing::info!(value = %Talks, "talking");
        let panicked = catch_unwind(AssertUnwindSafe(|| tracing::info!(value = %Panics, "lost")));
        tracing::info!("after");

        drop(last_lines);
        assert!(panicked.is_err());
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let mut lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        // Other tests may log meanwhile.
        lines.retain(|line| line["target"] == module_path!());
        let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
        assert_eq!(messages, ["inner", "talking", "after"]);
        assert_eq!(lines[1]["value"], "outer");
    }
}
