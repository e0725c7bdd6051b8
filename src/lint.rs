//! The strict pass over a template: what cargo-generate blanks or skips in silence is a fault here.

mod branches;
mod functions;
mod outcomes;
mod part;
mod words;

use std::collections::BTreeSet;
use std::path::Path;

use self::part::Part;
use crate::engine::Engine;
use crate::fault::{Fault, Place, Problem};
use crate::manifest::{self, Entry, Manifest, Pattern};
use crate::markup;
use crate::parallel;
use crate::patterns::{self, Rendered};
use crate::render;
use crate::template::Template;
use crate::tree::File;

/// Lists every defect that can be told without answers.
pub fn check(template: &Template) -> Vec<Fault> {
    let mut lint = Lint::new(template);
    lint.second_manifests();
    lint.rules_and_files();
    lint.next_steps();
    lint.conditions();
    lint.unused();
    lint.faults
}

/// Lists what is wrong or odd with a template whose strict pass has found nothing.
pub fn examine(template: &Template) -> Vec<Fault> {
    let mut lint = Lint::new(template);
    lint.twins();
    lint.copied();
    lint.functions();
    lint.regexes();
    let Lint { engine, mut faults, .. } = lint;
    faults.extend(outcomes::check(template, engine));
    faults
}

struct Lint<'t> {
    template: &'t Template,
    manifest: &'t Manifest,
    engine: &'t Engine,
    /// The files that can become part of a project, as [`Template::sources`] lists them.
    sources: Vec<(&'t str, &'t str, &'t File)>,
    used: BTreeSet<String>,
    faults: Vec<Fault>,
}

impl<'t> Lint<'t> {
    fn new(template: &'t Template) -> Self {
        Self {
            template,
            manifest: &template.manifest,
            engine: &template.engine,
            sources: template.sources().collect(),
            used: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    fn second_manifests(&mut self) {
        for path in self.template.files.keys() {
            let name = path.rsplit('/').next().unwrap_or(path);
            if name.strip_suffix(".liquid").unwrap_or(name) == manifest::FILE_NAME
                && path != manifest::FILE_NAME
            {
                self.fault(Place::file(path), Problem::SecondManifest);
            }
            if path == ".genignore" {
                let why = "list what is left out under [template] `ignore`";
                self.fault(Place::file(path), Problem::Unsupported(".genignore".to_owned(), why));
            }
        }
    }

    fn rules_and_files(&mut self) {
        let (rules, files) = parallel::both(|| self.paths_of_rules(), || self.files());
        self.faults.extend(rules);
        for file in files {
            self.add(file);
        }
    }

    fn paths_of_rules(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for rules in self.manifest.all_rules() {
            faults.extend(rules.ignore.iter().filter_map(|entry| self.literal("ignore", entry)));
            let lists = [("include", &rules.include), ("exclude", &rules.exclude)];
            for (kind, entries) in lists {
                let entries = entries.iter().flatten();
                faults.extend(entries.filter_map(|entry| self.pattern(kind, entry)));
            }
        }
        let seeded = self.manifest.seeded.iter();
        faults.extend(seeded.filter_map(|entry| self.literal("seeded", entry)));
        faults
    }

    fn literal(&self, kind: &'static str, entry: &Entry) -> Option<Fault> {
        let leaves = entry.text.starts_with('/') || entry.text.split('/').any(|part| part == "..");
        if leaves {
            Some(entry.fault(Problem::LeavesTree(entry.text.clone())))
        } else if !self.sources.iter().any(|(target, ..)| render::covers(&entry.text, target)) {
            Some(entry.fault(Problem::MatchesNothing(kind, entry.text.clone())))
        } else {
            None
        }
    }

    fn pattern(&self, kind: &'static str, entry: &Entry) -> Option<Fault> {
        let positive = Entry {
            text: entry.text.trim_start_matches('!').to_owned(),
            place: entry.place.clone(),
        };
        let targets = self.sources.iter().map(|(target, ..)| *target);
        let problem = match patterns::matches_any(&positive, targets) {
            Ok(true) => return None,
            Ok(false) => Problem::MatchesNothing(kind, entry.text.clone()),
            Err(why) => Problem::BadPattern(entry.text.clone(), why),
        };
        Some(entry.fault(problem))
    }

    /// Reads each file; none if the patterns do not tell which are rendered.
    fn files(&self) -> Vec<Part<'t>> {
        let Ok(sometimes) = self.rendered_sometimes() else { return Vec::new() };
        parallel::map(&self.sources, |(target, path, file)| {
            let mut part = Part::new(self.manifest, self.engine);
            part.file(target, path, file, &sometimes);
            part
        })
    }

    /// Gives what at least one combination renders: excluded is only what always is, included is
    /// whatever any condition includes, unless no condition has to hold for everything to be.
    fn rendered_sometimes(&self) -> Result<Rendered, (Entry, String)> {
        let always = &self.manifest.always;
        if always.include.is_some() {
            let all: Vec<_> = self.manifest.all_rules().collect();
            Rendered::new(all.into_iter())
        } else {
            Rendered::new(std::iter::once(always))
        }
    }

    fn next_steps(&mut self) {
        let mut steps = Part::new(self.manifest, self.engine);
        for step in &self.manifest.next_steps {
            steps.text(&step.text, |_| step.place.clone());
        }
        self.add(steps);
    }

    fn add(&mut self, part: Part<'_>) {
        self.used.extend(part.used);
        self.faults.extend(part.faults);
    }

    fn conditions(&mut self) {
        for (condition, _) in &self.manifest.conditional {
            condition.names(&mut |name| {
                self.used.insert(name.name.clone());
            });
        }
    }

    fn unused(&mut self) {
        for placeholder in &self.manifest.placeholders {
            if !self.used.contains(&placeholder.name) {
                let problem = Problem::Unused(placeholder.name.clone());
                self.faults.push(Fault { place: placeholder.place.clone(), problem });
            }
        }
    }

    fn twins(&mut self) {
        for path in self.template.files.keys() {
            let twin = format!("{path}.liquid");
            if self.template.files.contains_key(&twin) {
                self.fault(Place::file(path), Problem::Shadowed(twin));
            }
        }
    }

    /// Finds tags that the template means, in files that are copied as they are.
    fn copied(&mut self) {
        let Ok(sometimes) = self.rendered_sometimes() else { return };
        let own = |name: &str| {
            name == "project-name"
                || name == "crate_name"
                || self.manifest.placeholder(name).is_some()
        };
        let mut found = Vec::new();
        for &(target, path, file) in &self.sources {
            let Ok(text) = str::from_utf8(&file.contents) else { continue };
            if sometimes.contains(target) {
                continue;
            }
            // `${{ database }}` would be GitHub's.
            let ours = |markup: &&markup::Markup<'_>| {
                markup.first_name().is_some_and(own) && !text[..markup.start].ends_with('$')
            };
            if let Some(markup) = markup::scan(text).0.iter().find(ours) {
                let problem = Problem::NotRendered(text[markup.start..markup.end].to_owned());
                found.push((Place::offset(path, text, markup.start), problem));
            }
        }
        for (place, problem) in found {
            self.fault(place, problem);
        }
    }

    fn functions(&mut self) {
        let Ok(sometimes) = self.rendered_sometimes() else { return };
        for (target, path, file) in self.sources.clone() {
            let Ok(text) = str::from_utf8(&file.contents) else { continue };
            let is_rust = Path::new(target).extension().is_some_and(|end| end == "rs");
            if is_rust && sometimes.contains(target) {
                for (offset, tag) in functions::branches(text) {
                    let place = Place::offset(path, text, offset);
                    self.faults.push(Fault { place, problem: Problem::InFunction(tag.to_owned()) });
                }
            }
        }
    }

    /// Finds patterns that texts beyond ASCII make too large.
    fn regexes(&mut self) {
        for placeholder in &self.manifest.placeholders {
            if let Some(Err(why)) = placeholder.regex.as_ref().map(Pattern::check) {
                self.fault(placeholder.place.clone(), Problem::BadRegex(why.to_owned()));
            }
        }
    }

    fn fault(&mut self, place: Place, problem: Problem) {
        self.faults.push(Fault { place, problem });
    }
}
