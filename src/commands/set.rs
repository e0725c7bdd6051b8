//! `firstlight set`: changes answers of a project.

use std::collections::BTreeMap;
use std::path::Path;

use super::apply::{self, Plan, Renewal};
use crate::answers::Value;
use crate::cli::Set;
use crate::error::{Ending, Failure, Kind};
use crate::given::Given;
use crate::manifest::Placeholder;
use crate::merge::Labels;
use crate::project::Project;
use crate::prompt;
use crate::template::Template;
use crate::transaction::Title;
use crate::ui::Ui;

/// Renders the project's template with other answers, merges and reports.
pub fn run(arguments: &Set, given: Option<&Path>, ui: &Ui) -> Result<Ending, Failure> {
    let project = Project::open_to_change(arguments.place.project.as_deref())?;
    let template = match given {
        Some(given) => Template::load(given)?,
        None => Template::same(&project.record.source)?,
    };
    check_same(&project, &template)?;
    let chosen = chosen(&arguments.answers, &template)?;
    let open = |placeholder: &Placeholder| -> Result<Option<Value>, prompt::Error> {
        if ui.is_interactive() && !arguments.yes {
            prompt::ask(placeholder, ui).map(Some)
        } else {
            Ok(placeholder.default.clone())
        }
    };
    let renewal = Renewal::new(&project, &template, &chosen, true, open)?;
    renewal.check_name()?;
    let before = &project.record.answers;
    let version = &template.manifest.version;
    let changed = |from: &BTreeMap<String, Value>, to: &BTreeMap<String, Value>| {
        let differs = |(name, value): &(&String, &Value)| to.get(*name) != Some(*value);
        let pair = |(name, value): (&String, &Value)| format!("{name}={value}");
        from.iter().filter(differs).map(pair).collect::<Vec<_>>().join(" ")
    };
    let was = changed(before, &renewal.answers.values);
    let is = changed(&renewal.answers.values, before);
    let labels = Labels::of_answers(version, &was, &is);
    let title = Title { command: "set", before: told(&was), after: told(&is) };
    let (dry_run, json) = (arguments.dry_run, arguments.json);
    let plan = Plan { renewal, labels, reseed: true, title, dry_run, json };
    apply::run(&project, &plan, ui)
}

fn told(answers: &str) -> String {
    if answers.is_empty() { "what was asked for".to_owned() } else { format!("`{answers}`") }
}

/// Refuses a template that renders something else from the same answers: two changes at once could not
/// be told apart.
fn check_same(project: &Project, template: &Template) -> Result<(), Failure> {
    let renewal = Renewal::with_defaults(project, template);
    let (was, is) = (&project.record.version, &template.manifest.version);
    if was == is && renewal.is_ok_and(|renewal| renewal.tree == project.baseline) {
        return Ok(());
    }
    let message = if was == is {
        format!(
            "the template `{}` {is} has changed since the project was made from it",
            template.source
        )
    } else {
        format!("the project is on version {was}, and the template `{}` is {is}", template.source)
    };
    let hint = if is < was {
        "use the template that the project is on"
    } else {
        "run `firstlight update` first"
    };
    Err(Failure::one(Kind::Failed, &message, hint.to_owned()))
}

fn chosen(answers: &[String], template: &Template) -> Result<BTreeMap<String, Value>, Failure> {
    let mut given = Given::new(&template.manifest);
    given.changes(answers);
    given.finish().map_err(|problems| Failure { kind: Kind::Usage, problems })
}
