//! What telemetry costs a request: `make bench-overhead`.
//!
//! The service of the template and the floor, which has the same endpoints and limits and no
//! telemetry, take turns under the same load. Ratios are taken within a round, so that a machine
//! whose speed changes from minute to minute blurs them less.

#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

mod collector;
mod load;
mod memory;
mod programs;
mod report;
mod server;

use std::{error::Error, path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

use collector::Collector;
use load::Load;
use programs::{Database, Programs};
use report::{Report, Sample};
use server::{Memory, Server};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// How long a server is under load before it is measured.
const WARM_UP: Duration = Duration::from_secs(1);

/// Measures what telemetry costs a request of the generated service.
#[derive(Parser)]
struct Options {
    /// What is asked of the servers
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Scenario::ALL)]
    scenarios: Vec<Scenario>,
    /// How the service is set up, next to the floor
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Setting::ALL)]
    settings: Vec<Setting>,
    /// How often each is measured
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each is measured, in seconds
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// The OTLP receiver rotel-agent
    #[arg(long, value_name = "BINARY")]
    collector: PathBuf,
    /// Take the programs that an earlier run has built
    #[arg(long)]
    as_built: bool,
    /// A service with the same database, built before a change, to compare with
    #[arg(long, value_name = "BINARY")]
    before: Option<PathBuf>,
    /// Watch the memory of the service for so long instead, scraped and not
    #[arg(long, value_name = "MINUTES")]
    memory: Option<u64>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Reads of one user
    Read,
    /// New users
    Write,
    /// Reads of one user, from a database server
    Postgres,
    /// Reads of one user over gRPC
    Grpc,
}

/// How the service is set up.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Setting {
    /// Metrics only: nothing is exported, and requests are not logged
    Metrics,
    /// Metrics, traces of 10 % of the requests, and an access log
    Production,
    /// Metrics, traces of all requests, and an access log
    Everything,
}

/// Who takes a turn: the floor, or a service in some setting.
struct Arm {
    name: String,
    binary: PathBuf,
    setting: Option<Setting>,
}

impl Scenario {
    const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Postgres, Self::Grpc];

    fn title(self) -> &'static str {
        match self {
            Self::Read => "GET /users/{id}, SQLite",
            Self::Write => "POST /users, SQLite",
            Self::Postgres => "GET /users/{id}, PostgreSQL",
            Self::Grpc => "GetUser over gRPC, SQLite",
        }
    }

    fn database(self) -> Database {
        if self == Self::Postgres { Database::Postgres } else { Database::Sqlite }
    }

    fn load(self) -> Load {
        match self {
            Self::Read | Self::Postgres => Load::Read,
            Self::Write => Load::Write,
            Self::Grpc => Load::Call,
        }
    }
}

impl Setting {
    const ALL: [Self; 3] = [Self::Metrics, Self::Production, Self::Everything];

    fn name(self) -> &'static str {
        match self {
            Self::Metrics => "metrics only",
            Self::Production => "10 % sampled, access log",
            Self::Everything => "100 % sampled, access log",
        }
    }

    fn variables(self, collector: &Collector) -> Vec<(&'static str, String)> {
        let ratio = match self {
            Self::Metrics => return vec![("RUST_LOG", "warn".to_owned())],
            Self::Production => "0.1",
            Self::Everything => "1",
        };
        vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio".to_owned()),
            ("OTEL_TRACES_SAMPLER_ARG", ratio.to_owned()),
        ]
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    load::check_tools()?;
    let collector = Collector::start(&options.collector)?;
    if let Some(minutes) = options.memory {
        let programs = Programs::of(Database::Sqlite);
        if !options.as_built {
            programs.build()?;
        }
        return memory::watch(minutes, &programs, &collector);
    }
    for scenario in &options.scenarios {
        measure(*scenario, &options, &collector)?;
    }
    Ok(())
}

fn measure(scenario: Scenario, options: &Options, collector: &Collector) -> Result<()> {
    let programs = Programs::of(scenario.database());
    if !options.as_built {
        programs.build()?;
    }
    let url = programs.fresh_database()?;
    server::seed(&programs.service, &url)?;
    let arms = arms(&programs, options);
    let mut report = Report::new(arms.iter().map(|arm| arm.name.clone()).collect());
    for round in 0..options.rounds {
        // Everybody goes first once, and each comes after each neighbour: a database that grows, a machine
        // that slows down, or what the one before leaves behind, is fair.
        for turn in 0..arms.len() {
            let turn = if round % 2 == 0 { turn } else { arms.len() - turn };
            let place = (round + turn) % arms.len();
            eprintln!("{}: round {}, {}", scenario.title(), round + 1, arms[place].name);
            report.add(place, sample(&arms[place], scenario, &url, options, collector)?);
        }
    }
    let (rounds, seconds) = (options.rounds, options.seconds);
    println!("{}: {} connections, {rounds} × {seconds} s", scenario.title(), load::CONNECTIONS);
    println!("\n{report}");
    Ok(())
}

fn arms(programs: &Programs, options: &Options) -> Vec<Arm> {
    let floor = Arm { name: "floor".to_owned(), binary: programs.floor.clone(), setting: None };
    let mut arms = vec![floor];
    for setting in &options.settings {
        if let Some(before) = &options.before {
            let name = format!("before: {}", setting.name());
            arms.push(Arm { name, binary: before.clone(), setting: Some(*setting) });
        }
        let (name, binary) = (setting.name().to_owned(), programs.service.clone());
        arms.push(Arm { name, binary, setting: Some(*setting) });
    }
    arms
}

fn sample(
    arm: &Arm,
    scenario: Scenario,
    url: &str,
    options: &Options,
    collector: &Collector,
) -> Result<Sample> {
    let variables = arm.setting.map(|setting| setting.variables(collector)).unwrap_or_default();
    let mut server = Server::start(&arm.binary, url, &variables)?;
    let load = scenario.load();
    load.run(&server, WARM_UP)?;
    let before = server.cpu_time()?;
    let seconds = Duration::from_secs(options.seconds);
    let result = if arm.setting.is_some() {
        server.scraped_while(|server| load.run(server, seconds))?
    } else {
        load.run(&server, seconds)?
    };
    let cpu_time = server.cpu_time()?.checked_sub(before).ok_or("time ran backwards")?;
    let lost = if arm.setting.is_some() { server.lost()? } else { server::Lost::default() };
    let peak_memory = server.memory(Memory::Peak)?;
    server.stop()?;
    Ok(Sample { result, cpu_time, peak_memory, lost })
}
