//! One check of a template.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Entry;
use crate::condition::Condition;
use crate::shell;

/// Is how long a check may take, unless it says otherwise.
const LIMIT: Duration = Duration::from_mins(30);

/// Is a command that every project of a template has to pass, run in the project's folder.
#[derive(Debug, Clone)]
pub struct Check {
    /// The name.
    pub name: String,
    /// The program and its arguments; no shell reads them.
    pub command: Vec<String>,
    /// Variables that are set for the command.
    pub environment: BTreeMap<String, String>,
    /// The condition under which it is made, if it is not always, and as it was written.
    pub when: Option<(Condition, Entry)>,
    /// How long it may take.
    pub limit: Duration,
    /// Whether it needs what all projects share, and never runs beside another such check.
    pub exclusive: bool,
    /// Whether the checks that follow do not wait for its end.
    pub background: bool,
}

impl Check {
    /// Makes a check of a command.
    pub fn new(name: &str, command: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            environment: BTreeMap::new(),
            when: None,
            limit: LIMIT,
            exclusive: false,
            background: false,
        }
    }

    /// Adds a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Writes the command as one would type it.
    pub fn line(&self) -> String {
        let set = |(name, value): (&String, &String)| format!("{name}={}", shell::quote(value));
        let words = self.command.iter().map(|word| shell::quote(word));
        self.environment.iter().map(set).chain(words).collect::<Vec<_>>().join(" ")
    }
}
