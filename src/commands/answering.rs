//! Answers that a command line gives, and what to say where they are missing.

use std::collections::BTreeMap;
use std::path::Path;

use crate::answers::{self, Value};
use crate::error::{Failure, Kind};
use crate::given::Given;
use crate::manifest::{self, Manifest, Placeholder};
use crate::prompt;

/// Adds what the command line gives to what has been given already.
pub fn given(
    mut given: Given<'_>,
    values: Option<&Path>,
    define: &[String],
    flags: &[(String, String)],
) -> Result<BTreeMap<String, Value>, Failure> {
    if let Some(path) = values {
        given.file(path);
    }
    given.definitions(define);
    for (name, value) in flags {
        given.flag(name, value);
    }
    given.finish().map_err(|problems| Failure { kind: Kind::Usage, problems })
}

/// Says what is wrong with answers, and how to give them.
pub fn failure(error: &answers::Error<prompt::Error>, manifest: &Manifest, yes: bool) -> Failure {
    match error {
        answers::Error::Missing(names) => missing(manifest, names, yes),
        answers::Error::NotAsked(name, _) => {
            let hint = format!("leave `{name}` out");
            Failure::one(Kind::Usage, error, hint)
        }
        answers::Error::Source(prompt::Error::Ended) => {
            let hint = "answer with flags instead: `firstlight options` lists them".to_owned();
            Failure::one(Kind::Usage, error, hint)
        }
        answers::Error::Source(prompt::Error::Terminal(_)) => {
            Failure::one(Kind::Failed, error, None)
        }
    }
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
    let (name, value) = (&placeholder.name, form(placeholder));
    let (flag, variable) = (placeholder.flag(), placeholder.variable());
    format!("\n  {name}: --{flag}={value}, or -d {name}=…, or {variable}=…")
}

fn form(placeholder: &Placeholder) -> String {
    match &placeholder.kind {
        manifest::Kind::Flag => "true|false".to_owned(),
        manifest::Kind::Text => "TEXT".to_owned(),
        manifest::Kind::Choice(choices) => {
            choices.iter().map(|choice| choice.value.as_str()).collect::<Vec<_>>().join("|")
        }
    }
}
