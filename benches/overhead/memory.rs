//! Whether memory stays as it is under load: somebody scrapes the metrics, or nobody does.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    Result, Setting,
    collector::Collector,
    load::{Load, Seen},
    programs::Programs,
    server::{self, Memory, Server},
};

const MINUTE: Duration = Duration::from_mins(1);

/// Keeps two services busy with everything switched on, and prints their memory by the minute.
pub fn watch(minutes: u64, programs: &Programs, collector: &Collector) -> Result<()> {
    let url = programs.fresh_database()?;
    server::seed(&programs.service, &url)?;
    let variables = Setting::Everything.variables(collector);
    let start = || Server::start(&programs.service, &url, &variables);
    let (mut scraped, mut unscraped) = (start()?, start()?);
    let begin = Instant::now();
    let end = begin + MINUTE * u32::try_from(minutes)?;
    println!("| minutes | MiB, scraped | MiB, not scraped |\n|---|---|---|");
    let left = || end.saturating_duration_since(Instant::now());
    thread::scope(|scope| {
        let loads = [
            scope.spawn(|| outcome(scraped.scraped_while(|server| Load::Read.run(server, left())))),
            scope.spawn(|| outcome(Load::Read.run(&unscraped, left()))),
        ];
        for minute in 1..=minutes {
            let then = begin + MINUTE * u32::try_from(minute)?;
            thread::sleep(then.saturating_duration_since(Instant::now()));
            println!("| {minute} | {:.1} | {:.1} |", resident(&scraped)?, resident(&unscraped)?);
        }
        for load in loads {
            load.join().expect("the load does not panic")?;
        }
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    scraped.stop()?;
    unscraped.stop()
}

/// Makes of a result one that may leave its thread.
fn outcome(result: Result<Seen>) -> Result<(), String> {
    result.map(drop).map_err(|error| error.to_string())
}

/// Returns the memory that is resident, in MiB.
fn resident(server: &Server) -> Result<f64> {
    Ok(server.memory(Memory::Resident)? / f64::from(1 << 20))
}
