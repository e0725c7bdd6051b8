//! Many projects through their checks, each in a lane, and as many at once as there are lanes.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use super::lane::{Error, Lane};
use super::process::{self, Outcome};
use super::results::Results;
use crate::interrupt::{Interrupt, Interrupted};
use crate::manifest::Check;
use crate::parallel::lock;
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
    /// Where it is kept if it fails, if it is.
    pub place: Option<PathBuf>,
}

/// Is what happens on the way.
#[derive(Debug)]
pub enum Event {
    /// A check of a job begins.
    Started {
        /// The job's number.
        job: usize,
        /// The check's number among those of the job.
        check: usize,
    },
    /// All checks of the job with this number have passed before.
    Unchanged(usize),
    /// A check of a job has ended.
    Ended(Ended),
    /// A project that has failed cannot be kept at a place.
    Unkept(PathBuf, io::Error),
    /// A lane cannot work.
    Broken(Error),
    /// Somebody wants the process to end.
    Interrupted(Interrupted),
}

/// Is how a check of a job has ended.
#[derive(Debug)]
pub struct Ended {
    /// The job's number.
    pub job: usize,
    /// The check's number among those of the job.
    pub check: usize,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took.
    pub time: Duration,
    /// What it has printed.
    pub output: String,
}

/// Runs jobs, and tells `see` what happens; `fresh` repeats what has passed before.
///
/// Neighbours share most of their work: each lane begins at another place, and goes on from there.
/// Where a lane has built nothing yet, the first job is run alone, and leaves what it has built to it.
pub fn run(
    jobs: &[Job],
    lanes: &[Lane],
    results: &Results,
    fresh: bool,
    interrupt: &Interrupt,
    mut see: impl FnMut(Event),
) {
    let exclusive = Mutex::new(());
    let waiting = &Mutex::new(jobs.iter().filter(|job| !job.checks.is_empty()).collect());
    let (events, seen) = channel();
    let worker = |(number, lane)| Worker {
        lane,
        next: jobs.len() * number / lanes.len(),
        waiting,
        exclusive: &exclusive,
        results,
        fresh,
        interrupt,
        events: events.clone(),
    };
    let new: Vec<&Lane> = lanes.iter().skip(1).filter(|lane| lane.is_new()).collect();
    let mut workers: Vec<Worker<'_>> = lanes.iter().enumerate().map(worker).collect();
    drop(events);
    thread::scope(|scope| {
        scope.spawn(move || {
            if let Some(first) = workers.first_mut() {
                first.attempt(|first| first.lead(&new));
            }
            workers.truncate(count_left(waiting, results, fresh).max(1));
            for mut worker in workers {
                scope.spawn(move || worker.attempt(Worker::work));
            }
        });
        seen.iter().for_each(&mut see);
    });
}

impl Job {
    /// Tells for each check whether it has passed before.
    fn known(&self, results: &Results, fresh: bool) -> Vec<bool> {
        self.checks.iter().map(|(_, key)| !fresh && results.has(key)).collect()
    }
}

/// Counts the jobs that have not passed before.
fn count_left(waiting: &Mutex<Vec<&Job>>, results: &Results, fresh: bool) -> usize {
    lock(waiting).iter().filter(|job| job.known(results, fresh).contains(&false)).count()
}

struct Worker<'a> {
    lane: &'a Lane,
    /// The index of the job that follows the last one.
    next: usize,
    waiting: &'a Mutex<Vec<&'a Job>>,
    /// Is locked while an exclusive check runs.
    exclusive: &'a Mutex<()>,
    results: &'a Results,
    fresh: bool,
    interrupt: &'a Interrupt,
    events: Sender<Event>,
}

impl<'a> Worker<'a> {
    /// Runs jobs until none waits.
    fn work(&mut self) -> Result<(), Event> {
        while let Some(job) = self.take() {
            self.job(job)?;
        }
        Ok(())
    }

    /// Runs jobs until lanes that are new have something to take over.
    fn lead(&mut self, others: &[&Lane]) -> Result<(), Event> {
        if others.is_empty() {
            return Ok(());
        }
        while let Some(job) = self.take() {
            if self.job(job)? {
                return self.hand_over(&job.tree, others);
            }
        }
        Ok(())
    }

    /// Leaves what was built for a project to as many lanes as there is work for, besides this one's.
    fn hand_over(&self, tree: &Tree, others: &[&Lane]) -> Result<(), Event> {
        let left = count_left(self.waiting, self.results, self.fresh);
        for lane in others.iter().take(left.saturating_sub(1)) {
            lane.take_over(self.lane, tree, self.interrupt).map_err(Event::Interrupted)?;
        }
        Ok(())
    }

    /// Takes the next job, or the last one that is left to other lanes.
    fn take(&mut self) -> Option<&'a Job> {
        let mut waiting = lock(self.waiting);
        let last = waiting.len().checked_sub(1)?;
        let next = waiting.iter().position(|job| job.index >= self.next).unwrap_or(last);
        let job = waiting.remove(next);
        self.next = job.index + 1;
        Some(job)
    }

    /// Does something, and ends the run if that gives a reason for it.
    fn attempt(&mut self, task: impl FnOnce(&mut Self) -> Result<(), Event>) {
        if let Err(event) = task(self) {
            lock(self.waiting).clear();
            self.tell(event);
        }
    }

    /// Runs the checks of a job; tells whether there were any that it had not passed before.
    fn job(&self, job: &Job) -> Result<bool, Event> {
        let known = job.known(self.results, self.fresh);
        if !known.contains(&false) {
            self.tell(Event::Unchanged(job.index));
            return Ok(false);
        }
        self.lane.write(&job.tree).map_err(Event::Broken)?;
        let has_failed = &AtomicBool::new(false);
        let ended = thread::scope(|scope| {
            for (number, known) in known.into_iter().enumerate() {
                if known {
                    self.tell(Event::Ended(Ended {
                        job: job.index,
                        check: number,
                        outcome: Outcome::Unchanged,
                        time: Duration::ZERO,
                        output: String::new(),
                    }));
                } else if job.checks[number].0.background {
                    scope.spawn(move || self.check(job, number, has_failed));
                } else {
                    self.check(job, number, has_failed)?;
                }
            }
            Ok(())
        });
        if has_failed.load(Ordering::Relaxed) {
            self.keep(job);
        }
        // What has interrupted a check in the background is still there to be asked for.
        ended.and_then(|()| self.interrupt.check()).map_err(Event::Interrupted)?;
        Ok(true)
    }

    /// Keeps a project before the next one takes its folder.
    fn keep(&self, job: &Job) {
        if let Some(place) = &job.place
            && let Err(error) = self.lane.keep(place)
        {
            self.tell(Event::Unkept(place.clone(), error));
        }
    }

    /// Runs a check of a job.
    fn check(&self, job: &Job, number: usize, has_failed: &AtomicBool) -> Result<(), Interrupted> {
        let (check, key) = &job.checks[number];
        let _exclusive = check.exclusive.then(|| lock(self.exclusive));
        self.interrupt.check()?;
        self.tell(Event::Started { job: job.index, check: number });
        let begin = Instant::now();
        let lane = self.lane;
        let log = lane.log(number);
        let outcome = process::run(check, &lane.project, &lane.variables(), &log, self.interrupt)?;
        if outcome.is_passed() {
            self.results.note(key);
        } else {
            has_failed.store(true, Ordering::Relaxed);
        }
        let time = begin.elapsed();
        let output = fs::read(&log).unwrap_or_default();
        let output = String::from_utf8_lossy(&output).into_owned();
        self.tell(Event::Ended(Ended { job: job.index, check: number, outcome, time, output }));
        Ok(())
    }

    fn tell(&self, event: Event) {
        // Nobody listens only if nobody is left.
        let _ = self.events.send(event);
    }
}
