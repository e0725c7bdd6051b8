//! What the lint has found.

use serde_json::{Value as Json, json};

use crate::error::Failure;
use crate::fault::{Fault, Severity};
use crate::ui::Ui;

/// Is everything that is wrong or odd with a template.
#[derive(Debug)]
pub struct Findings {
    pub faults: Vec<Fault>,
}

impl Findings {
    pub fn new(mut faults: Vec<Fault>) -> Self {
        faults.sort_by(|a, b| a.place.cmp(&b.place));
        faults.dedup();
        Self { faults }
    }

    /// Adds what only some answers have shown.
    pub fn add(&mut self, faults: Vec<Fault>) {
        let own = std::mem::take(&mut self.faults);
        *self = Self::new(own.into_iter().chain(faults).collect());
    }

    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    pub fn errors(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().filter(|fault| fault.problem.severity() == Severity::Error)
    }

    fn warnings(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().filter(|fault| fault.problem.severity() == Severity::Warning)
    }

    /// Says the warnings, and each remedy once; the errors end the run, and are said then.
    pub fn say(&self, ui: &Ui) {
        let mut remedies: Vec<String> = Vec::new();
        for fault in self.warnings() {
            ui.warning(&fault.to_string());
            let remedy = fault.problem.remedy();
            if !remedies.contains(&remedy) {
                remedies.push(remedy);
            }
        }
        if !remedies.is_empty() {
            ui.say("");
            for remedy in &remedies {
                ui.hint(remedy);
            }
            ui.say("");
        }
    }

    /// Gives the failure that the errors are, if there are any.
    pub fn failure(&self) -> Option<Failure> {
        let errors: Vec<Fault> = self.errors().cloned().collect();
        (!errors.is_empty()).then(|| errors.into())
    }

    pub fn as_json(&self) -> Json {
        let fault = |fault: &Fault| {
            let severity = match fault.problem.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            json!({
                "severity": severity,
                "file": fault.place.file,
                "line": fault.place.at.map(|(line, _)| line),
                "column": fault.place.at.map(|(_, column)| column),
                "message": fault.problem.to_string(),
                "hint": fault.problem.remedy(),
            })
        };
        self.faults.iter().map(fault).collect()
    }
}
