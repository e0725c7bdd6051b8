//! The command line that makes a project.

use std::path::Path;

use crate::answers::Answers;
use crate::cli::Vcs;
use crate::shell;
use crate::template::{Source, Template};

/// Gives the one command that makes a project, with every answer spelled out; none if its paths are
/// not text.
pub fn new(
    template: &Template,
    path: &Path,
    answers: &Answers,
    vcs: Option<Vcs>,
) -> Option<String> {
    let mut words = vec!["firstlight".to_owned(), "new".to_owned()];
    words.push(shell::path(path)?);
    match &template.source {
        Source::Embedded => {}
        Source::Folder(path) => words.push(format!("--template={}", path.to_str()?)),
        Source::Git { url, commit, .. } => words.push(format!("--template={url}#{commit}")),
    }
    for placeholder in &template.manifest.placeholders {
        if let Some(value) = answers.values.get(&placeholder.name) {
            words.push(format!("--{}={value}", placeholder.flag()));
        }
    }
    words.extend(vcs.map(|vcs| match vcs {
        Vcs::Git => "--vcs=git".to_owned(),
        Vcs::None => "--vcs=none".to_owned(),
    }));
    Some(words.iter().map(|word| shell::quote(word)).collect::<Vec<_>>().join(" "))
}
