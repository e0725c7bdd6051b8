//! The template as it was.

use std::convert::Infallible;

use crate::answers::Answers;
use crate::checks;
use crate::error::{Failure, Kind};
use crate::git;
use crate::manifest::{Check, Placeholder};
use crate::render::render;
use crate::template::Template;
use crate::tree::{File, Tree};

/// Is an earlier state of a template; without one nothing of it can be used.
pub struct Earlier {
    template: Option<Template>,
}

impl Earlier {
    /// Reads the state at a revision of the repository that the template's folder is in.
    pub fn read(template: &Template, revision: &str) -> Result<Self, Failure> {
        let Some(folder) = template.source.folder() else {
            let message = "only a template in a folder has an earlier state";
            let hint = "point `--template` to a folder inside of a git repository";
            return Err(Failure::one(Kind::Usage, message, hint.to_owned()));
        };
        let files = git::archive(folder, revision).map_err(|error| {
            let hint = "name a commit, a branch or a tag that has the template";
            Failure::one(Kind::Usage, &error, hint.to_owned())
        })?;
        let files = files.into_iter().map(|(path, (contents, executable))| {
            (path, File { contents: contents.into(), executable })
        });
        // What was wrong then is no concern of now, as long as it renders.
        let template = Template::of_files(template.source.clone(), files.collect()).ok();
        Ok(Self { template })
    }

    /// Renders the project of the same answers, as far as the template asked for them then.
    pub fn render(&self, answers: &Answers) -> Option<(Tree, Vec<Check>)> {
        let template = self.template.as_ref()?;
        let source = |placeholder: &Placeholder| {
            let given = answers.values.get(&placeholder.name).map(ToString::to_string);
            let given = given.and_then(|given| placeholder.accept(&given).ok());
            Ok::<_, Infallible>(given.or_else(|| placeholder.default.clone()))
        };
        let name = answers.name.clone();
        let answers = Answers::collect(&template.manifest, name, |_| false, source).ok()?;
        let tree = render(template, &answers).ok()?;
        let checks = checks::of(&template.manifest, &answers, &tree);
        Some((tree, checks))
    }
}
