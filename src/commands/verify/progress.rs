//! A line for every check, while it runs and when it has ended.

use super::report::Report;
use super::wording::{excerpt, seconds};
use crate::checks::{Ended, Event, Job, Outcome};
use crate::ui::Ui;

/// Shows what happens.
pub struct Progress<'a> {
    jobs: &'a [Job],
    ui: &'a Ui,
    width: usize,
    /// The projects that have been named.
    named: Vec<usize>,
    /// The checks that have not ended, each with its project.
    running: Vec<(usize, usize)>,
    /// The output that was shown last, and the project it is about.
    shown: Option<(usize, String)>,
}

impl<'a> Progress<'a> {
    pub fn new(jobs: &'a [Job], ui: &'a Ui) -> Self {
        let names = jobs.iter().flat_map(|job| &job.checks).map(|(check, _)| check.name.len());
        let width = names.max().unwrap_or(0);
        Self { jobs, ui, width, named: Vec::new(), running: Vec::new(), shown: None }
    }

    pub fn show(&mut self, event: &Event, report: &Report) {
        match event {
            &Event::Started { job, check } => {
                self.name(job, report);
                self.running.push((job, check));
            }
            Event::Ended(check) => {
                self.running.retain(|running| *running != (check.job, check.check));
                self.name(check.job, report);
                self.ui.say(&self.line(check.job, check.check, &how(check)));
                if !check.outcome.is_passed() {
                    self.output(check.job, &check.output);
                }
            }
            &Event::Unchanged(job) => {
                self.name(job, report);
                self.ui.say(&format!("{}  unchanged", self.number(job)));
            }
            Event::Unkept(..) | Event::Broken(_) | Event::Interrupted(_) => {}
        }
        if let Some(&(job, check)) = self.running.last() {
            self.ui.pending(&self.line(job, check, "…"));
        }
    }

    /// Shows what has been printed, unless the check before it has printed the same.
    fn output(&mut self, job: usize, output: &str) {
        if output.trim().is_empty() {
            return;
        }
        let shown = (job, excerpt(output));
        let again = self.shown.as_ref() == Some(&shown);
        self.ui.say(if again { "  | as above" } else { &shown.1 });
        self.shown = Some(shown);
    }

    fn name(&mut self, job: usize, report: &Report) {
        if !self.named.contains(&job) {
            self.named.push(job);
            self.ui.say(&format!("\n{}  {}", self.number(job), report.label(job)));
        }
    }

    fn line(&self, job: usize, check: usize, rest: &str) -> String {
        let name = &self.jobs[job].checks[check].0.name;
        format!("{}  {name:<width$}  {rest}", self.number(job), width = self.width)
    }

    fn number(&self, job: usize) -> String {
        let count = self.jobs.len().to_string();
        format!("{:>width$}/{count}", job + 1, width = count.len())
    }
}

fn how(ended: &Ended) -> String {
    let time = seconds(ended.time);
    match &ended.outcome {
        Outcome::Passed => time,
        Outcome::Unchanged => "unchanged".to_owned(),
        Outcome::Failed(how) => format!("FAILED after {time}: {how}"),
        Outcome::TimedOut(limit) => format!("FAILED: not done after {}", seconds(*limit)),
    }
}
