//! A project's tree as a template renders it now.

use std::collections::BTreeMap;

use crate::answers::{Answers, Value};
use crate::commands::answering;
use crate::error::{Failure, Kind};
use crate::manifest::Placeholder;
use crate::project::Project;
use crate::prompt;
use crate::render::render;
use crate::template::Template;
use crate::tree::Tree;

/// Is what a project becomes.
pub struct Renewal<'t> {
    /// The template.
    pub template: &'t Template,
    /// The answers.
    pub answers: Answers,
    /// The tree.
    pub tree: Tree,
    /// The answers that the project did not have, by name.
    pub taken: BTreeMap<String, Value>,
    /// The placeholders that it has no more.
    pub dropped: Vec<String>,
}

impl<'t> Renewal<'t> {
    /// Renders with the project's answers and the defaults of what is new.
    ///
    /// # Errors
    /// Fails if something new has no default.
    pub fn with_defaults(project: &Project, template: &'t Template) -> Result<Self, Failure> {
        let default = |placeholder: &Placeholder| Ok(placeholder.default.clone());
        Self::new(project, template, &BTreeMap::new(), false, default)
    }

    /// Renders with the chosen answers, then the project's own, then what `open` gives for the rest.
    ///
    /// # Errors
    /// Fails if an answer is missing, or was chosen in vain.
    pub fn new(
        project: &Project,
        template: &'t Template,
        chosen: &BTreeMap<String, Value>,
        yes: bool,
        mut open: impl FnMut(&Placeholder) -> Result<Option<Value>, prompt::Error>,
    ) -> Result<Self, Failure> {
        let recorded = &project.record.answers;
        let mut taken = Vec::new();
        let source = |placeholder: &Placeholder| {
            if let Some(value) = chosen.get(&placeholder.name) {
                return Ok(Some(value.clone()));
            }
            if let Some(value) = kept(recorded, placeholder) {
                return Ok(Some(value));
            }
            taken.push(placeholder.name.clone());
            open(placeholder)
        };
        let manifest = &template.manifest;
        let is_chosen = |name: &str| chosen.contains_key(name);
        let name = project.record.name.clone();
        let answers = Answers::collect(manifest, name, is_chosen, source)
            .map_err(|error| answering::failure(&error, manifest, yes))?;
        let tree = render(template, &answers)?;
        let value = |name: String| answers.values.get(&name).cloned().map(|value| (name, value));
        let taken = taken.into_iter().filter_map(value).collect();
        let is_gone = |name: &&String| !answers.values.contains_key(*name);
        let dropped = recorded.keys().filter(is_gone).cloned().collect();
        Ok(Self { template, answers, tree, taken, dropped })
    }
}

/// Gives a project's answer, if the template still takes it.
pub fn kept(recorded: &BTreeMap<String, Value>, placeholder: &Placeholder) -> Option<Value> {
    recorded.get(&placeholder.name).and_then(|value| placeholder.accept(&value.to_string()).ok())
}

impl Renewal<'_> {
    /// Refuses a name that the new tree's dependencies have taken in the meantime.
    ///
    /// # Errors
    /// Fails if they have.
    pub fn check_name(&self) -> Result<(), Failure> {
        crate::dependencies::check_name(&self.tree, &self.answers.name)
            .map_err(|error| Failure::one(Kind::Failed, &error, None))
    }
}
