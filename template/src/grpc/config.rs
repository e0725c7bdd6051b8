//! The settings of the gRPC API.

use std::{net::SocketAddr, time::Duration};

use clap::{Args, value_parser};

use crate::config::{number, positive, time_limit};

/// The listener of the gRPC API.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "gRPC")]
pub struct GrpcConfig {
    /// Address that the gRPC API listens on
    #[arg(id = "GRPC_ADDRESS", value_name = "IP:PORT", default_value = "0.0.0.0:50051")]
    pub address: SocketAddr,
    /// Time limit of a call; a client can ask for less
    #[arg(id = "GRPC_REQUEST_TIMEOUT", value_name = "DURATION", default_value = "30s")]
    #[arg(value_parser = time_limit)]
    pub request_timeout: Duration,
    /// Greatest size of a message, received or sent, in bytes
    #[arg(id = "GRPC_MAX_MESSAGE_SIZE", value_name = "BYTES", default_value = "262144")]
    #[arg(value_parser = positive)]
    pub max_message_size: usize,
    /// Greatest number of calls at a time; further ones are refused as UNAVAILABLE
    #[arg(id = "GRPC_MAX_CALLS", value_name = "NUMBER", default_value = "1024")]
    #[arg(value_parser = number)]
    pub max_calls: usize,
    /// Greatest number of calls at a time on one connection; further ones wait at the client
    #[arg(id = "GRPC_MAX_STREAMS", value_name = "NUMBER", default_value = "256")]
    #[arg(value_parser = value_parser!(u32).range(1..))]
    pub max_streams: u32,
    /// Greatest number of connections; further ones wait
    #[arg(id = "GRPC_MAX_CONNECTIONS", value_name = "NUMBER", default_value = "1024")]
    #[arg(value_parser = number)]
    pub max_connections: usize,
    /// How long a connection may have no call before it is closed
    #[arg(id = "GRPC_MAX_CONNECTION_IDLE", value_name = "DURATION", default_value = "1m")]
    #[arg(value_parser = time_limit)]
    pub max_connection_idle: Duration,
    /// How long a connection is used before the client has to make a new one, which spreads
    /// clients over new instances
    #[arg(id = "GRPC_MAX_CONNECTION_AGE", value_name = "DURATION", default_value = "5m")]
    #[arg(value_parser = time_limit)]
    pub max_connection_age: Duration,
    /// How long the calls on a connection that is too old may take to end
    #[arg(id = "GRPC_MAX_CONNECTION_AGE_GRACE", value_name = "DURATION", default_value = "1m")]
    #[arg(value_parser = time_limit)]
    pub max_connection_age_grace: Duration,
    /// How long a connection is silent before the client is asked for a sign of life
    #[arg(id = "GRPC_KEEPALIVE_INTERVAL", value_name = "DURATION", default_value = "30s")]
    #[arg(value_parser = time_limit)]
    pub keepalive_interval: Duration,
    /// How long the client may take to give it; then the connection is closed
    #[arg(id = "GRPC_KEEPALIVE_TIMEOUT", value_name = "DURATION", default_value = "10s")]
    #[arg(value_parser = time_limit)]
    pub keepalive_timeout: Duration,
}
