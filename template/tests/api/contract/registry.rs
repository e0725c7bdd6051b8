//! The contract as it is written: the files of `telemetry/registry`, and those of the semantic
//! conventions that they refer to.

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::support::yaml;

/// A file of the registry.
#[derive(Deserialize)]
struct File {
    groups: Vec<Group>,
}

/// The file that says what the registry depends on.
#[derive(Deserialize)]
struct Manifest {
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    schema_url: String,
    registry_path: String,
}

/// A group: a signal and its attributes, or attributes that others refer to.
#[derive(Debug, Deserialize)]
pub struct Group {
    pub id: String,
    pub r#type: Kind,
    #[serde(default)]
    pub brief: String,
    #[serde(default)]
    pub stability: String,
    #[serde(default)]
    pub span_kind: String,
    #[serde(default)]
    pub metric_name: String,
    #[serde(default)]
    pub instrument: String,
    #[serde(default)]
    pub unit: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    #[serde(default)]
    pub annotations: Annotations,
}

/// What a group describes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    AttributeGroup,
    Entity,
    Event,
    Metric,
    Span,
}

/// An attribute: its definition, with an id and a type, or a reference to one.
#[derive(Clone, Debug, Deserialize)]
pub struct Attribute {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub r#ref: String,
    pub r#type: Option<Type>,
    #[serde(default)]
    pub brief: String,
    #[serde(default)]
    pub stability: String,
    #[serde(default)]
    pub examples: Vec<Value>,
    pub requirement_level: Option<Level>,
    #[serde(default)]
    pub annotations: Annotations,
}

/// The type of an attribute.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Type {
    Plain(String),
    Enumeration { members: Vec<Member> },
}

/// A value of an enumeration.
#[derive(Clone, Debug, Deserialize)]
pub struct Member {
    pub value: String,
}

/// How much an attribute is needed: a word, or a word and its condition.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Level {
    Plain(String),
    Conditional(BTreeMap<String, String>),
}

/// What Weaver has no place for, and the tests check.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Annotations {
    /// The names of a span: the first whose attributes are all there is the right one.
    pub span_name: Vec<String>,
    /// How a value is written in the name of a span.
    pub written_as: BTreeMap<String, String>,
    /// The attribute, and its values, that make it a failure; `missing` stands for no value.
    pub fails_if: BTreeMap<String, Vec<String>>,
    /// The bounds of a histogram.
    pub buckets: Vec<f64>,
    /// How an event is logged.
    pub log: Option<Log>,
    /// The only values of an attribute; an `x` stands for a digit.
    pub values: Vec<String>,
    /// What bounds the values of an attribute that is a label.
    pub bounded_by: String,
    /// Why the tests cannot see it.
    pub unseen: String,
}

/// How an event is logged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: String,
    /// The module that logs it, unless it is named.
    #[serde(default)]
    pub target: String,
    pub message: String,
    pub trace: InTrace,
}

/// Whether an event belongs to a trace.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum InTrace {
    Always,
    Sometimes,
    Never,
}

/// All that is written.
pub struct Registry {
    /// The groups of the registry, with the file that each is in.
    pub groups: Vec<(String, Group)>,
    /// The attributes of the semantic conventions that the registry refers to.
    pub conventions: Vec<Attribute>,
    /// The schema URL of the conventions, and where Weaver finds them.
    pub depends_on: (String, String),
}

/// The folder with the attributes of the conventions, named after their version.
pub const CONVENTIONS: &str = "telemetry/semconv-1.44.0";

impl Registry {
    /// Reads the files.
    pub fn read() -> Self {
        let manifest: Manifest = parse(&root().join("telemetry/registry/manifest.yaml"));
        let [Dependency { schema_url, registry_path }] =
            <[_; 1]>::try_from(manifest.dependencies).ok().expect("there is one dependency");
        let conventions = groups(CONVENTIONS).into_iter();
        Self {
            groups: groups("telemetry/registry"),
            conventions: conventions.flat_map(|(_, group)| group.attributes).collect(),
            depends_on: (schema_url, registry_path),
        }
    }

    /// Returns the version of the conventions whose attributes are at hand.
    pub fn version() -> &'static str {
        CONVENTIONS.rsplit('-').next().expect("the folder is named after it")
    }
}

fn groups(folder: &str) -> Vec<(String, Group)> {
    let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
    let mut groups = Vec::new();
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        if name != "manifest.yaml" {
            let file: File = parse(&path);
            groups.extend(file.groups.into_iter().map(|group| (name.clone(), group)));
        }
    }
    groups
}

fn parse<T: DeserializeOwned>(path: &Path) -> T {
    T::deserialize(yaml::read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
