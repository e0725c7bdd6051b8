//! The contract as it is checked: signals, whose attributes have types.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Wrong,
    registry::{Annotations, Attribute, Group, Kind, Level, Registry, Type},
};

/// What the service may and must emit.
pub struct Contract(Vec<Signal>);

/// A span, a metric, an event or an entity.
#[derive(Debug)]
pub struct Signal {
    /// The file that it is in, and its id.
    pub place: String,
    pub group: Group,
    pub fields: Vec<Field>,
}

/// An attribute of a signal.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub r#type: Type,
    /// Whether nothing may be without it.
    pub required: bool,
    pub annotations: Annotations,
}

impl Contract {
    /// Resolves the references of a registry that is sound.
    pub fn of(registry: Registry) -> Self {
        let own = registry.groups.iter().flat_map(|(_, group)| &group.attributes);
        let own = own.filter(|attribute| !attribute.id.is_empty()).cloned();
        let defined = registry.conventions.into_iter().chain(own);
        let types: BTreeMap<String, Type> = defined
            .map(|attribute| (attribute.id, attribute.r#type.expect("a definition has a type")))
            .collect();
        let signals = registry.groups.into_iter();
        let signals = signals.filter(|(_, group)| group.r#type != Kind::AttributeGroup);
        Self(signals.map(|(file, group)| Signal::new(&file, group, &types)).collect())
    }

    /// Lists the signals of a kind.
    pub fn signals(&self, kind: Kind) -> impl Iterator<Item = &Signal> {
        self.0.iter().filter(move |signal| signal.group.r#type == kind)
    }
}

impl Signal {
    fn new(file: &str, group: Group, types: &BTreeMap<String, Type>) -> Self {
        let place = format!("telemetry/registry/{file} ({})", group.id);
        let fields = group.attributes.iter();
        let fields = fields.map(|attribute| Field::new(attribute, types)).collect();
        Self { place, group, fields }
    }

    /// Returns an attribute.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Tells whether what has these attributes is a failure, where the contract says when it is.
    pub fn fails(&self, value: impl Fn(&str) -> Option<String>) -> Option<bool> {
        let (attribute, failures) = self.group.annotations.fails_if.first_key_value()?;
        let value = value(attribute).unwrap_or_else(|| "missing".to_owned());
        Some(failures.iter().any(|failure| matches(failure, &value)))
    }

    /// Says what is wrong with the attributes of one thing that was emitted.
    pub fn check(&self, attributes: &BTreeMap<String, Value>) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for (name, value) in attributes {
            match self.field(name) {
                Some(field) => wrong.extend(field.check(value)),
                None => wrong.push(Wrong::new(
                    name,
                    format!(
                        "has `{name}` = {value}, which is not in the contract: add it there, or \
                         remove it"
                    ),
                )),
            }
        }
        for field in self.fields.iter().filter(|field| field.required) {
            if !attributes.contains_key(&field.name) {
                let name = &field.name;
                let text = format!("has no `{name}`, which is required: set it");
                wrong.push(Wrong::new(name, text));
            }
        }
        let failed = attributes.contains_key("error.type");
        let text = |name: &str| attributes.get(name).map(plain);
        match self.fails(text) {
            Some(true) if !failed => {
                let text = "failed, but has no `error.type`: set it";
                wrong.push(Wrong::new("no error.type", text));
            }
            Some(false) if failed => {
                let r#type = &attributes["error.type"];
                let text = format!("did not fail, but has `error.type` = {type}: remove it");
                wrong.push(Wrong::new("error.type without a failure", text));
            }
            _ => {}
        }
        wrong
    }
}

impl Field {
    fn new(attribute: &Attribute, types: &BTreeMap<String, Type>) -> Self {
        let name = if attribute.id.is_empty() { &attribute.r#ref } else { &attribute.id };
        let level = attribute.requirement_level.as_ref();
        Self {
            name: name.clone(),
            r#type: types[name].clone(),
            required: matches!(level, Some(Level::Plain(level)) if level == "required"),
            annotations: attribute.annotations.clone(),
        }
    }

    /// Says what is wrong with a value.
    pub fn check(&self, value: &Value) -> Option<Wrong> {
        let name = &self.name;
        let (is_right, r#type) = match &self.r#type {
            Type::Plain(r#type) => (is_a(value, r#type), r#type.as_str()),
            Type::Enumeration { .. } => (value.is_string(), "string"),
        };
        if !is_right {
            let text = format!("has `{name}` = {value}, but its type is {type}: change one");
            return Some(Wrong::new(format!("type of {name}"), text));
        }
        let text = plain(value);
        let values = &self.annotations.values;
        let members = match &self.r#type {
            Type::Enumeration { members } => members.iter().map(|member| &member.value).collect(),
            Type::Plain(_) => Vec::new(),
        };
        let allowed = if values.is_empty() { members } else { values.iter().collect() };
        if allowed.is_empty() || allowed.iter().any(|pattern| matches(pattern, &text)) {
            return None;
        }
        let text = format!("has `{name}` = {value}, which is none of its values: {allowed:?}");
        Some(Wrong::new(format!("value of {name}"), text))
    }
}

fn is_a(value: &Value, r#type: &str) -> bool {
    match r#type {
        "string" => value.is_string(),
        "int" => value.is_i64() || value.is_u64(),
        "double" => value.is_f64(),
        "boolean" => value.is_boolean(),
        _ => false,
    }
}

/// Returns a value as it stands in a label.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn matches(pattern: &str, text: &str) -> bool {
    pattern == text
        || (pattern.len() == text.len()
            && pattern.chars().zip(text.chars()).all(|(pattern, char)| {
                pattern == char || (pattern == 'x' && char.is_ascii_digit())
            }))
}
