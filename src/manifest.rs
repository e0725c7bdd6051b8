//! `cargo-generate.toml`: placeholders, conditions, and firstlight's own table.

mod check;
mod parse;
mod pattern;
mod placeholder;

pub use self::check::Check;
pub use self::pattern::Pattern;
pub use self::placeholder::{Choice, Kind, Placeholder};

use std::collections::BTreeMap;

use semver::Version;

use crate::answers::Value;
use crate::condition::Condition;
use crate::fault::{Fault, Place, Problem};

/// Names the manifest's file, at the top of a template.
pub const FILE_NAME: &str = "cargo-generate.toml";

/// Is what a template says about itself.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The version of the template, from `[firstlight]`.
    pub version: Version,
    /// Paths of the rendered tree that belong to the user after creation.
    pub seeded: Vec<Entry>,
    /// Commands that a new project's owner runs first, in the project's folder, as liquid.
    pub next_steps: Vec<Entry>,
    /// What every project has to pass; empty for the usual checks.
    pub checks: Vec<Check>,
    /// What holds whatever the answers are.
    pub always: Rules,
    /// What holds if a condition does, in the manifest's order.
    pub conditional: Vec<(Condition, Rules)>,
    /// All placeholders, those of conditions last.
    pub placeholders: Vec<Placeholder>,
}

/// Is one set of paths and patterns, from `[template]` or from a condition.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The condition as it was written, if one has to hold.
    pub when: Option<Entry>,
    /// Patterns of what alone is rendered, as in `.gitignore`.
    pub include: Option<Vec<Entry>>,
    /// Patterns of what is copied unrendered, as in `.gitignore`.
    pub exclude: Option<Vec<Entry>>,
    /// Literal paths that are left out.
    pub ignore: Vec<Entry>,
}

/// Is a path or a pattern, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The text.
    pub text: String,
    /// Its place in the manifest.
    pub place: Place,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// Lists everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        parse::manifest(text)
    }

    /// Finds a placeholder by its name.
    pub fn placeholder(&self, name: &str) -> Option<&Placeholder> {
        self.placeholders.iter().find(|placeholder| placeholder.name == name)
    }

    /// Gives the condition under which a placeholder is asked for, if it is not always.
    pub fn gate(&self, placeholder: &Placeholder) -> Option<&Condition> {
        placeholder.condition.map(|index| &self.conditional[index].0)
    }

    /// Tells whether a placeholder is asked for after these answers.
    pub fn asks(&self, placeholder: &Placeholder, values: &BTreeMap<String, Value>) -> bool {
        self.gate(placeholder).is_none_or(|condition| condition.holds(values))
    }

    /// Lists the rules of `[template]` and of every condition.
    pub fn all_rules(&self) -> impl Iterator<Item = &Rules> {
        std::iter::once(&self.always).chain(self.conditional.iter().map(|(_, rules)| rules))
    }
}

impl Entry {
    /// Makes a fault that points to this entry.
    pub fn fault(&self, problem: Problem) -> Fault {
        Fault { place: self.place.clone(), problem }
    }
}
