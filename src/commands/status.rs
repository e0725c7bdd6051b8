//! `firstlight status`: how far a project has drifted from its template.

use std::path::Path;

use semver::Version;
use serde_json::{Value as Json, json};

use super::apply::{self, Renewal};
use crate::cli::Status;
use crate::drift::{Drift, State, drift};
use crate::error::{Ending, Failure};
use crate::project::Project;
use crate::template::{Source, Template};
use crate::tree::Tree;
use crate::ui::Ui;
use crate::worktree::Worktree;

/// Is everything there is to tell.
struct Report {
    project: Project,
    /// The template's version and source, if it could be asked.
    available: Option<(Version, Source)>,
    files: Vec<Drift>,
    unresolved: Vec<String>,
}

/// Compares, and tells.
pub fn run(arguments: &Status, given: Option<&Path>, ui: &Ui) -> Result<Ending, Failure> {
    let project = Project::open(arguments.place.project.as_deref())?;
    let template = template(&project, given, ui)?;
    let theirs = template.as_ref().and_then(|template| rendered(&project, template, ui));
    let mut seeded = project.record.seeded.clone();
    seeded.extend(template.iter().flat_map(Template::seeded));
    let mut ours = Worktree::default();
    let trees = [Some(&project.baseline), theirs.as_ref()];
    let paths = trees.into_iter().flatten().flat_map(Tree::iter).map(|(path, _)| path);
    ours.read(&project.root, paths)?;
    let files = drift(&project.baseline, &ours, theirs.as_ref(), &seeded);
    let unresolved = apply::unresolved(&project, &mut ours)?;
    let available = template.map(|template| (template.manifest.version, template.source));
    let report = Report { project, available, files, unresolved };
    if arguments.json {
        ui.data(format!("{:#}", report.as_json()).as_bytes())?;
    } else {
        let lines = report.lines();
        if !lines.is_empty() {
            ui.data(lines.as_bytes())?;
        }
        ui.say(&report.summary());
    }
    let attention = arguments.check && report.has_drifted();
    Ok(if attention { Ending::Attention } else { Ending::Done })
}

/// Reads the template to compare with: the one given, or the project's own where that needs no network.
/// None is older than the project.
fn template(project: &Project, given: Option<&Path>, ui: &Ui) -> Result<Option<Template>, Failure> {
    let source = &project.record.source;
    let template = match (given, source) {
        (Some(given), _) => Template::load(given)?,
        (None, Source::Git { .. }) => {
            ui.note(&format!(
                "`{source}` was not asked for a newer version: \
                 `firstlight status --template '{source}'` does"
            ));
            return Ok(None);
        }
        (None, Source::Folder(folder)) if !folder.is_dir() => {
            ui.note(&format!("the template `{source}` is not there any more"));
            return Ok(None);
        }
        (None, source) => Template::newest(source)?,
    };
    let (was, is) = (&project.record.version, &template.manifest.version);
    if is < was {
        ui.note(&format!(
            "the template `{}` is {is}, older than the project's {was}: they were not compared",
            template.source
        ));
        return Ok(None);
    }
    Ok(Some(template))
}

/// Renders the template with the project's answers, and the defaults of what is new.
fn rendered(project: &Project, template: &Template, ui: &Ui) -> Option<Tree> {
    match Renewal::with_defaults(project, template) {
        Ok(renewal) => Some(renewal.tree),
        Err(failure) => {
            let version = &template.manifest.version;
            let problems = failure.problems.iter().map(|problem| problem.message.as_str());
            let problems: Vec<&str> = problems.collect();
            ui.note(&format!("{version} cannot be compared with: {}", problems.join("; ")));
            None
        }
    }
}

impl Report {
    fn drifted(&self) -> impl Iterator<Item = (&Drift, State)> {
        let files = self.files.iter().map(|file| (file, file.state()));
        files.filter(|(_, state)| !matches!(state, State::Unchanged | State::Seeded))
    }

    fn is_behind(&self) -> bool {
        let version = &self.project.record.version;
        self.available.as_ref().is_some_and(|(available, _)| available != version)
    }

    fn has_drifted(&self) -> bool {
        self.drifted().next().is_some() || self.is_behind() || !self.unresolved.is_empty()
    }

    fn lines(&self) -> String {
        let drifted =
            self.drifted().map(|(file, state)| format!("{:<9} {}\n", state.as_str(), file.path));
        let unresolved = self.unresolved.iter().map(|path| format!("conflict  {path}\n"));
        unresolved.chain(drifted).collect()
    }

    fn summary(&self) -> String {
        let record = &self.project.record;
        let mut text =
            format!("`{}` is on the template `{}` {}", record.name, record.source, record.version);
        match &self.available {
            Some((version, source)) if *source != record.source => {
                text += &format!("; compared with `{source}` {version}.");
            }
            Some((version, _)) if *version == record.version => text += ", which is the newest.",
            Some((version, _)) => text += &format!("; {version} is available."),
            None => text += ".",
        }
        let states: Vec<State> = self.files.iter().map(Drift::state).collect();
        let words = [
            (State::Edited, "edited by you"),
            (State::Deleted, "deleted by you"),
            (State::Changed, "changed by the template"),
            (State::Added, "added by the template"),
            (State::Removed, "removed by the template"),
            (State::Both, "changed by both"),
            (State::Seeded, "seeded (yours alone)"),
            (State::Unchanged, "unchanged"),
        ];
        let count = |wanted| states.iter().filter(|state| **state == wanted).count();
        let counts = words.map(|(state, words)| (count(state), words));
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, words)| format!("{count} {words}")).collect();
        text += &format!("\nFiles: {}.", counts.join(", "));
        if !self.unresolved.is_empty() {
            text +=
                "\nResolve the conflicts of the last update first: they are still in the files.";
        } else if self.is_behind() || states.iter().any(|state| state.is_of_template()) {
            text += "\n\nNext:\n  firstlight diff --template   # what an update would bring\n  firstlight update";
        }
        text
    }

    fn as_json(&self) -> Json {
        let file = |file: &Drift| {
            json!({
                "path": file.path,
                "state": file.state().as_str(),
                "yours": file.yours.as_str(),
                "template": self.available.is_some().then(|| file.template.as_str()),
            })
        };
        let files: Vec<Json> = self.files.iter().map(file).collect();
        let record = &self.project.record;
        let available = self.available.as_ref().map(|(version, source)| {
            json!({ "source": source.to_string(), "version": version.to_string() })
        });
        json!({
            "schema": 1,
            "name": record.name.as_str(),
            "template": { "source": record.source.to_string(), "version": record.version.to_string() },
            "available": available,
            "answers": record.answers,
            "drift": self.has_drifted(),
            "unresolved": self.unresolved,
            "files": files,
        })
    }
}
