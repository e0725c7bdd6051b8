//! What `update` and `set` say at their end.

use serde_json::{Value as Json, json};

use super::Plan;
use crate::changelog::{self, Entry};
use crate::error::Failure;
use crate::merge::{self, Merged, What};
use crate::project::Project;
use crate::ui::Ui;

/// Is everything there is to say.
pub struct Outcome<'a> {
    pub project: &'a Project,
    pub plan: &'a Plan<'a>,
    pub merged: Merged,
    pub changed: bool,
}

/// Prints the data to stdout and the talk to stderr.
pub fn run(outcome: &Outcome<'_>, ui: &Ui) -> Result<(), Failure> {
    let data = if outcome.plan.json { format!("{:#}", outcome.as_json()) } else { outcome.lines() };
    let printed = if data.is_empty() { Ok(()) } else { ui.data(data.as_bytes()) };
    printed.map_err(|failure| {
        if outcome.plan.dry_run || !outcome.changed {
            return failure;
        }
        failure.with_hint("the project is changed as a whole; `firstlight undo` takes it back")
    })?;
    ui.say(&outcome.talk());
    Ok(())
}

impl Outcome<'_> {
    fn lines(&self) -> String {
        let line = |outcome: &merge::Outcome| {
            let from = outcome.from.as_ref().map(|from| format!("{from} -> ")).unwrap_or_default();
            format!("{:<9} {from}{}\n", outcome.what.as_str(), outcome.path)
        };
        self.merged.outcomes.iter().map(line).collect()
    }

    fn talk(&self) -> String {
        let Plan { renewal, title, dry_run, .. } = self.plan;
        let name = &self.project.record.name;
        if !self.changed {
            return format!("Nothing to do: `{name}` has {} already.", title.after);
        }
        let mut parts = Vec::new();
        parts.push(if *dry_run {
            format!(
                "Would bring `{name}` from {} to {}. Nothing was written.",
                title.before, title.after
            )
        } else {
            format!("Brought `{name}` from {} to {}.", title.before, title.after)
        });
        let taken = renewal.taken.iter().map(|(name, value)| {
            format!("{name} = {value}, which is new: `firstlight set {name}=…` changes it")
        });
        let dropped = renewal
            .dropped
            .iter()
            .map(|name| format!("{name} is gone: nothing asks for it any more"));
        parts.extend(list("Answers:", taken.chain(dropped)));
        let entries = self.changelog();
        if !entries.is_empty() {
            let text: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
            parts.push(format!("What changed and why:\n\n{}", text.join("\n\n")));
        }
        parts.extend(list("These files need a look:", self.to_look_at()));
        parts.extend(list("Next:", self.next().into_iter()));
        parts.join("\n\n")
    }

    fn changelog(&self) -> Vec<Entry> {
        let template = self.plan.renewal.template;
        let text = template.changelog.as_deref().unwrap_or_default();
        changelog::between(text, &self.project.record.version, &template.manifest.version)
    }

    fn to_look_at(&self) -> impl Iterator<Item = String> {
        self.merged.outcomes.iter().filter_map(|outcome| {
            let why = outcome.what.explain()?;
            let beside = outcome.beside.as_ref();
            let beside = beside.map(|beside| format!("; the template's is in {beside}"));
            Some(format!("{}: {why}{}", outcome.path, beside.unwrap_or_default()))
        })
    }

    fn next(&self) -> Vec<String> {
        let Plan { dry_run, renewal, .. } = self.plan;
        if *dry_run {
            return vec!["the same without `--dry-run`".to_owned()];
        }
        let whats = || self.merged.outcomes.iter();
        let mut next = Vec::new();
        if whats().any(|outcome| outcome.what == What::Conflict(merge::Conflict::Lines)) {
            next.push("resolve the conflicts: look for `<<<<<<< yours`".to_owned());
        }
        if whats().any(|outcome| outcome.beside.is_some()) {
            let suffix = &self.plan.labels.suffix;
            next.push(format!(
                "take what you need from the files that end in `{suffix}`, and remove them"
            ));
        }
        if renewal.tree.get("Cargo.toml").is_some() {
            next.push("cargo test".to_owned());
        }
        next.push(
            "firstlight undo   # takes it back, as long as you have not edited the same files"
                .to_owned(),
        );
        next
    }

    fn as_json(&self) -> Json {
        let Plan { renewal, title, dry_run, .. } = self.plan;
        let file = |outcome: &merge::Outcome| {
            let conflict = match outcome.what {
                What::Conflict(conflict) => Some(conflict.as_str()),
                _ => None,
            };
            json!({
                "path": outcome.path,
                "outcome": outcome.what.as_str(),
                "conflict": conflict,
                "from": outcome.from,
                "beside": outcome.beside,
            })
        };
        let record = &self.project.record;
        let files: Vec<Json> = self.merged.outcomes.iter().map(file).collect();
        let changelog = self.changelog();
        let changelog = changelog
            .iter()
            .map(|entry| json!({ "version": entry.version.to_string(), "text": entry.text }));
        json!({
            "schema": 1,
            "command": title.command,
            "name": record.name.as_str(),
            "from": { "source": record.source.to_string(), "version": record.version.to_string() },
            "template": renewal.template.as_json(),
            "answers": renewal.answers.values,
            "new_answers": renewal.taken,
            "dropped_answers": renewal.dropped,
            "dry_run": dry_run,
            "changed": self.changed,
            "conflicts": self.merged.has_conflicts(),
            "files": files,
            "changelog": changelog.collect::<Vec<_>>(),
        })
    }
}

fn list(title: &str, lines: impl Iterator<Item = String>) -> Option<String> {
    let lines: String = lines.map(|line| format!("\n  {line}")).collect();
    (!lines.is_empty()).then(|| format!("{title}{lines}"))
}
