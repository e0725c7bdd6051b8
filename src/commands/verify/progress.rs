//! A line for every check, while it runs and when it has ended.

use std::time::Duration;

use super::report::Report;
use crate::checks::{Event, Job, Outcome};
use crate::ui::Ui;

/// Is how many lines of a failing check's output are shown.
const LINES: usize = 30;

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
            Event::Started(job, check) => {
                self.name(*job, report);
                self.running.push((*job, *check));
            }
            Event::Ended(job, check, outcome, time, output) => {
                self.running.retain(|running| *running != (*job, *check));
                self.name(*job, report);
                self.ui.say(&self.line(*job, *check, &ended(outcome, *time)));
                if !outcome.is_passed() {
                    self.output(*job, output);
                }
            }
            Event::Unchanged(job) => {
                self.name(*job, report);
                self.ui.say(&format!("{}  unchanged", self.number(*job)));
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

fn ended(outcome: &Outcome, time: Duration) -> String {
    match outcome {
        Outcome::Passed => seconds(time),
        Outcome::Unchanged => "unchanged".to_owned(),
        Outcome::Failed(how) => format!("FAILED after {}: {how}", seconds(time)),
        Outcome::TimedOut(limit) => format!("FAILED: not done after {}", seconds(*limit)),
    }
}

/// Writes a time for people.
pub fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// Gives the end of what a check has printed.
pub fn excerpt(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    let left_out = lines.len().saturating_sub(LINES);
    let first = (left_out > 0).then(|| format!("  | … {left_out} lines before these"));
    let lines = lines[left_out..].iter().map(|line| format!("  | {line}"));
    first.into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}
