//! What all reports word alike.

use std::time::Duration;

/// Is how many lines of a failing check's output are shown.
const LINES: usize = 30;

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
