//! What came of it, for programs and for people.

use std::io::Write;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use semver::Version;
use serde_json::{Value as Json, json};

use super::findings::Findings;
use super::plan::Plan;
use super::result::{CheckResult, Checked};
use super::wording::seconds;
use super::{github, junit};
use crate::checks::{Ended, Outcome};
use crate::cli::Verify;
use crate::error::{Complaint, Failure, Kind};
use crate::template::Source;
use crate::ui::Ui;

/// Is everything that a run has found out.
pub struct Report {
    template: Json,
    /// The template's folder, for places in it.
    pub folder: Option<String>,
    pub findings: Findings,
    possible: Option<usize>,
    pub projects: Vec<Checked>,
    /// What has ended the run before its time, or keeps a report from being written.
    pub errors: Vec<Complaint>,
    /// How long all checks took together, side by side as they were.
    pub time: Duration,
}

impl Report {
    pub fn new(source: &Source, version: Option<&Version>, findings: Findings) -> Self {
        let folder = source.folder().map(|folder| folder.display().to_string());
        Self {
            template: source.as_json(version),
            folder,
            findings,
            possible: None,
            projects: Vec::new(),
            errors: Vec::new(),
            time: Duration::ZERO,
        }
    }

    /// Lists what will be checked.
    pub fn begin(&mut self, plan: &Plan) {
        self.possible = plan.possible;
        self.projects = plan.projects.iter().map(Checked::new).collect();
    }

    pub fn label(&self, project: usize) -> &str {
        &self.projects[project].label
    }

    pub fn note(&mut self, ended: Ended) {
        self.projects[ended.job].results[ended.check].note(ended);
    }

    /// Notes that all checks of a project have passed before.
    pub fn unchanged(&mut self, project: usize) {
        for result in &mut self.projects[project].results {
            result.outcome = Some(Outcome::Unchanged);
        }
    }

    /// Writes every form that is wanted, of a run that has not come to its end, and gives what has failed
    /// until then and the reason.
    pub fn abort(&mut self, mut failure: Failure, arguments: &Verify, ui: &Ui) -> Failure {
        self.errors.clone_from(&failure.problems);
        failure.problems.extend(self.write(arguments, ui));
        let failed = self.complaints();
        if !failed.is_empty() {
            ui.say("");
            failure.problems.splice(0..0, failed);
        }
        failure
    }

    /// Writes every form that is wanted, and says how it went.
    pub fn finish(&mut self, arguments: &Verify, ui: &Ui) -> Result<(), Failure> {
        if arguments.dry_run && !self.findings.has_errors() {
            self.say_commands(arguments, ui);
        }
        let unwritten = self.write(arguments, ui);
        let verdict = match self.findings.failure() {
            Some(failure) => Err(failure),
            None => self.verdict(arguments, ui),
        };
        if unwritten.is_empty() {
            return verdict;
        }
        let mut failure =
            verdict.err().unwrap_or(Failure { kind: Kind::Failed, problems: Vec::new() });
        failure.problems.extend(unwritten);
        Err(failure)
    }

    /// Writes every form that is wanted, and gives what is new of what keeps it from that; JSON comes
    /// last, to have this too.
    fn write(&mut self, arguments: &Verify, ui: &Ui) -> Vec<Complaint> {
        let junit =
            arguments.junit.iter().map(|path| written(path, fs::write(path, junit::xml(self))));
        let summary = github::summary_file().map(|path| {
            let file = fs::File::options().append(true).create(true).open(&path);
            let text = github::summary(self);
            written(&path, file.and_then(|mut file| file.write_all(text.as_bytes())))
        });
        let unwritten = junit.chain(summary).filter_map(Result::err);
        let is_new =
            |error: &Complaint| self.errors.iter().all(|known| known.message != error.message);
        let mut unwritten: Vec<Complaint> = unwritten.filter(is_new).collect();
        self.errors.extend(unwritten.iter().cloned());
        github::annotate(self, ui);
        if arguments.json
            && let Err(failure) = ui.data(format!("{:#}", self.as_json(arguments)).as_bytes())
        {
            unwritten.extend(failure.problems);
        }
        unwritten
    }

    fn say_commands(&self, arguments: &Verify, ui: &Ui) {
        if arguments.lint {
            return;
        }
        ui.say("");
        for project in &self.projects {
            ui.say(&project.command);
        }
        ui.say("\nNothing was checked.");
    }

    fn verdict(&self, arguments: &Verify, ui: &Ui) -> Result<(), Failure> {
        let failed = self.complaints();
        if !failed.is_empty() {
            ui.say("");
            return Err(Failure { kind: Kind::Failed, problems: failed });
        }
        if arguments.lint {
            ui.say("The lint has found no errors.");
        } else if !arguments.dry_run {
            ui.say(&format!("\n{}", self.praise()));
        }
        Ok(())
    }

    fn complaints(&self) -> Vec<Complaint> {
        self.projects.iter().filter_map(Checked::complaint).collect()
    }

    fn praise(&self) -> String {
        let results = || self.projects.iter().flat_map(|project| &project.results);
        let made = results().filter(|result| result.outcome == Some(Outcome::Passed)).count();
        let unchanged = results().count() - made;
        let time = seconds(self.time);
        match (made, unchanged) {
            (0, 0) => "Nothing was checked.".to_owned(),
            (0, all) => format!("Nothing has changed: all {all} checks have passed before."),
            (made, 0) => format!("All {made} checks have passed, in {time}."),
            (made, rest) => {
                format!(
                    "{made} checks have passed, in {time}; {rest} had before, and nothing has changed for them."
                )
            }
        }
    }

    /// Lists the checks that have failed.
    pub fn failed(&self) -> impl Iterator<Item = (&Checked, &CheckResult)> {
        let each = self
            .projects
            .iter()
            .flat_map(|project| project.results.iter().map(move |result| (project, result)));
        each.filter(|(_, result)| result.is_failed())
    }

    /// Gives what has ended the run early, and what to do about it.
    fn error(&self) -> Option<Json> {
        let lines = |texts: Vec<&str>| (!texts.is_empty()).then(|| texts.join("\n"));
        let message = lines(self.errors.iter().map(|error| &*error.message).collect())?;
        let hint = lines(self.errors.iter().filter_map(|error| error.hint.as_deref()).collect());
        Some(json!({ "message": message, "hint": hint }))
    }

    fn as_json(&self, arguments: &Verify) -> Json {
        let projects: Vec<Json> = self.projects.iter().map(Checked::as_json).collect();
        let passed = |result: &CheckResult| result.outcome.as_ref().is_some_and(Outcome::is_passed);
        let all = self.projects.iter().all(|project| project.results.iter().all(passed));
        // Where nothing can fail, nothing is proven.
        let any = self.projects.iter().any(|project| !project.results.is_empty());
        let all = all && (any || self.projects.is_empty()) && !arguments.dry_run;
        json!({
            "schema": 1,
            "template": self.template,
            "passed": all && !self.findings.has_errors() && self.errors.is_empty(),
            "error": self.error(),
            "faults": self.findings.as_json(),
            "possible": self.possible,
            "projects": projects,
        })
    }
}

fn written(path: &Path, done: io::Result<()>) -> Result<(), Complaint> {
    done.map_err(|error| {
        Complaint::new(&format!("cannot write `{}`: {error}", path.display()), None)
    })
}
