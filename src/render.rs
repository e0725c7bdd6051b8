//! From a template and answers to a tree, without a look at anything else.

mod draft;
mod origin;

pub use self::draft::Draft;
pub use self::origin::origin;

use std::collections::BTreeMap;

use liquid::Object;
use liquid_core::Value as Liquid;

use crate::answers::{Answers, Value};
use crate::fault::{Fault, Problem};
use crate::manifest::{Manifest, Rules};
use crate::name::is_device;
use crate::record;
use crate::template::Template;
use crate::tree::Tree;

/// Renders a template: the same answers always give the same bytes.
///
/// # Errors
/// Lists the faults that only these answers bring out.
pub fn render(template: &Template, answers: &Answers) -> Result<Tree, Vec<Fault>> {
    Draft::new(template, answers)?.tree()
}

/// Lists the rules that hold with some answers.
pub fn rules<'m>(manifest: &'m Manifest, values: &BTreeMap<String, Value>) -> Vec<&'m Rules> {
    let holding = manifest.conditional.iter().filter(|(when, _)| when.holds(values));
    std::iter::once(&manifest.always).chain(holding.map(|(_, rules)| rules)).collect()
}

/// Tells whether rules leave a file out.
pub fn is_ignored(rules: &[&Rules], target: &str) -> bool {
    rules.iter().any(|rules| rules.ignore.iter().any(|entry| covers(&entry.text, target)))
}

/// Tells whether a literal path of `ignore` or `seeded` is `path` or a folder that it is in.
pub fn covers(entry: &str, path: &str) -> bool {
    let mut literal = entry;
    while let Some(rest) = literal.strip_prefix("./") {
        literal = rest;
    }
    let literal = literal.trim_end_matches('/');
    path.strip_prefix(literal).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Renders the commands that a new project's owner runs first; those that come out empty are left out.
///
/// # Errors
/// Lists the faults that only these answers bring out.
pub fn next_steps(template: &Template, answers: &Answers) -> Result<Vec<String>, Vec<Fault>> {
    let variables = variables(answers);
    let mut steps = Vec::new();
    let mut faults = Vec::new();
    for step in &template.manifest.next_steps {
        match template.engine.render(&step.text, &variables) {
            Ok(rendered) => steps.push(rendered.trim().to_owned()),
            Err((_, problem)) => faults.push(step.fault(problem)),
        }
    }
    steps.retain(|step| !step.is_empty());
    if faults.is_empty() { Ok(steps) } else { Err(faults) }
}

/// Tells who else has a claim on the name of a file or folder, however it is written: Windows and
/// macOS do not tell the cases apart, and Windows has short names for long ones.
pub fn claimed(component: &str) -> Option<Problem> {
    let is = |name: &str| component.eq_ignore_ascii_case(name);
    if is(".git") || is("git~1") {
        Some(Problem::Repository(component.to_owned()))
    } else if is(record::FOLDER) || is("firstl~1") {
        Some(Problem::Reserved(component.to_owned()))
    } else {
        None
    }
}

/// Gives what the tags of a template see.
pub fn variables(answers: &Answers) -> Object {
    let mut variables = Object::new();
    let mut set = |name: &str, value| {
        variables.insert(name.to_owned().into(), value);
    };
    set("project-name", Liquid::scalar(answers.name.to_string()));
    set("crate_name", Liquid::scalar(answers.name.crate_name()));
    set("crate_type", Liquid::scalar("bin"));
    set("is_init", Liquid::scalar(false));
    for (name, value) in &answers.values {
        match value {
            Value::Flag(flag) => set(name, Liquid::scalar(*flag)),
            Value::Text(text) => set(name, Liquid::scalar(text.clone())),
        }
    }
    variables
}

/// Tells whether all systems take the component as it is; cargo-generate would change others in silence.
pub fn is_portable(component: &str) -> bool {
    let illegal =
        |c: char| c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '\\' | '|' | '?' | '*');
    let stem = component.split('.').next().unwrap_or_default();
    component.len() <= 255
        && !component.contains(illegal)
        && !component.ends_with(['.', ' '])
        && !is_device(stem)
}
