//! `firstlight new`: writes a project.

mod report;

use std::collections::BTreeMap;
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
use crate::render::{next_steps, render};
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
    let tree = render(template, &answers)?;
    dependencies::check_name(&tree, &answers.name)?;
    let next_steps = next_steps(template, &answers)?;
    let own = || record::own_files(&tree, template, &answers);
    let repository = wants_repository(arguments, &destination);
    let (own, repository) = if arguments.dry_run {
        (own()?, repository)
    } else {
        write(&tree, own, &destination, repository, arguments.vcs, ui)?
    };
    let tree = tree.with(own);
    if let Some(workspace) = workspace::above(&destination, &tree) {
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

/// Writes everything or nothing; gives the files of the record, and tells whether there is a repository.
fn write(
    tree: &Tree,
    own: impl FnOnce() -> Result<Tree, record::Error> + Send,
    destination: &Destination,
    repository: bool,
    vcs: Option<Vcs>,
    ui: &Ui,
) -> Result<(Tree, bool), Failure> {
    let interrupt = Interrupt::listen()?;
    let staging = Staging::begin(destination)?;
    // To pack the baseline takes longer than to write what is in it.
    let (own, written) = parallel::both(own, || staging.write(tree, &interrupt));
    let own = own?;
    written?;
    staging.write(&own, &interrupt)?;
    let repository = repository
        && match git::init(&staging.project(), &interrupt) {
            // Nobody asked for it: a project without a repository is better than none.
            Err(git::Error::Missing) if vcs.is_none() => {
                ui.note("`git` is not installed: the project has no repository");
                false
            }
            done => done.map(|()| true)?,
        };
    interrupt.check()?;
    staging.commit(destination)?;
    Ok((own, repository))
}
