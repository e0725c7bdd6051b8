//! A project that is rendered file by file, as somebody needs them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::sync::OnceLock;

use bytes::Bytes;
use liquid::Object;

use super::{claimed, is_ignored, is_portable, rules, variables};
use crate::answers::Answers;
use crate::engine::Engine;
use crate::fault::{Fault, Place, Problem};
use crate::parallel;
use crate::patterns::Rendered;
use crate::template::Template;
use crate::tree::{File, Tree};

/// Is what a template becomes with some answers: its paths are known, and each file is rendered once,
/// by the thread that asks for it first.
pub struct Draft<'t> {
    rendering: Rendering<'t>,
    files: BTreeMap<String, Pending<'t>>,
    /// What is wrong with the paths.
    faults: Vec<Fault>,
}

/// Is a file of the template, and what it becomes.
struct Pending<'t> {
    target: &'t str,
    path: &'t str,
    file: &'t File,
    rendered: OnceLock<Result<File, Fault>>,
}

impl<'t> Draft<'t> {
    /// Renders the paths.
    ///
    /// # Errors
    /// Tells which rules of the template cannot be used.
    pub fn new(template: &'t Template, answers: &Answers) -> Result<Self, Vec<Fault>> {
        let rules = rules(&template.manifest, &answers.values);
        let patterns = Rendered::new(rules.iter().copied()).map_err(|(entry, why)| {
            vec![entry.fault(Problem::BadPattern(entry.text.clone(), why))]
        })?;
        let engine = &template.engine;
        let rendering = Rendering { engine, variables: variables(answers), patterns };
        let mut draft = Self { rendering, files: BTreeMap::new(), faults: Vec::new() };
        // By the path in lower case: not every system tells `A` from `a`.
        let mut origins = BTreeMap::new();
        for (target, path, file) in template.sources() {
            if is_ignored(&rules, target) {
                continue;
            }
            match draft.rendering.path(target, path) {
                Ok(becomes) => match origins.entry(becomes.to_lowercase()) {
                    Entry::Vacant(free) => {
                        free.insert(path);
                        let pending = Pending { target, path, file, rendered: OnceLock::new() };
                        draft.files.insert(becomes, pending);
                    }
                    Entry::Occupied(taken) => {
                        let problem = Problem::PathTwice(becomes, (*taken.get()).to_owned());
                        draft.faults.push(Fault { place: Place::file(path), problem });
                    }
                },
                Err(fault) => draft.faults.push(fault),
            }
        }
        Ok(draft)
    }

    /// Gives the files in the order of their paths.
    pub fn files(&self) -> impl DoubleEndedIterator<Item = io::Result<(&str, &File)>> {
        self.files.iter().map(|(path, pending)| match self.file(pending) {
            Ok(file) => Ok((path.as_str(), file)),
            Err(fault) => Err(io::Error::other(fault.clone())),
        })
    }

    /// Renders all files.
    ///
    /// # Errors
    /// Lists the faults that only these answers bring out.
    pub fn tree(&self) -> Result<Tree, Vec<Fault>> {
        let pending: Vec<_> = self.files.iter().collect();
        let files = parallel::map(&pending, |&(_, pending)| self.file(pending));
        let mut tree = Tree::default();
        let mut faults = self.faults.clone();
        for ((path, _), file) in pending.into_iter().zip(files) {
            match file {
                Ok(file) => drop(tree.insert(path.clone(), file.clone())),
                Err(fault) => faults.push(fault.clone()),
            }
        }
        for path in tree.files_as_folders() {
            let problem = Problem::FileAndFolder(path.to_owned());
            faults.push(Fault { place: Place::file(path), problem });
        }
        if faults.is_empty() {
            return Ok(tree);
        }
        faults.sort_by(|a, b| a.place.cmp(&b.place));
        Err(faults)
    }

    fn file<'s>(&self, pending: &'s Pending<'_>) -> Result<&'s File, &'s Fault> {
        pending.rendered.get_or_init(|| self.rendering.file(pending)).as_ref()
    }
}

struct Rendering<'t> {
    engine: &'t Engine,
    variables: Object,
    patterns: Rendered,
}

impl Rendering<'_> {
    fn file(&self, pending: &Pending<'_>) -> Result<File, Fault> {
        let &Pending { target, path, file, .. } = pending;
        let contents = if self.patterns.contains(target) {
            self.contents(path, file)?
        } else {
            file.contents.clone()
        };
        Ok(File { contents, executable: file.executable })
    }

    fn contents(&self, path: &str, file: &File) -> Result<Bytes, Fault> {
        let text = str::from_utf8(&file.contents)
            .map_err(|_| Fault { place: Place::file(path), problem: Problem::NotUtf8 })?;
        let fault = |(offset, problem)| Fault { place: Place::offset(path, text, offset), problem };
        match self.engine.render(text, &self.variables).map_err(fault)? {
            Cow::Borrowed(_) => Ok(file.contents.clone()),
            Cow::Owned(rendered) => Ok(rendered.into()),
        }
    }

    fn path(&self, target: &str, path: &str) -> Result<String, Fault> {
        let mut becomes = String::with_capacity(target.len());
        for component in target.split('/') {
            if !becomes.is_empty() {
                becomes.push('/');
            }
            becomes += &self.component(component, path)?;
        }
        Ok(becomes)
    }

    fn component<'c>(&self, component: &'c str, path: &str) -> Result<Cow<'c, str>, Fault> {
        let fault = |problem| Fault { place: Place::file(path), problem };
        let rendered = self.engine.render(component, &self.variables);
        let rendered = rendered.map_err(|(_, problem)| fault(problem))?;
        let problem = if rendered.is_empty() {
            Problem::EmptyComponent(component.to_owned())
        } else if rendered == ".." || rendered == "." || rendered.contains('/') {
            Problem::LeavesTree(rendered.into_owned())
        } else if let Some(problem) = claimed(&rendered) {
            problem
        } else if !is_portable(&rendered) {
            Problem::NotPortable(rendered.into_owned())
        } else {
            return Ok(rendered);
        };
        Err(fault(problem))
    }
}
