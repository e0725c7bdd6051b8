//! Tests of the service as its clients and operators see it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod config;
mod contract;
mod health;
mod lifecycle;
mod list;
mod problems;
mod support;
mod telemetry;
mod users;
