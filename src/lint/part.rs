//! One part of a template: a file, or a text of its manifest.

use std::collections::BTreeSet;

use super::words::Words;
use crate::engine::Engine;
use crate::fault::{Fault, Place, Problem};
use crate::manifest::Manifest;
use crate::markup;
use crate::patterns::Rendered;
use crate::render;
use crate::tree::File;

/// Tells what can be told of a part whatever the others are.
pub struct Part<'t> {
    manifest: &'t Manifest,
    engine: &'t Engine,
    /// The placeholders that it uses.
    pub used: BTreeSet<String>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

impl<'t> Part<'t> {
    /// Starts with nothing read.
    pub fn new(manifest: &'t Manifest, engine: &'t Engine) -> Self {
        Self { manifest, engine, used: BTreeSet::new(), faults: Vec::new() }
    }

    /// Reads a file with its path, given what at least one combination renders.
    pub fn file(&mut self, target: &str, path: &str, file: &File, sometimes: &Rendered) {
        let rendered = sometimes.contains(target);
        self.path(target, path, file.executable && rendered);
        self.folders(target, path, sometimes);
        if rendered {
            self.contents(path, file);
        }
    }

    fn path(&mut self, target: &str, path: &str, executable: bool) {
        if executable && markup::is_marked(target) {
            self.fault(Place::file(path), Problem::ExecutableTemplatedPath);
        }
        for component in target.split('/') {
            let place = Place::file(path);
            if markup::is_marked(component) {
                self.text(component, |_| place.clone());
            } else if let Some(problem) = render::claimed(component) {
                self.fault(place, problem);
            }
        }
    }

    fn folders(&mut self, target: &str, path: &str, sometimes: &Rendered) {
        for (end, _) in target.match_indices('/') {
            let folder = &target[..end];
            let name = folder.rsplit('/').next().unwrap_or(folder);
            if markup::is_marked(name) && !sometimes.contains(folder) {
                self.fault(Place::file(path), Problem::UnrenderedFolder(folder.to_owned()));
            }
        }
    }

    fn contents(&mut self, path: &str, file: &File) {
        match str::from_utf8(&file.contents) {
            Ok(text) => self.text(text, |offset| Place::offset(path, text, offset)),
            Err(error) => {
                let valid = String::from_utf8_lossy(&file.contents[..error.valid_up_to()]);
                let place = Place::offset(path, &valid, valid.len());
                self.fault(place, Problem::NotUtf8);
            }
        }
    }

    /// Reads a text whose bytes are at some place.
    pub fn text(&mut self, text: &str, place: impl Fn(usize) -> Place) {
        let mut words = Words::new(self.manifest, text);
        words.read();
        self.used.append(&mut words.used);
        let before = self.faults.len();
        for (offset, problem) in words.problems {
            self.fault(place(offset), problem);
        }
        if self.faults.len() > before {
            return;
        }
        // What is left are the finer points of liquid's grammar, and liquid knows them best.
        if let Err((offset, problem)) = self.engine.parse(text) {
            self.fault(place(offset), problem);
        }
    }

    fn fault(&mut self, place: Place, problem: Problem) {
        self.faults.push(Fault { place, problem });
    }
}
