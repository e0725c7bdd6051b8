//! What the service does when its clients, its database, its collector or the reader of its log let it
//! down, or itself.

mod clients;
mod collector;
mod database;
mod log;
mod overload;
mod panics;
mod postgres;
mod unfinished;
mod welcome;

use std::{env, process::Command};

use serde_json::Value;

/// Returns log lines that neither a client nor a healthy database brings about.
pub fn lines() -> Vec<Value> {
    [panics::line()].into_iter().chain(postgres::warnings()).collect()
}

/// Runs a test in a process of its own, with a variable that tells it so, and returns the line with
/// a message: a log belongs to the whole of a process.
fn logged_alone(test: &str, variable: &str, message: &str) -> Value {
    let output = Command::new(env::current_exe().unwrap())
        .args([test, "--exact"])
        .env(variable, "yes")
        .output()
        .unwrap();
    let log = String::from_utf8(output.stdout).unwrap();
    // Others print to the same stdout, and may not have ended their line.
    let mut objects = log.lines().filter_map(|line| line.find('{').map(|start| &line[start..]));
    let line = objects.find_map(|object| {
        let line: Value = serde_json::from_str(object).ok()?;
        (line["message"] == message).then_some(line)
    });
    line.unwrap_or_else(|| panic!("no line says {message:?}: {log}"))
}
