//! Starts the service, and ends it with its last telemetry delivered.

use std::{error::Error, process::ExitCode};

use ::user_service::{
    app::{self, App},
    config::{Command, Config},
    db::Database,
    exception, healthcheck,
    shutdown::Signals,
    telemetry::{self, Telemetry},
};
use futures_util::FutureExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    let (command, config) = Config::from_args_and_env();
    match command {
        Command::Serve => serve(config).await,
        Command::Healthcheck => outcome(healthcheck::run(&config.admin).await),
        Command::Migrate => outcome(Database::migrate(&config.database).await),
    }
}

async fn serve(config: Config) -> ExitCode {
    let telemetry = match Telemetry::init(&config.log) {
        Ok(telemetry) => telemetry,
        Err(error) => return failure(2, &error),
    };
    telemetry::log_panics();
    let result = run(config, &telemetry).await;
    if let Err(error) = &result {
        exception!(ERROR, error, "the service failed");
    }
    telemetry.shutdown().await;
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn outcome(result: Result<(), impl Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure(1, &error),
    }
}

fn failure(code: u8, error: &dyn Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(code)
}

async fn run(config: Config, telemetry: &Telemetry) -> Result<(), app::Error> {
    let mut stop = Signals::listen()?.stop().boxed();
    let app = tokio::select! {
        app = App::build(config, telemetry) => app?,
        () = &mut stop => return Ok(()),
    };
    app.run_until_stopped(stop).await;
    Ok(())
}
