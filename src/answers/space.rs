//! The answers that can be given to some of a template's placeholders.

use std::collections::{BTreeMap, BTreeSet};

use crate::answers::Value;
use crate::condition::{Condition, Operand};
use crate::manifest::{Kind, Manifest, Placeholder};

/// Is how many assignments are looked at; what depends on more answers than that is not judged.
pub const MOST: usize = 4096;

/// Is one set of answers.
pub type Values = BTreeMap<String, Value>;

/// Lists every way to answer the placeholders `names`, with those that decide whether they are asked
/// for at all; none if there are too many.
///
/// A free text takes its default and whatever of `texts` it accepts.
pub fn assignments(
    manifest: &Manifest,
    names: &BTreeSet<String>,
    texts: &[String],
) -> Option<Vec<Values>> {
    let names = closure(manifest, names);
    let mut found = Vec::new();
    let mut open = vec![Values::new()];
    while let Some(values) = open.pop() {
        let next = manifest.placeholders.iter().find(|placeholder| {
            names.contains(&placeholder.name)
                && !values.contains_key(&placeholder.name)
                && manifest.asks(placeholder, &values)
        });
        match next {
            None => found.push(values),
            Some(placeholder) => {
                for value in domain(placeholder, texts).into_iter().rev() {
                    let mut values = values.clone();
                    values.insert(placeholder.name.clone(), value);
                    open.push(values);
                }
            }
        }
        if found.len() + open.len() > MOST {
            return None;
        }
    }
    Some(found)
}

/// Adds the names that decide whether others are asked for.
pub fn closure(manifest: &Manifest, names: &BTreeSet<String>) -> BTreeSet<String> {
    let mut all = names.clone();
    let mut open: Vec<String> = names.iter().cloned().collect();
    while let Some(name) = open.pop() {
        let gate = manifest.placeholder(&name).and_then(|found| manifest.gate(found));
        let mut gates = BTreeSet::new();
        if let Some(condition) = gate {
            mentions(condition, &mut gates);
        }
        open.extend(gates.into_iter().filter(|gate| all.insert(gate.clone())));
    }
    all
}

/// Lists the texts that a condition compares with.
pub fn literals(condition: &Condition) -> Vec<String> {
    let mut found = Vec::new();
    condition.visit(&mut |left, right| {
        for operand in [Some(left), right].into_iter().flatten() {
            if let Operand::Literal(Value::Text(text)) = operand {
                found.push(text.clone());
            }
        }
    });
    found
}

/// Adds the names that a condition mentions.
pub fn mentions(condition: &Condition, names: &mut BTreeSet<String>) {
    condition.names(&mut |name| {
        names.insert(name.name.clone());
    });
}

/// Lists the values that a placeholder can take; for a free text those that make a difference.
pub fn domain(placeholder: &Placeholder, texts: &[String]) -> Vec<Value> {
    if placeholder.kind != Kind::Text {
        return placeholder.domain().unwrap_or_default();
    }
    let mut values: Vec<Value> = placeholder.default.iter().cloned().collect();
    for text in texts.iter().map(String::as_str).chain([""]) {
        if let Ok(value) = placeholder.accept(text)
            && !values.contains(&value)
        {
            values.push(value);
        }
    }
    if values.is_empty() {
        let sample = placeholder.samples.first().cloned();
        values.push(sample.unwrap_or_else(|| Value::Text("some text".to_owned())));
    }
    values
}
