//! A user service that is observable from its first request.
//!
//! Dependencies run one way: `http` uses `users`, which uses `db`, which uses `telemetry`. `users`
//! knows nothing of HTTP, and `http` nothing of SQL. `app` puts them together.

pub mod admin;
pub mod app;
pub mod config;
pub mod db;
pub mod deadline;
pub mod grpc;
pub mod healthcheck;
pub mod http;
pub mod listener;
pub mod servers;
pub mod shutdown;
pub mod state;
pub mod telemetry;
pub mod tls;
pub mod users;
pub mod worker;
