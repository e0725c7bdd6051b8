//! Metrics against the contract, as Prometheus sees them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Findings,
    exercise::Emitted,
    registry::{Kind, Type},
    signals::{Contract, Signal},
};
use crate::support::exposition::{Exposition, Family, Sample};

/// The metric that Prometheus wants for the resource.
const TARGET_INFO: &str = "target_info";

/// Checks that each metric is one of the contract, and that each of the contract was seen.
pub fn check(contract: &Contract, emitted: &Emitted, findings: &mut Findings) {
    let metrics: BTreeMap<_, _> =
        contract.signals(Kind::Metric).map(|signal| (exposed_name(signal), signal)).collect();
    for (name, family) in emitted.metrics.0.iter().filter(|(name, _)| *name != TARGET_INFO) {
        match metrics.get(name) {
            Some(signal) => check_one(name, family, signal, findings),
            None => findings.say(&format!("metric `{name}`"), unlisted(name, &metrics)),
        }
    }
    for (name, signal) in &metrics {
        if has_samples(&emitted.metrics, name) && !has_samples(&emitted.at_first, name) {
            let text = "does not exist at the first scrape: prepare its handles";
            findings.say(&format!("metric `{name}`"), text);
        }
        let labels = emitted.metrics.0.get(name).map(Family::label_names);
        findings.unseen(signal, &format!("metric `{name}`"), |field| {
            labels
                .as_ref()
                .is_some_and(|labels| field.is_empty() || labels.contains(label(field).as_str()))
        });
    }
}

/// Checks a metric, its labels and its buckets.
fn check_one(name: &str, family: &Family, signal: &Signal, findings: &mut Findings) {
    let (group, place) = (&signal.group, format!("metric `{name}`"));
    let kind = match group.instrument.as_str() {
        "updowncounter" => "gauge",
        instrument => instrument,
    };
    if family.kind != kind {
        findings.say(&place, format!("is a {}, but must be a {kind}: change one", family.kind));
    }
    if family.help != group.brief {
        let (help, brief) = (&family.help, &group.brief);
        findings.say(&place, format!("has the help {help:?}, but its brief is {brief:?}"));
    }
    for sample in &family.samples {
        for wrong in signal.check(&attributes(sample, signal)) {
            findings.against(signal, &format!("{place}, series {}", series(sample)), wrong);
        }
    }
    if kind == "histogram" {
        let expected = &group.annotations.buckets;
        for (_, bounds) in bounds(family).iter().filter(|(_, bounds)| *bounds != expected) {
            findings.say(&place, format!("has the buckets {bounds:?}, but must have {expected:?}"));
        }
    }
}

/// Returns the name of a metric in Prometheus: dots become underscores, the unit is a suffix, and
/// so is `_total` for what only grows.
pub fn exposed_name(signal: &Signal) -> String {
    let group = &signal.group;
    let mut name = label(&group.metric_name);
    let unit = match group.unit.as_str() {
        "s" => "_seconds",
        "By" => "_bytes",
        _ => "",
    };
    if !name.ends_with(unit) {
        name += unit;
    }
    if group.instrument == "counter" {
        name += "_total";
    }
    name
}

/// Returns the name of an attribute as a label.
pub fn label(attribute: &str) -> String {
    attribute.replace('.', "_")
}

/// Says that a metric is not in the contract, and what it may have been meant to be.
fn unlisted(name: &str, metrics: &BTreeMap<String, &Signal>) -> String {
    let is_meant = |known: &&String| known.starts_with(name) || name.starts_with(known.as_str());
    match metrics.keys().find(is_meant) {
        Some(meant) => format!(
            "is not in the contract, which has `{meant}` with the unit `{}`: unit and `_total` \
             are a part of the name",
            metrics[meant].group.unit
        ),
        None => "is not in the contract: add it there, or remove it".to_owned(),
    }
}

/// Returns the labels of a sample as the attributes that they stand for.
fn attributes(sample: &Sample, signal: &Signal) -> BTreeMap<String, Value> {
    let labels = sample.labels.iter().filter(|(name, _)| *name != "le");
    labels
        .map(|(name, value)| {
            let field = signal.fields.iter().find(|field| label(&field.name) == *name);
            let attribute = field.map_or(name, |field| &field.name);
            let is_int = field.is_some_and(
                |field| matches!(&field.r#type, Type::Plain(r#type) if r#type == "int"),
            );
            let number = value.parse::<i64>().ok().filter(|_| is_int).map(Value::from);
            (attribute.clone(), number.unwrap_or_else(|| Value::from(value.as_str())))
        })
        .collect()
}

fn series(sample: &Sample) -> String {
    let labels = sample.labels.iter().filter(|(name, _)| *name != "le");
    let labels: Vec<_> = labels.map(|(name, value)| format!("{name}={value:?}")).collect();
    "{".to_owned() + &labels.join(",") + "}"
}

fn has_samples(metrics: &Exposition, name: &str) -> bool {
    metrics.0.get(name).is_some_and(|family| !family.samples.is_empty())
}

/// Lists the bounds of each series of a histogram, the last one left out.
fn bounds(family: &Family) -> BTreeMap<String, Vec<f64>> {
    let mut bounds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sample in &family.samples {
        let of_series = bounds.entry(series(sample)).or_default();
        of_series.extend(sample.labels.get("le").filter(|bound| *bound != "+Inf").cloned());
    }
    let numbers = |texts: BTreeSet<String>| {
        let mut numbers: Vec<f64> = texts.iter().map(|text| text.parse().unwrap()).collect();
        numbers.sort_by(f64::total_cmp);
        numbers
    };
    bounds.into_iter().map(|(series, texts)| (series, numbers(texts))).collect()
}
