//! What the service does when its clients, its database, its collector or the reader of its log let it
//! down, or itself.

mod clients;
mod collector;
mod database;
mod log;
mod overload;
pub mod panics;
mod postgres;
mod welcome;
