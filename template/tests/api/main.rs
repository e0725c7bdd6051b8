//! Tests of the service as its clients and operators see it.

mod config;
mod contract;
mod health;
mod lifecycle;
mod list;
mod problems;
mod support;
mod telemetry;
mod users;
