//! From a template and answers to a tree, without a look at anything else.

use liquid::{Object, Parser, ParserBuilder};
use liquid_core::Value as Liquid;

use crate::answers::{Answers, Value};
use crate::fault::{Fault, Place, Problem};
use crate::filters::CASES;
use crate::manifest::{Entry, Rules};
use crate::name::is_device;
use crate::patterns::Rendered;
use crate::template::{self, Template};
use crate::tree::{File, Tree};

/// Names the folder of a project's record, which no template may write to.
pub const RECORD_FOLDER: &str = ".firstlight";

/// Renders a template: the same answers always give the same bytes.
///
/// # Errors
/// Lists the faults that only these answers bring out.
pub fn render(template: &Template, answers: &Answers) -> Result<Tree, Vec<Fault>> {
    let manifest = &template.manifest;
    let holding = manifest.conditional.iter().filter(|(when, _)| when.holds(&answers.values));
    let rules: Vec<&Rules> =
        std::iter::once(&manifest.always).chain(holding.map(|(_, rules)| rules)).collect();
    let rendered = Rendered::new(rules.iter().copied())
        .map_err(|(entry, why)| vec![entry.fault(Problem::BadPattern(entry.text.clone(), why))])?;
    let mut rendering = Rendering {
        engine: engine(),
        variables: variables(answers),
        rendered,
        tree: Tree::default(),
        origins: Vec::new(),
        faults: Vec::new(),
    };
    for (target, path, file) in template.sources() {
        if !rules.iter().any(|rules| rules.ignore.iter().any(|entry| covers(entry, target))) {
            rendering.file(target, path, file);
        }
    }
    rendering.finish()
}

/// Builds the liquid engine that cargo-generate has, without its scripts.
pub fn engine() -> Parser {
    CASES
        .into_iter()
        .fold(ParserBuilder::with_stdlib(), ParserBuilder::filter)
        .build()
        .expect("without partials nothing can fail")
}

/// Tells whether a literal path of `ignore` is `path` or a folder that it is in.
pub fn covers(entry: &Entry, path: &str) -> bool {
    let literal = entry.text.trim_start_matches("./").trim_end_matches('/');
    path.strip_prefix(literal).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Takes the position out of a message of liquid's parser, and the reason.
pub fn explain(error: &liquid::Error) -> (Option<(usize, usize)>, String) {
    let text = error.to_string();
    let position = text.lines().find_map(|line| {
        let (line, column) = line.trim().strip_prefix("--> ")?.split_once(':')?;
        Some((line.parse().ok()?, column.parse().ok()?))
    });
    let reason = text.lines().find_map(|line| line.trim().strip_prefix("= "));
    let reason = reason.or_else(|| text.lines().next()).unwrap_or_default();
    (position, reason.trim_start_matches("liquid: ").trim().to_owned())
}

fn variables(answers: &Answers) -> Object {
    let mut variables = Object::new();
    let mut set = |name: &str, value| {
        variables.insert(name.to_owned().into(), value);
    };
    set("project-name", Liquid::scalar(answers.name.to_string()));
    set("crate_name", Liquid::scalar(answers.name.crate_name()));
    set("crate_type", Liquid::scalar("bin"));
    set("is_init", Liquid::scalar(false));
    for (name, value) in &answers.values {
        match value {
            Value::Flag(flag) => set(name, Liquid::scalar(*flag)),
            Value::Text(text) => set(name, Liquid::scalar(text.clone())),
        }
    }
    variables
}

struct Rendering {
    engine: Parser,
    variables: Object,
    rendered: Rendered,
    tree: Tree,
    origins: Vec<(String, String)>,
    faults: Vec<Fault>,
}

impl Rendering {
    fn file(&mut self, target: &str, path: &str, file: &template::File) {
        match self.render_file(target, path, file) {
            Ok((target, file)) => {
                let origin = self.origins.iter().find(|(earlier, _)| *earlier == target);
                if let Some((_, origin)) = origin {
                    let problem = Problem::PathTwice(target, origin.clone());
                    self.faults.push(Fault { place: Place::file(path), problem });
                } else {
                    self.origins.push((target.clone(), path.to_owned()));
                    self.tree.insert(target, file);
                }
            }
            Err(fault) => self.faults.push(fault),
        }
    }

    fn render_file(
        &self,
        target: &str,
        path: &str,
        file: &template::File,
    ) -> Result<(String, File), Fault> {
        let contents = if self.rendered.contains(target) {
            let text = str::from_utf8(&file.contents)
                .map_err(|_| Fault { place: Place::file(path), problem: Problem::NotUtf8 })?;
            self.text(text, path)?.into_bytes()
        } else {
            file.contents.to_vec()
        };
        let components: Result<Vec<String>, Fault> =
            target.split('/').map(|component| self.component(component, path)).collect();
        let target = components?.join("/");
        if target.split('/').next() == Some(RECORD_FOLDER) {
            return Err(Fault { place: Place::file(path), problem: Problem::Reserved(target) });
        }
        Ok((target, File { contents, executable: file.executable }))
    }

    fn component(&self, component: &str, path: &str) -> Result<String, Fault> {
        let rendered = self.text(component, path)?;
        let problem = if rendered.is_empty() {
            Problem::EmptyComponent(component.to_owned())
        } else if rendered == ".." || rendered == "." || rendered.contains('/') {
            Problem::LeavesTree(rendered)
        } else if !is_portable(&rendered) {
            Problem::NotPortable(rendered)
        } else {
            return Ok(rendered);
        };
        Err(Fault { place: Place::file(path), problem })
    }

    fn text(&self, text: &str, path: &str) -> Result<String, Fault> {
        let parsed = self.engine.parse(text).and_then(|parsed| parsed.render(&self.variables));
        parsed.map_err(|error| {
            let (at, reason) = explain(&error);
            let place = Place { file: path.to_owned(), at };
            Fault { place, problem: Problem::Liquid(reason) }
        })
    }

    fn finish(mut self) -> Result<Tree, Vec<Fault>> {
        for path in self.tree.files_as_folders() {
            let problem = Problem::FileAndFolder(path.to_owned());
            self.faults.push(Fault { place: Place::file(path), problem });
        }
        if self.faults.is_empty() { Ok(self.tree) } else { Err(self.faults) }
    }
}

/// Tells whether all systems take the component as it is; cargo-generate would change others in silence.
fn is_portable(component: &str) -> bool {
    let illegal = |c: char| c.is_control() || "<>:\"\\|?*".contains(c);
    let stem = component.split('.').next().unwrap_or_default();
    component.len() <= 255
        && !component.contains(illegal)
        && !component.ends_with(['.', ' '])
        && !is_device(stem)
}
