//! What came of one project.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::plan::Project;
use super::update;
use super::wording::{excerpt, seconds};
use crate::answers::Answers;
use crate::checks::{Ended, Outcome};
use crate::error::Complaint;

/// Is one project and its results.
pub struct Checked {
    answers: Answers,
    pub label: String,
    pub command: String,
    obstacle: Option<Complaint>,
    pub results: Vec<CheckResult>,
}

/// Is the result of one check.
pub struct CheckResult {
    pub check: String,
    line: String,
    /// The command that repeats it in the project.
    repeat: String,
    /// The command that makes the project and repeats it.
    pub reproduce: String,
    /// None if it was not made.
    pub outcome: Option<Outcome>,
    pub time: Duration,
    output: String,
}

impl Checked {
    pub fn new(project: &Project) -> Self {
        let made = project.checks.iter().map(|check| CheckResult {
            check: check.name.clone(),
            line: check.line(),
            repeat: project.repeat(check),
            reproduce: project.reproduce(check),
            outcome: None,
            time: Duration::ZERO,
            output: String::new(),
        });
        // Nothing is checked of a project that cannot be updated.
        let failed = project.obstacle.iter().map(|obstacle| CheckResult {
            check: update::CHECK.to_owned(),
            line: project.command.clone(),
            repeat: String::new(),
            reproduce: project.command.clone(),
            outcome: Some(Outcome::Failed(obstacle.message.clone())),
            time: Duration::ZERO,
            output: String::new(),
        });
        Self {
            answers: project.answers.clone(),
            label: project.label(),
            command: project.command.clone(),
            obstacle: project.obstacle.clone(),
            results: failed.chain(made).collect(),
        }
    }

    /// Says which checks fail, and how to see it.
    pub fn complaint(&self) -> Option<Complaint> {
        if let Some(Complaint { message, hint }) = &self.obstacle {
            let hint = hint.iter().map(|hint| format!("{hint}; ")).collect::<String>();
            let hint = format!("{hint}to see it again:\n  {}", self.command);
            return Some(Complaint::new(message, hint));
        }
        let failed: Vec<&CheckResult> =
            self.results.iter().filter(|result| result.is_failed()).collect();
        let names: Vec<String> =
            failed.iter().map(|result| format!("`{}`", result.check)).collect();
        let names = match names.split_last()? {
            (only, []) => format!("{only} fails"),
            (last, rest) => format!("{} and {last} fail", rest.join(", ")),
        };
        let lines: String = failed.iter().map(|result| format!("\n  {}", result.repeat)).collect();
        let hint = format!("to see it again:\n  {}{lines}", self.command);
        Some(Complaint::new(&format!("{names} for {}", self.label), hint))
    }

    pub fn as_json(&self) -> Json {
        let checks: Vec<Json> = self.results.iter().map(CheckResult::as_json).collect();
        json!({
            "name": self.answers.name.as_str(),
            "answers": self.answers.values,
            "command": self.command,
            "checks": checks,
        })
    }
}

impl CheckResult {
    pub fn note(&mut self, ended: Ended) {
        self.outcome = Some(ended.outcome);
        self.time = ended.time;
        self.output = ended.output;
    }

    pub fn is_failed(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| !outcome.is_passed())
    }

    /// Says how a check has failed, with the end of its output.
    pub fn why(&self) -> String {
        let how = match &self.outcome {
            Some(Outcome::Failed(how)) => how.clone(),
            Some(Outcome::TimedOut(limit)) => format!("not done after {}", seconds(*limit)),
            _ => String::new(),
        };
        format!("{how}\n{}", excerpt(&self.output))
    }

    fn as_json(&self) -> Json {
        let outcome = self.outcome.as_ref().map(|outcome| match outcome {
            Outcome::Passed => "passed",
            Outcome::Unchanged => "unchanged",
            Outcome::Failed(_) => "failed",
            Outcome::TimedOut(_) => "timed out",
        });
        let output = self.is_failed().then(|| self.why());
        json!({
            "name": self.check,
            "command": self.line,
            "outcome": outcome,
            "seconds": self.time.as_secs_f64(),
            "output": output,
            "reproduce": self.reproduce,
        })
    }
}
