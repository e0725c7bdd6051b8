//! Many projects through their checks, each in a lane, and as many at once as there are lanes.

use std::collections::VecDeque;
use std::fs;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::lane::{Error, Lane};
use super::process::{self, Outcome};
use super::results::Results;
use crate::interrupt::{Interrupt, Interrupted};
use crate::manifest::Check;
use crate::tree::Tree;

/// Is a project to check.
#[derive(Debug)]
pub struct Job {
    /// Its number, from 0.
    pub index: usize,
    /// Its files.
    pub tree: Tree,
    /// Its checks, each with the key of its result; one without any is passed over.
    pub checks: Vec<(Check, String)>,
}

/// Is what happens on the way.
#[derive(Debug)]
pub enum Event {
    /// A check of a job begins.
    Started(usize, usize),
    /// All checks of a job have passed before.
    Unchanged(usize),
    /// A check of a job has ended, after some time, with some output.
    Ended(usize, usize, Outcome, Duration, String),
    /// A lane cannot work.
    Broken(Error),
    /// Somebody wants the process to end.
    Interrupted(Interrupted),
}

/// Runs jobs in order, and tells `see` what happens; `fresh` repeats what has passed before.
pub fn run(
    jobs: &[Job],
    lanes: &[Lane],
    results: &Results,
    fresh: bool,
    interrupt: &Interrupt,
    mut see: impl FnMut(Event),
) {
    let queue = jobs.iter().filter(|job| !job.checks.is_empty());
    let queue = Mutex::new(queue.collect::<VecDeque<_>>());
    let (events, seen) = channel();
    thread::scope(|scope| {
        for lane in lanes {
            let (queue, events) = (&queue, events.clone());
            scope.spawn(move || {
                let worker = Worker { lane, results, fresh, interrupt, events: &events };
                loop {
                    let job = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(job) = job else { break };
                    if let Err(event) = worker.job(job) {
                        queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
                        // Nobody listens only if nobody is left.
                        let _ = events.send(event);
                        break;
                    }
                }
            });
        }
        drop(events);
        seen.iter().for_each(&mut see);
    });
}

struct Worker<'a> {
    lane: &'a Lane,
    results: &'a Results,
    fresh: bool,
    interrupt: &'a Interrupt,
    events: &'a Sender<Event>,
}

impl Worker<'_> {
    fn job(&self, job: &Job) -> Result<(), Event> {
        let known: Vec<bool> =
            job.checks.iter().map(|(_, key)| !self.fresh && self.results.has(key)).collect();
        if !known.contains(&false) {
            self.tell(Event::Unchanged(job.index));
            return Ok(());
        }
        self.lane.write(&job.tree).map_err(Event::Broken)?;
        for (number, ((check, key), known)) in job.checks.iter().zip(known).enumerate() {
            if known {
                self.tell(Event::Ended(
                    job.index,
                    number,
                    Outcome::Unchanged,
                    Duration::ZERO,
                    String::new(),
                ));
                continue;
            }
            self.tell(Event::Started(job.index, number));
            let begin = Instant::now();
            let lane = self.lane;
            let variables = lane.variables();
            let outcome = process::run(check, &lane.project, &variables, &lane.log, self.interrupt)
                .map_err(Event::Interrupted)?;
            if outcome.is_passed() {
                self.results.note(key);
            }
            let said = fs::read(&lane.log).unwrap_or_default();
            let said = String::from_utf8_lossy(&said).into_owned();
            self.tell(Event::Ended(job.index, number, outcome, begin.elapsed(), said));
        }
        Ok(())
    }

    fn tell(&self, event: Event) {
        // Nobody listens only if nobody is left.
        let _ = self.events.send(event);
    }
}
