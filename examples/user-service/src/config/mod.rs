//! The configuration: what the service can be told from outside, when it starts.

mod parse;

use std::{
    env,
    ffi::{OsStr, OsString},
    net::{IpAddr, SocketAddr},
    process,
    time::Duration,
};

use clap::{
    ArgAction, ArgMatches, Args, Parser, ValueEnum, builder::NonEmptyStringValueParser,
    value_parser,
};
use secrecy::SecretString;
use tracing_subscriber::filter::Targets;

pub use self::parse::Refusal;
use crate::db::ConnectOptions;

const DATABASE_URL_SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
const DATABASE_URL_FORM: &str = "must have the form postgres://user:password@host:5432/name";

/// The longest time that can be asked for: a timer could not be set for any time at all.
const LONGEST: Duration = Duration::from_hours(24);

/// The greatest number that can be asked for: for some, there is room from the start.
const MOST: u32 = 1_000_000;

/// The settings of the service.
///
/// The id of a setting is the name of its variable, and of its flag: `HTTP_ADDRESS` can be given
/// as `--http-address`. A flag goes before its variable; an empty variable counts as unset.
#[derive(Clone, Debug, Parser)]
#[command(version, about = env!("CARGO_PKG_DESCRIPTION"), long_about = None)]
#[command(override_usage = concat!(env!("CARGO_PKG_NAME"), " [healthcheck | migrate] [OPTIONS]"))]
#[command(after_help = AFTER_HELP)]
pub struct Config {
    /// The listener of the API.
    #[command(flatten)]
    pub http: HttpConfig,
    /// The listener of the gRPC API.
    #[command(flatten)]
    pub grpc: crate::grpc::GrpcConfig,
    /// The listener of metrics and probes.
    #[command(flatten)]
    pub admin: AdminConfig,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseConfig,
    /// The worker pool.
    #[command(flatten)]
    pub worker: crate::worker::WorkerConfig,
    /// The end of the service.
    #[command(flatten)]
    pub shutdown: ShutdownConfig,
    /// The log.
    #[command(flatten)]
    pub log: LogConfig,
}

/// The listener of the API.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "HTTP")]
pub struct HttpConfig {
    /// Address that the API listens on
    #[arg(id = "HTTP_ADDRESS", value_name = "IP:PORT", default_value = "0.0.0.0:8080")]
    pub address: SocketAddr,
    /// Time limit of a request
    #[arg(id = "HTTP_REQUEST_TIMEOUT", value_name = "DURATION", default_value = "30s")]
    #[arg(value_parser = time_limit)]
    pub request_timeout: Duration,
    /// Greatest size of a request body, in bytes
    #[arg(id = "HTTP_BODY_LIMIT", value_name = "BYTES", default_value = "65536")]
    pub body_limit: usize,
    /// Time limit for the headers of a request, which also closes idle connections: behind a load
    /// balancer, longer than that keeps them
    #[arg(id = "HTTP_HEADER_READ_TIMEOUT", value_name = "DURATION", default_value = "10s")]
    #[arg(value_parser = time_limit)]
    pub header_read_timeout: Duration,
    /// Time limit for the body of a request
    #[arg(id = "HTTP_BODY_READ_TIMEOUT", value_name = "DURATION", default_value = "10s")]
    #[arg(value_parser = time_limit)]
    pub body_read_timeout: Duration,
    /// Greatest number of connections; further ones wait
    #[arg(id = "HTTP_MAX_CONNECTIONS", value_name = "NUMBER", default_value = "1024")]
    #[arg(value_parser = number)]
    pub max_connections: usize,
    /// Greatest number of requests at a time; further ones are answered 503, but for /health
    #[arg(id = "HTTP_MAX_CONCURRENT_REQUESTS", value_name = "NUMBER", default_value = "256")]
    #[arg(value_parser = number)]
    pub max_concurrent_requests: usize,
}

/// The listener of metrics and probes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Metrics and probes")]
pub struct AdminConfig {
    /// Host name or address that /metrics, /livez and /readyz are served on
    #[arg(id = "OTEL_EXPORTER_PROMETHEUS_HOST", value_name = "HOST", default_value = "localhost")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub host: String,
    /// Port that /metrics, /livez and /readyz are served on
    #[arg(id = "OTEL_EXPORTER_PROMETHEUS_PORT", value_name = "PORT", default_value = "9464")]
    pub port: u16,
}

/// The database and its pool of connections.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Database")]
pub struct DatabaseConfig {
    /// URL of the database, such as `postgres://user:password@host:5432/name`
    #[arg(id = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    #[arg(value_parser = database_url)]
    pub url: SecretString,
    /// Greatest number of connections
    #[arg(id = MAX_CONNECTIONS, value_name = "NUMBER", default_value = "10")]
    #[arg(value_parser = value_parser!(u32).range(1..=i64::from(MOST)))]
    pub max_connections: u32,
    /// Number of connections that are kept open
    #[arg(id = MIN_CONNECTIONS, value_name = "NUMBER", default_value = "0")]
    pub min_connections: u32,
    /// Time limit of the wait for a free connection
    #[arg(id = "DATABASE_ACQUIRE_TIMEOUT", value_name = "DURATION", default_value = "2s")]
    #[arg(value_parser = time_limit)]
    pub acquire_timeout: Duration,
    /// Time limit of a query
    #[arg(id = "DATABASE_QUERY_TIMEOUT", value_name = "DURATION", default_value = "5s")]
    #[arg(value_parser = time_limit)]
    pub query_timeout: Duration,
    /// Whether to bring the schema up to date at the start
    #[arg(id = "DATABASE_MIGRATE", value_name = "BOOLEAN", default_value = "true")]
    #[arg(action = ArgAction::Set)]
    pub migrate: bool,
}

/// The end of the service.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Shutdown")]
pub struct ShutdownConfig {
    /// How long to serve on after /readyz says no, so that load balancers can notice
    #[arg(id = "SHUTDOWN_DELAY", value_name = "DURATION", default_value = "0s")]
    #[arg(value_parser = duration)]
    pub delay: Duration,
    /// Time limit for the requests that are under way when the service stops accepting
    #[arg(id = "SHUTDOWN_TIMEOUT", value_name = "DURATION", default_value = "20s")]
    #[arg(value_parser = duration)]
    pub timeout: Duration,
}

/// The log on stdout.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Log")]
pub struct LogConfig {
    /// What is logged: a level (error, warn, info, debug, trace, off), or target=level,target=level
    #[arg(id = "RUST_LOG", value_name = "FILTER", default_value = "info")]
    pub filter: Targets,
    /// Form of the lines [default: text on a terminal, otherwise json]
    #[arg(id = "LOG_FORMAT", value_name = "FORMAT")]
    pub format: Option<LogFormat>,
}

/// What the process is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// To be the service.
    Serve,
    /// To ask the service, which runs with the same settings, whether it is ready.
    Healthcheck,
    /// To bring the schema of the database up to date.
    Migrate,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    Json,
    /// Text, for people.
    Text,
}

impl Command {
    /// Returns what a word at the start of the command line asks for.
    fn named(word: &OsStr) -> Option<Self> {
        match word.to_str() {
            Some("healthcheck") => Some(Self::Healthcheck),
            Some("migrate") => Some(Self::Migrate),
            _ => None,
        }
    }
}

impl AdminConfig {
    /// Returns the host and the port as they stand in a URL.
    pub fn authority(&self) -> String {
        match self.host.parse() {
            Ok(IpAddr::V6(address)) => format!("[{address}]:{}", self.port),
            _ => format!("{}:{}", self.host, self.port),
        }
    }
}

impl Config {
    /// Reads the command line and the environment of the process.
    ///
    /// Answers `--help` and `--version`, and ends the process with 2 if a setting is wrong.
    #[expect(clippy::disallowed_methods, reason = "there is no telemetry yet that could get lost")]
    pub fn from_args_and_env() -> (Command, Self) {
        let mut arguments = env::args_os().skip(1).peekable();
        let word = arguments.next_if(|argument| Command::named(argument).is_some());
        let command = word.and_then(|word| Command::named(&word)).unwrap_or(Command::Serve);
        match Self::parse_from(arguments, |name| env::var_os(name)) {
            Ok(config) => (command, config),
            Err(Refusal::Answer(answer)) => answer.exit(),
            Err(refusal) => {
                eprintln!("{refusal}");
                process::exit(2);
            }
        }
    }

    /// Reads flags, and the variables that the given function knows.
    ///
    /// # Errors
    /// Everything that is wrong with them, at once
    pub fn parse_from(
        flags: impl IntoIterator<Item: Into<OsString>>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Refusal> {
        parse::parse(flags, variable, contradictions)
    }
}

const MAX_CONNECTIONS: &str = "DATABASE_MAX_CONNECTIONS";
const MIN_CONNECTIONS: &str = "DATABASE_MIN_CONNECTIONS";

/// Checks what no setting tells alone. A setting that is wrong by itself is absent here.
fn contradictions(settings: &ArgMatches) -> Vec<String> {
    let max = settings.get_one::<u32>(MAX_CONNECTIONS);
    let min = settings.get_one::<u32>(MIN_CONNECTIONS);
    match (min, max) {
        (Some(min), Some(max)) if min > max => vec![format!(
            "{MIN_CONNECTIONS} ({min}) must not be greater than {MAX_CONNECTIONS} ({max})"
        )],
        _ => Vec::new(),
    }
}

pub(crate) fn time_limit(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("must be more than 0s".to_owned()),
        limit => Ok(limit),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration > LONGEST => Err("must be at most 1day".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.to_string()),
    }
}

pub(crate) fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads how many of something there may be.
pub(crate) fn number(text: &str) -> Result<usize, String> {
    match positive(text)? {
        number if number > MOST as usize => Err(format!("must be at most {MOST}")),
        number => Ok(number),
    }
}

/// Says nothing about the text if it is wrong: it may hold a password.
fn database_url(text: &str) -> Result<SecretString, &'static str> {
    let known = DATABASE_URL_SCHEMES.iter().any(|scheme| text.starts_with(scheme));
    if known && text.parse::<ConnectOptions>().is_ok() {
        Ok(text.into())
    } else {
        Err(DATABASE_URL_FORM)
    }
}

const AFTER_HELP: &str = "\
With the word healthcheck, a service that runs with the same settings is asked if it is ready. With
the word migrate, the schema of the database is brought up to date, and nothing is served.

A duration has a unit, such as 250ms, 30s or 1m30s. A flag goes before its variable, and an empty
variable counts as unset.

Variables of OpenTelemetry:
  OTEL_SDK_DISABLED                       Whether to export nothing [default: false]
  OTEL_SERVICE_NAME                       Name of the service [default: user-service]
  OTEL_RESOURCE_ATTRIBUTES                What else describes the service: key=value,key=value
  OTEL_PROPAGATORS                        tracecontext, baggage, none [default: tracecontext,baggage]
  OTEL_TRACES_EXPORTER                    otlp, console, none [default: otlp]
  OTEL_TRACES_SAMPLER                     always_on, always_off, traceidratio, or one of them after
                                          parentbased_ [default: parentbased_always_on]
  OTEL_TRACES_SAMPLER_ARG                 Ratio of traceidratio, from 0 to 1 [default: 1]
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT         Attributes of a span [default: 128]
  OTEL_SPAN_EVENT_COUNT_LIMIT             Events of a span [default: 128]
  OTEL_SPAN_LINK_COUNT_LIMIT              Links of a span [default: 128]
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT  Characters of an attribute [default: no limit]
  OTEL_BSP_SCHEDULE_DELAY                 Milliseconds between two exports [default: 5000]
  OTEL_BSP_EXPORT_TIMEOUT                 Greatest OTEL_EXPORTER_OTLP_TIMEOUT [default: 30000]
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE          Spans in one export [default: 512]
  OTEL_BSP_MAX_QUEUE_SIZE                 Spans that wait for an export [default: 2048]
  OTEL_EXPORTER_OTLP_ENDPOINT             URL of the collector; nothing is exported without it
  OTEL_EXPORTER_OTLP_PROTOCOL             grpc, http/protobuf [default: http/protobuf]
  OTEL_EXPORTER_OTLP_HEADERS              Headers of an export: key=value,key=value
  OTEL_EXPORTER_OTLP_TIMEOUT              Milliseconds that an export may take [default: 10000]
  OTEL_EXPORTER_OTLP_COMPRESSION          gzip, none [default: none]
  OTEL_EXPORTER_OTLP_CERTIFICATE          File with the certificates to trust [default: the system's]
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE   File with the certificate to show
  OTEL_EXPORTER_OTLP_CLIENT_KEY           File with the key of that certificate
  OTEL_EXPORTER_OTLP_TRACES_...           Each of the eight above, for traces alone

Exit codes:
  0  Stopped as asked, ready, or migrated
  1  Failed, or not ready
  2  The configuration is wrong";
