//! The contract against itself, and against the conventions that it depends on.

use std::collections::BTreeSet;

use super::{
    Findings,
    registry::{Annotations, Attribute, CONVENTIONS, Group, Kind, Level, Registry, Type},
};

/// Checks that every group says what its kind needs, and that every name is defined once and used.
pub fn check(registry: &Registry, findings: &mut Findings) {
    depends_on_one_version(registry, findings);
    let own = || registry.groups.iter().flat_map(|(_, group)| &group.attributes);
    let own = || own().filter(|attribute| !attribute.id.is_empty());
    let of_conventions = || registry.conventions.iter().map(|attribute| attribute.id.as_str());
    let mut defined: BTreeSet<&str> = of_conventions().collect();
    for attribute in own() {
        if !defined.insert(&attribute.id) {
            findings.say(&format!("attribute `{}`", attribute.id), "is defined twice: refer to it");
        }
        check_definition(attribute, findings);
    }
    let refs = registry.groups.iter().flat_map(|(_, group)| &group.attributes);
    let refs: BTreeSet<_> = refs.map(|attribute| attribute.r#ref.as_str()).collect();
    for name in defined.iter().filter(|name| !refs.contains(**name)) {
        findings.say(&format!("attribute `{name}`"), "is defined, but no signal has it: remove it");
    }
    let all = registry.conventions.iter().chain(own());
    let texts: BTreeSet<_> =
        all.filter(|attribute| is_text(attribute)).map(|attribute| attribute.id.as_str()).collect();
    let mut names = BTreeSet::new();
    for (file, group) in &registry.groups {
        let place = format!("telemetry/registry/{file} ({})", group.id);
        for name in [&group.id, &group.metric_name, &group.name] {
            if !name.is_empty() && !names.insert((group.r#type as u8, name)) {
                findings.say(&place, format!("has the name `{name}`, as another group has"));
            }
        }
        for missing in missing(group) {
            findings.say(&place, format!("has no `{missing}`, which it needs"));
        }
        for attribute in group.attributes.iter().filter(|attribute| attribute.id.is_empty()) {
            check_reference(attribute, &place, findings);
            if !defined.contains(attribute.r#ref.as_str()) {
                findings.say(&place, undefined(&attribute.r#ref));
            }
            if group.r#type == Kind::Metric && texts.contains(attribute.r#ref.as_str()) {
                check_bound(attribute, &place, findings);
            }
        }
        for name in named_in(&group.annotations) {
            if !group.attributes.iter().any(|attribute| attribute.r#ref == name) {
                let why = format!("names `{name}` in an annotation, but not as an attribute");
                findings.say(&place, why);
            }
        }
    }
}

fn depends_on_one_version(registry: &Registry, findings: &mut Findings) {
    let (schema_url, path) = &registry.depends_on;
    let version = Registry::version();
    if !schema_url.ends_with(&format!("/{version}")) || !path.contains(&format!("/v{version}.")) {
        let at_hand = format!("but the types at hand are those of {version}");
        let text = format!("depends on {schema_url} at {path}, {at_hand}: change one");
        findings.say("telemetry/registry/manifest.yaml", text);
    }
}

/// Lists what a group lacks.
fn missing(group: &Group) -> Vec<&'static str> {
    let Annotations { span_name, log, buckets, .. } = &group.annotations;
    let is_histogram = group.instrument == "histogram";
    let mut missing = vec![("brief", !group.brief.is_empty())];
    missing.extend(match group.r#type {
        Kind::AttributeGroup => vec![("attributes", !group.attributes.is_empty())],
        Kind::Entity => vec![
            ("name", !group.name.is_empty()),
            ("stability", !group.stability.is_empty()),
            ("attributes", !group.attributes.is_empty()),
        ],
        Kind::Event => vec![
            ("name", !group.name.is_empty()),
            ("stability", !group.stability.is_empty()),
            ("annotations.log", log.is_some()),
        ],
        Kind::Metric => vec![
            ("metric_name", !group.metric_name.is_empty()),
            ("stability", !group.stability.is_empty()),
            ("instrument", !group.instrument.is_empty()),
            ("unit", !group.unit.is_empty()),
            ("annotations.buckets", is_histogram != buckets.is_empty()),
        ],
        Kind::Span => vec![
            ("span_kind", !group.span_kind.is_empty()),
            ("stability", !group.stability.is_empty()),
            ("annotations.span_name", !span_name.is_empty()),
        ],
    });
    missing.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect()
}

/// Checks an attribute of our own.
fn check_definition(attribute: &Attribute, findings: &mut Findings) {
    for (name, there) in [
        ("type", attribute.r#type.is_some()),
        ("brief", !attribute.brief.is_empty()),
        ("stability", !attribute.stability.is_empty()),
        ("examples", !is_text(attribute) || !attribute.examples.is_empty()),
    ] {
        if !there {
            let place = format!("attribute `{}`", attribute.id);
            findings.say(&place, format!("has no `{name}`, which it needs"));
        }
    }
}

/// Checks that a reference says when the attribute is required.
fn check_reference(attribute: &Attribute, place: &str, findings: &mut Findings) {
    let name = &attribute.r#ref;
    let levels = ["required", "recommended", "opt_in"];
    let is_level = match &attribute.requirement_level {
        Some(Level::Plain(level)) => levels.contains(&level.as_str()),
        Some(Level::Conditional(levels)) => levels.iter().all(|(level, condition)| {
            ["conditionally_required", "recommended"].contains(&level.as_str())
                && !condition.is_empty()
        }),
        None => false,
    };
    if !is_level {
        findings.say(place, format!("does not say whether `{name}` is required, or when"));
    }
}

/// Checks that a label whose type is text says what bounds it.
fn check_bound(attribute: &Attribute, place: &str, findings: &mut Findings) {
    let Annotations { values, bounded_by, .. } = &attribute.annotations;
    if values.is_empty() && bounded_by.is_empty() {
        let why = "does not say what bounds the label";
        let name = &attribute.r#ref;
        findings.say(place, format!("{why} `{name}`: say so in `values` or `bounded_by`"));
    }
}

fn is_text(attribute: &Attribute) -> bool {
    matches!(&attribute.r#type, Some(Type::Plain(r#type)) if r#type == "string")
}

fn undefined(name: &str) -> String {
    format!(
        "refers to `{name}`, which is defined nowhere: define it, or copy it from the conventions \
         to {CONVENTIONS}"
    )
}

/// Lists the attributes that annotations of a group are about.
fn named_in(annotations: &Annotations) -> Vec<&str> {
    let names = annotations.span_name.iter().flat_map(|name| {
        name.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or_default())
    });
    names.chain(annotations.fails_if.keys().map(String::as_str)).collect()
}
