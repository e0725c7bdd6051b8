//! `firstlight update`: merges a newer template into a project.

use std::collections::BTreeMap;

use super::answering;
use super::apply::{self, Plan, Renewal, kept};
use crate::answers::Value;
use crate::cli::Update;
use crate::error::{Complaint, Ending, Failure, Kind};
use crate::given::Given;
use crate::manifest::Placeholder;
use crate::merge::Labels;
use crate::project::Project;
use crate::prompt;
use crate::template::Template;
use crate::transaction::Title;
use crate::ui::Ui;

/// Renders the template with the project's answers, merges and reports.
pub fn run(
    arguments: &Update,
    flags: &[(String, String)],
    template: &Template,
    ui: &Ui,
) -> Result<Ending, Failure> {
    let project = Project::open_to_change(arguments.place.project.as_deref())?;
    apply::refuse_downgrade(&project, template)?;
    let given = given(arguments, flags, &project, template)?;
    let open = |placeholder: &Placeholder| -> Result<Option<Value>, prompt::Error> {
        if ui.is_interactive() && !arguments.yes {
            return prompt::ask(placeholder, ui).map(Some);
        }
        // An answer that is no longer taken was somebody's choice: no default replaces it unasked.
        let was_answered = project.record.answers.contains_key(&placeholder.name);
        Ok(placeholder.default.clone().filter(|_| arguments.yes || !was_answered))
    };
    let renewal = Renewal::new(&project, template, &given, arguments.yes, open)?;
    renewal.check_name()?;
    let (was, is) = (&project.record.version, &template.manifest.version);
    let title = Title {
        command: "update",
        before: format!("the template `{}` {was}", project.record.source),
        after: format!("the template `{}` {is}", template.source),
    };
    let labels = Labels::of_versions(was, is);
    let (dry_run, json) = (arguments.dry_run, arguments.json);
    let plan = Plan { renewal, labels, reseed: false, title, dry_run, json };
    apply::run(&project, &plan, ui)
}

/// Takes answers to what is open, and refuses others for what is answered.
fn given(
    arguments: &Update,
    flags: &[(String, String)],
    project: &Project,
    template: &Template,
) -> Result<BTreeMap<String, Value>, Failure> {
    let manifest = &template.manifest;
    let (values, define) = (arguments.values.as_deref(), &arguments.define);
    let mut given = answering::given(Given::new(manifest), values, define, flags)?;
    let answered = |name: &str| {
        let placeholder = manifest.placeholder(name)?;
        kept(&project.record.answers, placeholder)
    };
    let other =
        given.iter().filter(|(name, value)| answered(name).is_some_and(|kept| kept != **value));
    let complaint = |(name, value): (&String, &Value)| {
        let message = format!("`{name}` is answered already, and not with `{value}`");
        Complaint::new(&message, format!("update first, then `firstlight set {name}={value}`"))
    };
    let problems: Vec<Complaint> = other.map(complaint).collect();
    if !problems.is_empty() {
        return Err(Failure { kind: Kind::Usage, problems });
    }
    let mut environment = Given::new(manifest);
    environment.environment(std::env::vars_os());
    let environment =
        environment.finish().map_err(|problems| Failure { kind: Kind::Usage, problems })?;
    for (name, value) in environment {
        if answered(&name).is_none() {
            given.entry(name).or_insert(value);
        }
    }
    Ok(given)
}
