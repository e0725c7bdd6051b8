//! The resource against the contract: on spans, and as the labels of `target_info`.

use std::collections::BTreeSet;

use super::{
    Findings, Wrong,
    exercise::Emitted,
    metrics::label,
    registry::Kind,
    signals::{Contract, Field},
};

/// Checks that the attributes of the resource are those of the contract.
pub fn check(contract: &Contract, emitted: &Emitted, findings: &mut Findings) {
    let entities = || contract.signals(Kind::Entity);
    let fields: Vec<&Field> = entities().flat_map(|entity| &entity.fields).collect();
    let mut seen = BTreeSet::new();
    for (name, value) in emitted.spans.iter().flat_map(|span| &span.resource) {
        let field = fields.iter().find(|field| field.name == *name);
        let unlisted = || {
            let why = "which is not in the contract: add it there, or remove it";
            Some(Wrong::new(name, format!("has `{name}`, {why}")))
        };
        if let Some(wrong) = field.map_or_else(unlisted, |field| field.check(value)) {
            findings.add("resource", "the resource of the spans", wrong);
        }
        seen.insert(name.as_str());
    }
    for entity in entities() {
        findings.unseen(entity, "resource", |field| field.is_empty() || seen.contains(field));
    }
    let target = emitted.metrics.family("target_info");
    let labels = target.map(|family| family.label_names()).unwrap_or_default();
    let expected: BTreeSet<_> = seen.iter().map(|name| label(name)).collect();
    for name in &labels {
        if !expected.contains(*name) {
            findings.say("metric `target_info`", format!("has `{name}`, as no span has"));
        }
    }
    for name in expected.iter().filter(|name| !labels.contains(name.as_str())) {
        findings.say("metric `target_info`", format!("has no `{name}`, as the spans have"));
    }
    let values = target.iter().flat_map(|family| &family.samples).map(|sample| sample.value);
    for value in values.filter(|value| value.total_cmp(&1.0).is_ne()) {
        findings.say("metric `target_info`", format!("is {value}, but must be 1"));
    }
}
