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

use serde_json::Value;

/// Returns log lines that neither a client nor a healthy database brings about.
pub fn lines() -> Vec<Value> {
    [panics::line()].into_iter().chain(postgres::warnings()).collect()
}
