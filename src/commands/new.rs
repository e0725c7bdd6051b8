//! `firstlight new`: writes a project.

mod report;

use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::path::Path;

use super::answering;
use crate::answers::{Answers, Value};
use crate::cli::{New, Vcs};
use crate::destination::Destination;
use crate::error::{Failure, Kind};
use crate::git;
use crate::given::Given;
use crate::interrupt::Interrupt;
use crate::manifest::Placeholder;
use crate::prompt;
use crate::render::{Draft, next_steps};
use crate::staging::Staging;
use crate::template::Template;
use crate::tree::Tree;
use crate::ui::Ui;
use crate::{dependencies, parallel, record, workspace};

/// Asks, renders, writes and reports.
pub fn run(
    arguments: &New,
    flags: &[(String, String)],
    template: &Template,
    ui: &Ui,
) -> Result<(), Failure> {
    let destination = Destination::check(&arguments.path)?;
    if arguments.json {
        check_text(&arguments.path, template)?;
    }
    let (values, define) = (arguments.values.as_deref(), &arguments.define);
    let mut given = Given::new(&template.manifest);
    given.environment(std::env::vars_os());
    let given = answering::given(given, values, define, flags)?;
    let answers = answer(arguments, &given, template, &destination, ui)?;
    // As large as the template, and kept as long.
    let draft = ManuallyDrop::new(Draft::new(template, &answers)?);
    // To pack the baseline takes as long as all else, and begins before the last file is rendered.
    let (own, staged) = parallel::both(
        || record::own_files(draft.files(), template, &answers),
        || -> Result<_, Failure> {
            let tree = draft.tree()?;
            dependencies::check_name(&tree, &answers.name)?;
            let next_steps = next_steps(template, &answers)?;
            let workspace = workspace::above(&destination, &tree);
            let staged = (!arguments.dry_run).then(|| stage(&tree, &destination)).transpose()?;
            Ok((tree, next_steps, workspace, staged))
        },
    );
    // Both fail if a file cannot be rendered, and this side tells of all such files.
    let (tree, next_steps, workspace, staged) = staged?;
    let own = own?;
    let mut repository = wants_repository(arguments, &destination);
    if let Some((staging, interrupt)) = staged {
        staging.write(&own, &interrupt)?;
        repository = repository && init(&staging, arguments.vcs, &interrupt, ui)?;
        interrupt.check()?;
        staging.commit(&destination)?;
    }
    let tree = tree.with(own);
    if let Some(workspace) = workspace {
        let manifest = workspace.display();
        ui.note(&format!(
            "the project is inside of the workspace of `{manifest}`: \
             cargo refuses it unless `members` or `exclude` there covers it"
        ));
    }
    report::run(
        &report::Outcome {
            arguments,
            template,
            destination,
            answers,
            tree,
            next_steps,
            repository,
        },
        ui,
    )
}

fn check_text(path: &Path, template: &Template) -> Result<(), Failure> {
    let mut paths = template.source.folder().into_iter().chain([path]);
    if paths.all(|path| path.to_str().is_some()) {
        return Ok(());
    }
    let hint = "leave out `--json`, or choose paths in UTF-8".to_owned();
    Err(Failure::one(Kind::Usage, "JSON cannot hold a path that is not UTF-8", hint))
}

fn answer(
    arguments: &New,
    given: &BTreeMap<String, Value>,
    template: &Template,
    destination: &Destination,
    ui: &Ui,
) -> Result<Answers, Failure> {
    let source = |placeholder: &Placeholder| -> Result<Option<Value>, prompt::Error> {
        match given.get(&placeholder.name) {
            Some(value) => Ok(Some(value.clone())),
            None if arguments.yes => Ok(placeholder.default.clone()),
            None if ui.is_interactive() => prompt::ask(placeholder, ui).map(Some),
            None => Ok(None),
        }
    };
    let manifest = &template.manifest;
    let is_given = |name: &str| given.contains_key(name);
    let answers = Answers::collect(manifest, destination.name.clone(), is_given, source);
    answers.map_err(|error| answering::failure(&error, manifest, arguments.yes))
}

fn wants_repository(arguments: &New, destination: &Destination) -> bool {
    match arguments.vcs {
        Some(Vcs::None) => false,
        Some(Vcs::Git) => true,
        None => !git::is_inside_repository(destination.parent()),
    }
}

/// Writes a tree beside its destination.
fn stage(tree: &Tree, destination: &Destination) -> Result<(Staging, Interrupt), Failure> {
    let interrupt = Interrupt::listen()?;
    let staging = Staging::begin(destination)?;
    staging.write(tree, &interrupt)?;
    Ok((staging, interrupt))
}

/// Makes a repository, and tells whether there is one now.
fn init(
    staging: &Staging,
    vcs: Option<Vcs>,
    interrupt: &Interrupt,
    ui: &Ui,
) -> Result<bool, Failure> {
    match git::init(&staging.project(), interrupt) {
        // Nobody asked for it: a project without a repository is better than none.
        Err(git::Error::Missing) if vcs.is_none() => {
            ui.note("`git` is not installed: the project has no repository");
            Ok(false)
        }
        done => Ok(done.map(|()| true)?),
    }
}
