//! A project's tree, rendered anew, goes into the project: what `update` and `set` have in common.

mod renewal;
mod report;

use std::collections::BTreeSet;

use crate::error::{Complaint, Ending, Failure, Kind};
use crate::interrupt::Interrupt;
use crate::merge::{self, Change, Labels, Merged, Sides, markers};
use crate::project::Project;
use crate::record::{self, Record};
use crate::template::Template;
use crate::transaction::{self, Title};
use crate::tree::Tree;
use crate::ui::Ui;
use crate::worktree::{Place, Worktree};

pub use self::renewal::{Renewal, kept};
use self::report::Outcome;

/// Is what a command wants to be done.
pub struct Plan<'a> {
    /// What the project becomes.
    pub renewal: Renewal<'a>,
    /// How the sides are called in conflicts.
    pub labels: Labels,
    /// Whether what belongs to the user follows, too, where nobody has edited it.
    pub reseed: bool,
    /// What the transaction is called.
    pub title: Title,
    /// Whether nothing shall be written.
    pub dry_run: bool,
    /// Whether to report as JSON.
    pub json: bool,
}

/// Merges, writes everything or nothing, and reports.
pub fn run(project: &Project, plan: &Plan<'_>, ui: &Ui) -> Result<Ending, Failure> {
    let renewal = &plan.renewal;
    let own = record::own_files(renewal.tree.iter().map(Ok), renewal.template, &renewal.answers)?;
    let (seen, merged) = merge(project, renewal, &plan.labels, plan.reseed)?;
    let changed = renewal.tree != project.baseline || !is_recorded(&project.record, &own)?;
    if changed && plan.dry_run {
        transaction::check(&project.root, &seen, &merged.changes, &own)?;
    } else if changed {
        let interrupt = Interrupt::listen()?;
        transaction::run(&project.root, &seen, &merged.changes, &own, &plan.title, &interrupt)?;
    }
    let outcome = Outcome { project, plan, merged, changed };
    report::run(&outcome, ui)?;
    Ok(if outcome.merged.has_conflicts() { Ending::Attention } else { Ending::Done })
}

/// Refuses a template that is older than what the project has of it already.
pub fn refuse_downgrade(project: &Project, template: &Template) -> Result<(), Failure> {
    let (was, is) = (&project.record.version, &template.manifest.version);
    if is >= was {
        return Ok(());
    }
    let message =
        format!("the project is on version {was}, and the template `{}` is {is}", template.source);
    let hint =
        "use a newer firstlight, or point `--template` to a newer template: there is no way down";
    Err(Failure::one(Kind::Failed, &message, hint.to_owned()))
}

/// Merges a project's new tree into what is in its folder.
pub fn merge(
    project: &Project,
    renewal: &Renewal<'_>,
    labels: &Labels,
    reseed: bool,
) -> Result<(Worktree, Merged), Failure> {
    let trees = [&project.baseline, &renewal.tree];
    let paths: BTreeSet<&str> =
        trees.into_iter().flat_map(Tree::iter).map(|(path, _)| path).collect();
    let paths: Vec<&str> = paths.into_iter().collect();
    let mut ours = Worktree::default();
    ours.read(&project.root, paths.iter().copied())?;
    let unresolved = unresolved(project, &mut ours)?;
    if !unresolved.is_empty() {
        return Err(refuse_unresolved(&unresolved));
    }
    let besides = merge::besides(&paths, &ours, &labels.suffix);
    ours.read(&project.root, besides.iter().map(String::as_str))?;
    let mut seeded = project.record.seeded.clone();
    seeded.extend(renewal.template.seeded());
    let sides = Sides {
        baseline: &project.baseline,
        ours: &ours,
        theirs: &renewal.tree,
        labels,
        seeded: &seeded,
        reseed,
    };
    let merged = merge::merge(&sides);
    check_besides(&merged, &ours)?;
    Ok((ours, merged))
}

/// Lists the files that still hold a conflict of an earlier merge, or that lie beside one.
pub fn unresolved(project: &Project, ours: &mut Worktree) -> Result<Vec<String>, Failure> {
    let paths: Vec<&str> = project.baseline.iter().map(|(path, _)| path).collect();
    ours.read(&project.root, paths.iter().copied())?;
    let suffix = Labels::suffix_of(&project.record.version);
    let besides = merge::besides(&paths, ours, &suffix);
    ours.read(&project.root, besides.iter().map(String::as_str))?;
    let holds_markers = |path: &&str| {
        let now = ours.at(path).file().map_or(0, |file| markers(&file.contents));
        // The template's own file may hold such lines.
        now > project.baseline.get(path).map_or(0, |was| markers(&was.contents))
    };
    let marked = paths.iter().filter(|path| holds_markers(path)).map(|path| (*path).to_owned());
    let beside = besides.iter().filter(|path| ours.at(path).file().is_some()).cloned();
    let all: BTreeSet<String> = marked.chain(beside).collect();
    Ok(all.into_iter().collect())
}

fn refuse_unresolved(paths: &[String]) -> Failure {
    let list: String = paths.iter().map(|path| format!("\n  {path}")).collect();
    let message = format!("conflicts of an earlier update are not resolved:{list}");
    let hint = "edit the files with markers, remove those beside your own, or take the update back \
                with `firstlight undo`";
    Failure::one(Kind::Failed, &message, hint.to_owned())
}

/// Refuses to write over what is where a file would be written beside another.
fn check_besides(merged: &Merged, ours: &Worktree) -> Result<(), Failure> {
    let besides = merged.outcomes.iter().filter_map(|outcome| outcome.beside.as_ref());
    let in_the_way = besides.filter_map(|path| {
        let is_same = match (ours.at(path), merged.changes.get(path).and_then(Change::file)) {
            (Place::File(ours), Some(file)) => ours.contents == file.contents,
            _ => false,
        };
        ours.at(path).obstacle(path, |_| is_same)
    });
    let complaint = |path: &str| {
        let message = format!("`{path}` is where the template's side of a conflict would go");
        Complaint::new(&message, "move it away".to_owned())
    };
    let problems: Vec<Complaint> = in_the_way.map(complaint).collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure { kind: Kind::Failed, problems }) }
}

/// Tells whether the record would say what it says already.
fn is_recorded(record: &Record, own: &Tree) -> Result<bool, Failure> {
    let text = own.get(record::RECORD).map_or(&[][..], |file| &file.contents);
    let new = Record::parse(&String::from_utf8_lossy(text))?;
    // The same tree may be packed into other bytes by another version of the library.
    Ok(Record { baseline: record.baseline.clone(), ..new } == *record)
}
