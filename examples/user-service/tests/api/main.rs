//! Tests of the service as its clients and operators see it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod config;
mod contract;
mod export;
mod faults;
mod grpc;
mod health;
mod lifecycle;
mod list;
mod metrics;
mod monitoring;
mod openapi;
mod problems;
mod support;
mod telemetry;
mod users;
mod worker;
