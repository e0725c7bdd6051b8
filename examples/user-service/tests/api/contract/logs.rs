//! Log lines against the contract.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Findings, Wrong,
    exercise::{Emitted, Line},
    registry::{InTrace, Kind, Log},
    signals::{Contract, Signal},
};

/// What every line has.
const BASE: [&str; 4] = ["timestamp", "level", "target", "message"];
/// What every line of a trace has besides, and the number of its digits.
const IDS: [(&str, usize); 3] = [("trace_id", 32), ("span_id", 16), ("trace_flags", 2)];

/// Checks that each line of the service is an event of the contract, and the reverse.
pub fn check(contract: &Contract, emitted: &Emitted, findings: &mut Findings) {
    let spans: BTreeSet<_> =
        emitted.spans.iter().map(|span| (span.trace_id.as_str(), span.id.as_str())).collect();
    let mut seen = BTreeSet::new();
    for line in &emitted.log {
        let place = format!("log line {:?}", text(&line.fields, "message"));
        for name in BASE.iter().filter(|name| !line.fields[**name].is_string()) {
            findings.say(&place, format!("has no `{name}`: every line has"));
        }
        check_ids(line, &spans, &place, findings);
        if !is_own(text(&line.fields, "target")) {
            continue;
        }
        let Some((signal, log)) = nearest(contract, &line.fields) else {
            let (level, target) = (text(&line.fields, "level"), text(&line.fields, "target"));
            let of = format!("of the level {level} and the target {target}");
            let why = "is no event of the contract: add it there, or remove it";
            findings.say(&place, format!("{of} {why}"));
            continue;
        };
        let attributes = attributes(&line.fields);
        for wrong in signal.check(&attributes) {
            findings.against(signal, &place, wrong);
        }
        let in_trace = line.fields["trace_id"].is_string();
        if log.trace == InTrace::Always && !in_trace {
            let text = "has no `trace_id`, which is required: log it in the trace of its request";
            findings.against(signal, &place, Wrong::new("trace_id", text));
        }
        if log.trace == InTrace::Never && in_trace {
            let text = "has a `trace_id`, but belongs to no trace: log it outside, or change one";
            findings.against(signal, &place, Wrong::new("trace_id", text));
        }
        let id = &signal.group.id;
        seen.insert((id, String::new()));
        seen.extend(attributes.into_keys().map(|name| (id, name)));
    }
    for signal in contract.signals(Kind::Event) {
        findings.unseen(signal, "log line", |field| {
            seen.contains(&(&signal.group.id, field.to_owned()))
        });
    }
}

/// Returns the event that a line is: of those that are logged so, the one it fits best.
fn nearest<'a>(contract: &'a Contract, fields: &Value) -> Option<(&'a Signal, &'a Log)> {
    let logged_so = |log: &Log| {
        (log.level.as_str(), log.message.as_str())
            == (text(fields, "level"), text(fields, "message"))
            && (log.target.is_empty() || log.target == text(fields, "target"))
    };
    contract
        .signals(Kind::Event)
        .filter_map(|signal| Some((signal, signal.group.annotations.log.as_ref()?)))
        .filter(|(_, log)| logged_so(log))
        .min_by_key(|(signal, _)| signal.check(&attributes(fields)).len())
}

fn check_ids(line: &Line, spans: &BTreeSet<(&str, &str)>, place: &str, findings: &mut Findings) {
    let ids = IDS.map(|(name, _)| text(&line.fields, name));
    let there = ids.iter().filter(|id| !id.is_empty()).count();
    if there != 0 && there != IDS.len() {
        findings.say(place, "has some of `trace_id`, `span_id`, `trace_flags`, but not all");
    }
    for (id, (name, digits)) in ids.iter().zip(IDS) {
        if !id.is_empty() && (id.len() != digits || !id.chars().all(|c| c.is_ascii_hexdigit())) {
            findings.say(place, format!("has `{name}` = {id}, which is not {digits} digits"));
        }
    }
    let [trace_id, span_id, flags] = ids;
    let exported = spans.contains(&(trace_id, span_id));
    if line.exported && there > 0 && exported != (flags == "01") {
        let span = if exported { "is" } else { "is not" };
        findings.say(place, format!("has the flags {flags}, but its span {span} exported"));
    }
}

/// Returns the fields that are not part of every line.
fn attributes(fields: &Value) -> BTreeMap<String, Value> {
    let fields = fields.as_object().expect("a line is an object");
    let common = |name: &str| BASE.contains(&name) || IDS.iter().any(|(id, _)| *id == name);
    let own = fields.iter().filter(|(name, _)| !common(name));
    own.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn is_own(target: &str) -> bool {
    let name = env!("CARGO_PKG_NAME").replace('-', "_");
    target == "access" || target.split("::").next() == Some(&name)
}

fn text<'a>(fields: &'a Value, name: &str) -> &'a str {
    fields[name].as_str().unwrap_or_default()
}
