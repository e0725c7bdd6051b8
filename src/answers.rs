//! The validated answers of one project.

pub mod space;

use std::collections::BTreeMap;
use std::fmt;

use crate::manifest::{Manifest, Placeholder};
use crate::name::Name;

/// Is the answer to one placeholder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Of a placeholder of the type `bool`.
    Flag(bool),
    /// Of any other.
    Text(String),
}

impl Value {
    /// Gives the flag, if it is one.
    pub fn as_flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Text(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// Is everything that distinguishes one project of a template from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// The project's name.
    pub name: Name,
    /// The answers, by the placeholder's name.
    pub values: BTreeMap<String, Value>,
}

/// Says which answers are missing or superfluous.
#[derive(Debug, thiserror::Error)]
pub enum Error<E> {
    /// Answers that nobody gave, by the placeholder's name.
    #[error("answers are missing")]
    Missing(Vec<String>),
    /// An answer to a question that the other answers rule out.
    #[error("`{0}` is only asked if `{1}`")]
    NotAsked(String, String),
    /// The source of an answer failed.
    #[error(transparent)]
    Source(#[from] E),
}

impl Answers {
    /// Collects the answers, asking `source` for each placeholder in turn.
    ///
    /// Placeholders of a condition are asked for once the condition holds; `given` tells which
    /// names somebody gave a value for.
    ///
    /// # Errors
    /// Lists what is missing, or names what was given in vain.
    pub fn collect<E>(
        manifest: &Manifest,
        name: Name,
        given: impl Fn(&str) -> bool,
        mut source: impl FnMut(&Placeholder) -> Result<Option<Value>, E>,
    ) -> Result<Self, Error<E>> {
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        loop {
            let next = manifest.placeholders.iter().find(|placeholder| {
                !values.contains_key(&placeholder.name)
                    && !missing.contains(&placeholder.name)
                    && manifest.asks(placeholder, &values)
            });
            let Some(placeholder) = next else { break };
            match source(placeholder)? {
                Some(value) => drop(values.insert(placeholder.name.clone(), value)),
                None => missing.push(placeholder.name.clone()),
            }
        }
        if !missing.is_empty() {
            return Err(Error::Missing(missing));
        }
        let vain = manifest.placeholders.iter().find(|placeholder| {
            given(&placeholder.name) && !values.contains_key(&placeholder.name)
        });
        match vain {
            Some(placeholder) => Err(Error::NotAsked(
                placeholder.name.clone(),
                placeholder.condition_text.clone().unwrap_or_default(),
            )),
            None => Ok(Self { name, values }),
        }
    }
}
