//! `firstlight new`: writes a project.

mod report;

use std::collections::BTreeMap;
use std::path::Path;

use crate::answers::{self, Answers, Value};
use crate::cli::{New, Vcs};
use crate::destination::Destination;
use crate::error::{Failure, Kind};
use crate::git;
use crate::given::Given;
use crate::interrupt::Interrupt;
use crate::manifest::{self, Manifest, Placeholder};
use crate::prompt;
use crate::render::{next_steps, render};
use crate::staging::Staging;
use crate::template::Template;
use crate::tree::Tree;
use crate::ui::Ui;
use crate::{dependencies, record, workspace};

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
    let given = given(arguments, flags, &template.manifest)?;
    let answers = answer(arguments, &given, template, &destination, ui)?;
    let tree = render(template, &answers)?;
    dependencies::check_name(&tree, &answers.name)?;
    let next_steps = next_steps(template, &answers)?;
    let tree = record::attach(tree, template, &answers)?;
    let repository = wants_repository(arguments, &destination);
    let repository = if arguments.dry_run {
        repository
    } else {
        write(&tree, &destination, repository, arguments.vcs, ui)?
    };
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

fn given(
    arguments: &New,
    flags: &[(String, String)],
    manifest: &Manifest,
) -> Result<BTreeMap<String, Value>, Failure> {
    let mut given = Given::new(manifest);
    given.environment(std::env::vars_os());
    if let Some(path) = &arguments.values {
        given.file(path);
    }
    given.definitions(&arguments.define);
    for (name, value) in flags {
        if let Some(placeholder) = manifest.placeholder(name) {
            given.flag(placeholder, value);
        }
    }
    given.finish().map_err(|problems| Failure { kind: Kind::Usage, problems })
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
    answers.map_err(|error| match error {
        answers::Error::Missing(names) => missing(manifest, &names, arguments.yes),
        answers::Error::NotAsked(ref name, _) => {
            let hint = format!("leave `{name}` out");
            Failure::one(Kind::Usage, &error, hint)
        }
        answers::Error::Source(prompt::Error::Ended) => {
            let hint = "answer with flags instead: `firstlight options` lists them".to_owned();
            Failure::one(Kind::Usage, &error, hint)
        }
        answers::Error::Source(prompt::Error::Terminal(_)) => {
            Failure::one(Kind::Failed, &error, None)
        }
    })
}

fn missing(manifest: &Manifest, names: &[String], yes: bool) -> Failure {
    let placeholders: Vec<&Placeholder> =
        names.iter().filter_map(|name| manifest.placeholder(name)).collect();
    let lines: String = placeholders.iter().map(|placeholder| how_to_give(placeholder)).collect();
    let all_have_defaults = placeholders.iter().all(|placeholder| placeholder.default.is_some());
    let hint = if yes {
        "give them: they have no default"
    } else if all_have_defaults {
        "give them, or take the defaults with `--yes`"
    } else {
        "give them; `--yes` takes the default of those that have one"
    };
    Failure::one(Kind::Usage, &format!("answers are missing:{lines}"), hint.to_owned())
}

fn how_to_give(placeholder: &Placeholder) -> String {
    let name = &placeholder.name;
    let value = match &placeholder.kind {
        manifest::Kind::Flag => "true|false".to_owned(),
        manifest::Kind::Text => "TEXT".to_owned(),
        manifest::Kind::Choice(choices) => {
            choices.iter().map(|choice| choice.value.as_str()).collect::<Vec<_>>().join("|")
        }
    };
    let (flag, variable) = (placeholder.flag(), placeholder.variable());
    format!("\n  {name}: --{flag}={value}, or -d {name}=…, or {variable}=…")
}

fn wants_repository(arguments: &New, destination: &Destination) -> bool {
    match arguments.vcs {
        Some(Vcs::None) => false,
        Some(Vcs::Git) => true,
        None => !git::is_inside_repository(destination.parent()),
    }
}

/// Writes everything or nothing; tells whether there is a repository.
fn write(
    tree: &Tree,
    destination: &Destination,
    repository: bool,
    vcs: Option<Vcs>,
    ui: &Ui,
) -> Result<bool, Failure> {
    let interrupt = Interrupt::listen().map_err(|error| {
        Failure::one(Kind::Failed, &format!("cannot handle Ctrl-C: {error}"), None)
    })?;
    let staging = Staging::begin(destination)?;
    staging.write(tree, &interrupt)?;
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
    Ok(repository)
}
