//! The command line that makes a project.

use crate::answers::Answers;
use crate::cli::Vcs;
use crate::shell;
use crate::template::{Source, Template};

/// Gives the one command that makes a project at a place, which is a word for the shell, with every
/// answer spelled out; none if the template's path is not text.
pub fn new(
    template: &Template,
    place: &str,
    answers: &Answers,
    vcs: Option<Vcs>,
) -> Option<String> {
    let mut words = Vec::new();
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
    let words = words.iter().map(|word| format!(" {}", shell::quote(word)));
    Some(format!("firstlight new {place}{}", words.collect::<String>()))
}
