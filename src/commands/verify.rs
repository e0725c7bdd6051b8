//! `firstlight verify`: proves a template.

mod earlier;
mod findings;
mod format;
mod github;
mod junit;
mod keep;
mod plan;
mod progress;
mod report;
mod result;
mod update;
mod wording;

use std::path::Path;
use std::time::Instant;

use self::earlier::Earlier;
use self::findings::Findings;
use self::plan::Plan;
use self::progress::Progress;
use self::report::Report;
use crate::checks::{self, Cache, Ended, Event, Results};
use crate::cli::Verify;
use crate::combinations::Wanted;
use crate::error::{Complaint, Failure, Kind};
use crate::fault::{Fault, Place, Problem};
use crate::file_system::may_write;
use crate::interrupt::Interrupt;
use crate::lint;
use crate::manifest;
use crate::template::{Source, Template};
use crate::ui::Ui;

/// Lints, renders, checks and reports, also what has ended it early.
pub fn run(arguments: &Verify, template: &Template, ui: &Ui) -> Result<(), Failure> {
    let findings = Findings::new(lint::examine(template));
    let mut report = Report::new(&template.source, Some(&template.manifest.version), findings);
    match prove(arguments, template, &mut report, ui) {
        Ok(()) => report.finish(arguments, ui),
        Err(failure) => Err(report.abort(failure, arguments, ui)),
    }
}

/// Finds out all that the report says.
fn prove(
    arguments: &Verify,
    template: &Template,
    report: &mut Report,
    ui: &Ui,
) -> Result<(), Failure> {
    if let Some(path) = &arguments.junit {
        check_place(path)?;
    }
    let wanted = plan::wanted(arguments, &template.manifest)?;
    if let Some(folder) = &arguments.keep {
        keep::check_empty(folder)?;
    }
    if !arguments.lint && !arguments.dry_run && !arguments.trust {
        check_trust(&template.source)?;
    }
    let interrupt = Interrupt::listen()?;
    let planned = plan(arguments, template, &wanted, report, &interrupt);
    report.findings.say(ui);
    let Some(mut plan) = planned?.filter(|_| !arguments.lint) else { return Ok(()) };
    if let Some(revision) = &arguments.update_from {
        let earlier = Earlier::read(template, revision)?;
        update::update(&mut plan.projects, template, &earlier, revision, &interrupt)?;
    }
    if let Some(revision) = &arguments.since {
        plan.since(&Earlier::read(template, revision)?, revision, &interrupt)?;
    }
    plan.say(ui);
    report.begin(&plan);
    if arguments.dry_run {
        return Ok(());
    }
    check(arguments, template, plan, report, &interrupt, ui)
}

/// Renders what there is to check, unless the lint or a look at the projects finds an error.
fn plan(
    arguments: &Verify,
    template: &Template,
    wanted: &Wanted,
    report: &mut Report,
    interrupt: &Interrupt,
) -> Result<Option<Plan>, Failure> {
    let findings = &mut report.findings;
    if findings.has_errors() {
        return Ok(None);
    }
    match Plan::new(template, wanted, interrupt) {
        Ok(Ok(plan)) => {
            if !arguments.lint {
                findings.add(plan.gaps(&template.manifest, wanted));
            }
            findings.add(format::check(template, &plan.projects, interrupt)?);
            Ok(Some(plan).filter(|_| !findings.has_errors()))
        }
        Ok(Err(faults)) => {
            findings.add(faults);
            Ok(None)
        }
        // A template that needs an argument for its projects can be linted without.
        Err(failure) if arguments.lint => {
            let place = Place::file(manifest::FILE_NAME);
            let faults = failure.problems.into_iter().map(|Complaint { message, hint }| {
                let problem = Problem::NoProjects(message, hint.unwrap_or_default());
                Fault { place: place.clone(), problem }
            });
            findings.add(faults.collect());
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Refuses to run what somebody else has written.
fn check_trust(source: &Source) -> Result<(), Failure> {
    if matches!(source, Source::Embedded | Source::Folder(_)) {
        return Ok(());
    }
    let message = format!("checks would run commands and code of `{source}`");
    let hint = "look at it with `--lint` and `--dry-run`; if you trust it, add `--trust`";
    Err(Failure::one(Kind::Usage, &message, hint.to_owned()))
}

/// Reports a template that cannot be used at all.
pub fn refuse(arguments: &Verify, source: &Source, faults: Vec<Fault>, ui: &Ui) -> Failure {
    let mut report = Report::new(source, None, Findings::new(faults));
    match report.finish(arguments, ui) {
        Err(failure) => failure,
        Ok(()) => Failure::one(Kind::Failed, "the template cannot be used", None),
    }
}

fn check(
    arguments: &Verify,
    template: &Template,
    plan: Plan,
    report: &mut Report,
    interrupt: &Interrupt,
    ui: &Ui,
) -> Result<(), Failure> {
    let cache = Cache::open(template, arguments.target_dir.as_deref())?;
    let kept = arguments.keep.as_deref();
    let mut ended = kept.map_or(Ok(()), |folder| keep::conflicts(folder, &plan.projects));
    let jobs = plan.jobs(&cache, kept);
    let lanes = cache.lanes(lanes(arguments).min(jobs.len()))?;
    let mut progress = Progress::new(&jobs, ui);
    let results = Results::new(cache.results());
    let name = |ended: &Ended| &*jobs[ended.job].checks[ended.check].0.name;
    let begin = Instant::now();
    checks::run(&jobs, &lanes, &results, arguments.fresh, interrupt, |event| {
        progress.show(&event, report);
        match event {
            Event::Started { .. } => {}
            Event::Unchanged(job) => report.unchanged(job),
            Event::Ended(check) => {
                if let Some(folder) = kept.filter(|_| !check.outcome.is_passed())
                    && let Err(failure) = keep::log(folder, check.job, name(&check), &check.output)
                {
                    ended = Err(failure);
                }
                report.note(check);
            }
            Event::Unkept(place, error) => ended = Err(keep::failure(&place, &error)),
            Event::Broken(error) => ended = Err(error.into()),
            Event::Interrupted(_) => {
                let hint = "what has passed is remembered: run the command again to go on";
                ended = Err(Failure::one(Kind::Failed, "interrupted", hint.to_owned()));
            }
        }
    });
    report.time = begin.elapsed();
    ended
}

fn lanes(arguments: &Verify) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    arguments.jobs.map_or(usual_lanes(processors), usize::from)
}

/// Says how many lanes keep processors busy: a build does so by itself, though not all the time, and
/// each lane needs room on the disk.
fn usual_lanes(processors: usize) -> usize {
    (processors / 4).max(2).min(processors)
}

/// Checks, before anything runs, that a report can be written afterwards.
fn check_place(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    may_write(folder.unwrap_or(Path::new("."))).map_err(|error| {
        let message = format!("cannot write `{}`: {error}", path.display());
        let hint = "give `--junit` a file in a folder that you may write to";
        Failure::one(Kind::Usage, &message, hint.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::usual_lanes;

    #[test]
    fn there_are_two_lanes_unless_the_machine_is_small_or_large() {
        let lanes = |processors: [usize; 6]| processors.map(usual_lanes);
        assert_eq!(lanes([1, 2, 7, 8, 12, 64]), [1, 2, 2, 2, 3, 16]);
    }
}
