//! What GitHub shows: annotations, and a summary of the job.

use std::path::{Path, PathBuf};

use super::report::Report;
use super::result::{CheckResult, Checked};
use super::wording::seconds;
use crate::checks::Outcome;
use crate::fault::{Fault, Severity};
use crate::ui::Ui;

/// Says everything that is wrong as a command to GitHub's runner, if one is there to read it.
pub fn annotate(report: &Report, ui: &Ui) {
    if std::env::var_os("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return;
    }
    for fault in &report.findings.faults {
        ui.say(&annotation(report, fault));
    }
    for error in &report.errors {
        let hint = error.hint.iter().map(|hint| format!("\n{hint}")).collect::<String>();
        let text = data(&format!("{}{hint}", error.message));
        ui.say(&format!("::error title=firstlight verify::{text}"));
    }
    for (project, result) in report.failed() {
        let title = property(&format!("{} fails for {}", result.check, project.label));
        let text = data(&format!("{}\n{}", result.why(), result.reproduce));
        ui.say(&format!("::error title={title}::{text}"));
    }
}

fn annotation(report: &Report, fault: &Fault) -> String {
    let kind = match fault.problem.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    // GitHub knows a file by its path from the repository's root, without a dot before it.
    let folder = report.folder.as_deref().unwrap_or_default();
    let file = Path::new(folder).join(&fault.place.file);
    let file = file.strip_prefix(".").unwrap_or(&file).display().to_string();
    let at = fault.place.at.map(|(line, column)| format!(",line={line},col={column}"));
    let text = data(&format!("{}\n{}", fault.problem, fault.problem.remedy()));
    format!("::{kind} file={}{}::{text}", property(&file), at.unwrap_or_default())
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Gives the file that the summary of the job is collected in, if there is one.
pub fn summary_file() -> Option<PathBuf> {
    let path = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
    path.map(PathBuf::from)
}

/// Writes a table of all checks, and how to repeat those that failed.
pub fn summary(report: &Report) -> String {
    let mut text = "## firstlight verify\n\n".to_owned();
    for fault in &report.findings.faults {
        text += &format!("- {}\n", cell(&fault.to_string()));
    }
    for error in &report.errors {
        text += &format!("\n**{}**\n", cell(&error.message));
    }
    let mut names: Vec<&str> = Vec::new();
    for result in report.projects.iter().flat_map(|project| &project.results) {
        if !names.contains(&result.check.as_str()) {
            names.push(&result.check);
        }
    }
    if !report.projects.is_empty() {
        text += &format!("\n| project | {} |\n", names.join(" | "));
        text += &format!("|---|{}\n", "---|".repeat(names.len()));
        for project in &report.projects {
            let results = names.iter().map(|name| outcome(project, name));
            let results: Vec<String> = results.collect();
            text += &format!("| {} | {} |\n", cell(&project.label), results.join(" | "));
        }
    }
    for (project, result) in report.failed() {
        text += &format!("\n### `{}` fails for {}\n\n", result.check, cell(&project.label));
        text += &format!("````text\n{}\n````\n\n", result.why());
        text += &format!("````sh\n{}\n````\n", result.reproduce);
    }
    text
}

fn outcome(project: &Checked, name: &str) -> String {
    let result: Option<&CheckResult> = project.results.iter().find(|result| result.check == name);
    match result.map(|result| (&result.outcome, result.time)) {
        Some((Some(Outcome::Passed), time)) => seconds(time),
        Some((Some(Outcome::Unchanged), _)) => "unchanged".to_owned(),
        Some((Some(_), _)) => "**failed**".to_owned(),
        _ => "–".to_owned(),
    }
}

fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('`', "\\`")
}
