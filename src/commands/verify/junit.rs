//! The results as JUnit XML, as far as its readers agree about it.

use super::report::Report;
use super::result::{CheckResult, Checked};
use crate::checks::Outcome;

/// Writes the document: a suite for the lint, and one for each project.
pub fn xml(report: &Report) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    text += &lint(report);
    text += &report.projects.iter().map(project).collect::<String>();
    text += &error(report);
    text + "</testsuites>\n"
}

fn lint(report: &Report) -> String {
    let errors: Vec<String> = report.findings.errors().map(ToString::to_string).collect();
    let failure = match errors.first() {
        Some(first) => format!(
            "\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
            escape(first),
            escape(&errors.join("\n"))
        ),
        None => "</testcase>\n".to_owned(),
    };
    let failures = usize::from(!errors.is_empty());
    format!(
        "  <testsuite name=\"lint\" tests=\"1\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">\n    \
         <testcase name=\"lint\" classname=\"lint\" time=\"0\">{failure}  </testsuite>\n"
    )
}

/// Writes what has ended the run early.
fn error(report: &Report) -> String {
    let messages: Vec<&str> = report.errors.iter().map(|error| &*error.message).collect();
    let Some(first) = messages.first().and_then(|message| message.lines().next()) else {
        return String::new();
    };
    format!(
        "  <testsuite name=\"run\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n    \
         <testcase name=\"run\" classname=\"run\" time=\"0\">\n      \
         <error message=\"{}\">{}</error>\n    </testcase>\n  </testsuite>\n",
        escape(first),
        escape(&messages.join("\n"))
    )
}

fn project(project: &Checked) -> String {
    let count = |wanted: &dyn Fn(&CheckResult) -> bool| {
        project.results.iter().filter(|result| wanted(result)).count()
    };
    let (label, tests) = (escape(&project.label), project.results.len());
    let failures = count(&CheckResult::is_failed);
    let skipped = count(&|result| result.outcome.is_none());
    let cases = project.results.iter().map(|result| case(&label, result)).collect::<String>();
    format!(
        "  <testsuite name=\"{label}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" \
         skipped=\"{skipped}\">\n{cases}  </testsuite>\n"
    )
}

fn case(label: &str, result: &CheckResult) -> String {
    let inner = match &result.outcome {
        None => "\n      <skipped/>\n    ".to_owned(),
        Some(Outcome::Passed | Outcome::Unchanged) => String::new(),
        Some(_) => {
            let why = result.why();
            let first = why.lines().next().unwrap_or_default();
            let all = format!("{why}\n{}", result.reproduce);
            format!(
                "\n      <failure message=\"{}\">{}</failure>\n    ",
                escape(first),
                escape(&all)
            )
        }
    };
    let (name, time) = (escape(&result.check), result.time.as_secs_f64());
    format!(
        "    <testcase name=\"{name}\" classname=\"{label}\" time=\"{time:.3}\">{inner}</testcase>\n"
    )
}

/// Escapes what has a meaning in XML, and leaves out what XML cannot hold at all.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\n' => escaped += "&#10;",
            '\t' => escaped.push(c),
            _ if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            _ => escaped.push(c),
        }
    }
    escaped
}
