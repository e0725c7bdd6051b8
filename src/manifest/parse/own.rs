//! The table `[firstlight]` of a manifest.

use semver::Version;
use toml::de::DeTable;

use super::{Entry, Reader};
use crate::fault::{Problem, nearest};
use crate::manifest::check::Check;
use crate::manifest::placeholder::{Kind, Placeholder};

/// Is what is in the table, but for the hints and samples, which the placeholders get.
pub struct Own {
    pub version: Version,
    pub seeded: Vec<Entry>,
    pub next_steps: Vec<Entry>,
    pub checks: Vec<Check>,
}

impl Reader<'_> {
    pub(super) fn own(
        &mut self,
        document: &DeTable<'_>,
        placeholders: &mut [Placeholder],
    ) -> Option<Own> {
        let Some(table) = self.table(document, "firstlight") else {
            self.no_version();
            return None;
        };
        self.only(table, &["version", "seeded", "next_steps", "hints", "samples", "checks"]);
        let seeded = table.get("seeded").map(|item| self.entries("seeded", item));
        let next_steps = table.get("next_steps").map(|item| self.entries("next_steps", item));
        if let Some(hints) = self.table(table, "hints") {
            self.hints(hints, placeholders);
        }
        if let Some(samples) = self.table(table, "samples") {
            self.samples(samples, placeholders);
        }
        let checks = table.get("checks").map(|item| self.checks(item, placeholders));
        let checks = checks.unwrap_or_default();
        let version = self.version(table)?;
        let (seeded, next_steps) = (seeded.unwrap_or_default(), next_steps.unwrap_or_default());
        Some(Own { version, seeded, next_steps, checks })
    }

    fn version(&mut self, table: &DeTable<'_>) -> Option<Version> {
        let Some(item) = table.get("version") else {
            self.no_version();
            return None;
        };
        let written = self.string(item, "version")?;
        let version = Version::parse(&written).ok();
        if version.is_none() {
            self.fault(item.span().start, Problem::BadVersion(written));
        }
        version
    }

    fn no_version(&mut self) {
        let remedy = "add `version = \"0.1.0\"` under [firstlight]";
        self.fault(0, Problem::Missing("version", remedy));
    }

    fn hints(&mut self, table: &DeTable<'_>, placeholders: &mut [Placeholder]) {
        for (key, item) in table {
            let (name, start) = (key.get_ref().as_ref(), key.span().start);
            let Some(hint) = self.string(item, name) else { continue };
            match placeholders.iter_mut().find(|placeholder| placeholder.name == name) {
                Some(placeholder) if placeholder.regex.is_some() => placeholder.hint = Some(hint),
                Some(_) => {
                    let why = "only a placeholder with a `regex` needs a hint";
                    self.fault(start, Problem::Unsupported(name.to_owned(), why));
                }
                None => self.undefined(name, start, placeholders),
            }
        }
    }

    fn samples(&mut self, table: &DeTable<'_>, placeholders: &mut [Placeholder]) {
        for (key, item) in table {
            let (name, start) = (key.get_ref().as_ref(), key.span().start);
            let entries = self.entries(name, item);
            match placeholders.iter_mut().find(|placeholder| placeholder.name == name) {
                Some(placeholder) if placeholder.kind == Kind::Text => {
                    for entry in entries {
                        match placeholder.accept(&entry.text) {
                            Ok(value) => placeholder.samples.push(value),
                            Err(_) => {
                                let problem = Problem::RegexRefuses(entry.text.clone());
                                self.faults.push(entry.fault(problem));
                            }
                        }
                    }
                }
                Some(_) => {
                    let why = "only a free text has samples";
                    self.fault(start, Problem::Unsupported(name.to_owned(), why));
                }
                None => self.undefined(name, start, placeholders),
            }
        }
    }

    fn undefined(&mut self, name: &str, start: usize, placeholders: &[Placeholder]) {
        let known = placeholders.iter().map(|known| known.name.as_str());
        let near = nearest(name, known);
        self.fault(start, Problem::Undefined(name.to_owned(), near));
    }
}
