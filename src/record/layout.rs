//! The record as it is written: TOML for people to read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SCHEMA;
use crate::answers::{Answers, Value};
use crate::template::{Source, Template};

const HEADER: &str = "\
# How this project was made. Keep this file and the baseline beside it under version control:
# firstlight reads them to tell what has changed since, and to merge newer templates.

";

#[derive(Serialize, Deserialize)]
pub struct Layout {
    pub schema: u32,
    pub project: Project,
    pub template: Origin,
    pub answers: BTreeMap<String, Value>,
    pub baseline: Baseline,
}

#[derive(Serialize, Deserialize)]
pub struct Project {
    pub name: String,
}

#[derive(Serialize, Deserialize)]
pub struct Origin {
    pub source: String,
    pub version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeded: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub struct Baseline {
    pub sha256: String,
}

impl Layout {
    pub fn new(template: &Template, answers: &Answers, sha256: String) -> Self {
        let (revision, commit) = match &template.source {
            Source::Git { revision, commit, .. } => (revision.clone(), Some(commit.clone())),
            Source::Embedded | Source::Folder(_) => (None, None),
        };
        Self {
            schema: SCHEMA,
            project: Project { name: answers.name.to_string() },
            template: Origin {
                source: source(&template.source),
                version: template.manifest.version.to_string(),
                revision,
                commit,
                seeded: template.seeded(),
            },
            answers: answers.values.clone(),
            baseline: Baseline { sha256 },
        }
    }

    pub fn to_text(&self) -> Result<String, toml::ser::Error> {
        Ok(format!("{HEADER}{}", toml::to_string(self)?))
    }
}

/// Says where a template comes from, so that it can be found from any folder.
fn source(source: &Source) -> String {
    match source {
        Source::Embedded => "embedded".to_owned(),
        Source::Folder(folder) => {
            std::path::absolute(folder).as_ref().unwrap_or(folder).display().to_string()
        }
        Source::Git { url, .. } => url.clone(),
    }
}
