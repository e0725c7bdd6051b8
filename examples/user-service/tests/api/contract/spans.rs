//! Spans against the contract.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};

use super::{
    Findings, Wrong,
    exercise::Emitted,
    registry::Kind,
    signals::{Contract, Signal, plain},
};
use crate::support::{PARENT_ID, collector::Span};

/// Checks that each span is one of the contract, and that each of the contract was seen.
pub fn check(contract: &Contract, emitted: &Emitted, findings: &mut Findings) {
    let ids: BTreeSet<_> =
        emitted.spans.iter().map(|span| (&span.trace_id, span.id.as_str())).collect();
    let mut seen = BTreeSet::new();
    for span in &emitted.spans {
        let place = format!("span `{}`", span.name);
        let Some(signal) = nearest(contract, span) else {
            let names: Vec<_> = span.attributes.keys().collect();
            findings.say(&place, format!("is none of the contract, with {names:?}: add it there"));
            continue;
        };
        for wrong in check_one(signal, span) {
            findings.against(signal, &place, wrong);
        }
        let has_parent = ids.contains(&(&span.trace_id, span.parent_id.as_str()));
        let may_have_none = span.kind == SpanKind::Server
            && (span.parent_id.is_empty() || span.parent_id == PARENT_ID);
        if !has_parent && !may_have_none {
            let text = "has no parent in its trace, as only SERVER spans may: start it in the \
                        context of what it is done for";
            findings.against(signal, &place, Wrong::new("parent", text));
        }
        let id = &signal.group.id;
        seen.insert((id, ""));
        seen.extend(span.attributes.keys().map(|name| (id, name.as_str())));
    }
    for signal in contract.signals(Kind::Span) {
        findings.unseen(signal, "span", |field| seen.contains(&(&signal.group.id, field)));
    }
}

/// Returns the signal that shares most with a span: a name that is wrong is to be told as such.
fn nearest<'a>(contract: &'a Contract, span: &Span) -> Option<&'a Signal> {
    let required = |signal: &&Signal| {
        let names = signal.fields.iter().filter(|field| field.required);
        let (all, there): (Vec<_>, Vec<_>) = names
            .map(|field| ((), span.attributes.contains_key(&field.name).then_some(())))
            .unzip();
        let there = there.into_iter().flatten().count();
        (there * 100 / all.len().max(1), signal.group.span_kind == kind(span))
    };
    contract.signals(Kind::Span).max_by_key(required).filter(|signal| required(signal).0 > 0)
}

fn check_one(signal: &Signal, span: &Span) -> Vec<Wrong> {
    let mut wrong = signal.check(&span.attributes);
    let expected = name(signal, span);
    if expected.as_ref() != Some(&span.name) {
        let expected = expected.as_deref().unwrap_or_default();
        let text = format!("is named so, but by its attributes it is `{expected}`: rename it");
        wrong.push(Wrong::new("name", text));
    }
    if signal.group.span_kind != kind(span) {
        let (is, must) = (kind(span), &signal.group.span_kind);
        let text = format!("is of the kind {is}, but must be {must}: set `otel.kind`");
        wrong.push(Wrong::new("kind", text));
    }
    let failed = span.attributes.contains_key("error.type");
    let status = if failed { StatusCode::Error } else { StatusCode::Unset };
    if span.status != status {
        let with = if failed { "with" } else { "without" };
        let rule = "the status is Error where that is set, and unset elsewhere";
        let text = format!("has the status {:?} {with} `error.type`: {rule}", span.status);
        wrong.push(Wrong::new("status", text));
    }
    if span.events > 0 {
        let events = span.events;
        wrong.push(Wrong::new("events", format!("has {events} events: log them instead")));
    }
    wrong
}

/// Returns the name that a span has to have by its attributes.
fn name(signal: &Signal, span: &Span) -> Option<String> {
    let annotations = &signal.group.annotations;
    annotations.span_name.iter().find_map(|pattern| {
        let mut name = String::new();
        let mut rest = pattern.as_str();
        while let Some((before, attribute)) = rest.split_once('{') {
            let (attribute, after) = attribute.split_once('}').expect("a brace is closed");
            let value = plain(span.attributes.get(attribute)?);
            name += before;
            name += annotations.written_as.get(&value).unwrap_or(&value);
            rest = after;
        }
        Some(name + rest)
    })
}

fn kind(span: &Span) -> &'static str {
    match span.kind {
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal | SpanKind::Unspecified => "internal",
    }
}
