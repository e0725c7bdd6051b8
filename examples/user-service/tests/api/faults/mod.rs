//! What the service does when its clients, its database or its collector let it down, or itself.

mod clients;
mod collector;
mod database;
mod overload;
mod panics;
mod postgres;
mod welcome;
