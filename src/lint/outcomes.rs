//! What becomes of each file with every answer that it depends on.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::branches::Branches;
use crate::answers::Answers;
use crate::answers::space::{self, Values};
use crate::engine::Engine;
use crate::fault::{Fault, Place, Problem};
use crate::manifest::{Manifest, Placeholder};
use crate::markup::{self, Token};
use crate::name::Name;
use crate::patterns::Rendered;
use crate::render;
use crate::template::Template;

/// Lists what only a look at all answers shows: conditions that never or always hold, what fails to
/// render with some answers, and choices that make no difference.
pub fn check(template: &Template, engine: &Engine) -> Vec<Fault> {
    let mut outcomes = Outcomes {
        manifest: &template.manifest,
        engine,
        name: Name::parse("user-service").expect("it is one"),
        differ: BTreeSet::new(),
        faults: Vec::new(),
    };
    outcomes.conditions();
    for (target, path, file) in template.sources() {
        // A file that is no text has no tags, and depends on the conditions alone.
        let text = str::from_utf8(&file.contents).unwrap_or_default();
        outcomes.text(Text::of_file(&template.manifest, target, text), |offset| {
            Place::offset(path, text, offset)
        });
    }
    for step in &template.manifest.next_steps {
        outcomes.text(Text::new("", &step.text), |_| step.place.clone());
    }
    outcomes.choices();
    outcomes.faults
}

struct Outcomes<'t> {
    manifest: &'t Manifest,
    engine: &'t Engine,
    name: Name,
    /// The pairs of values that some text tells apart: placeholder, first and second value.
    differ: BTreeSet<(String, String, String)>,
    faults: Vec<Fault>,
}

/// Is a text with tags, in its contents or its path, and what it depends on.
struct Text<'t> {
    target: &'t str,
    contents: &'t str,
    names: BTreeSet<String>,
    literals: Vec<String>,
}

/// Is what a text becomes: path and contents, or nothing.
type Outcome<'t> = Option<(Cow<'t, str>, Cow<'t, str>)>;

impl<'t> Text<'t> {
    fn new(target: &'t str, contents: &'t str) -> Self {
        let mut names = BTreeSet::new();
        let mut literals = Vec::new();
        for markup in [target, contents].into_iter().flat_map(|text| markup::scan(text).0) {
            for (_, token) in markup.tokens {
                match token {
                    Token::Name(name) => drop(names.insert(name.to_owned())),
                    Token::Text(text) => literals.push(text.to_owned()),
                    Token::Number | Token::Sign(_) => {}
                }
            }
        }
        Self { target, contents, names, literals }
    }

    fn of_file(manifest: &Manifest, target: &'t str, contents: &'t str) -> Self {
        let mut text = Self::new(target, contents);
        for (condition, rules) in &manifest.conditional {
            let ignores = rules.ignore.iter().any(|entry| render::covers(&entry.text, target));
            if ignores || rules.include.is_some() || rules.exclude.is_some() {
                space::mentions(condition, &mut text.names);
                text.literals.extend(space::literals(condition));
            }
        }
        text
    }
}

impl Outcomes<'_> {
    fn conditions(&mut self) {
        let rules = self.manifest.conditional.iter();
        let rules = rules.filter_map(|(condition, rules)| Some((condition, rules.when.as_ref()?)));
        let checks = self.manifest.checks.iter().filter_map(|check| check.when.as_ref());
        for (condition, when) in rules.chain(checks.map(|(condition, when)| (condition, when))) {
            let mut names = BTreeSet::new();
            space::mentions(condition, &mut names);
            let literals = space::literals(condition);
            let Some(all) = space::assignments(self.manifest, &names, &literals) else {
                self.faults.push(when.fault(Problem::TooManyAnswers));
                continue;
            };
            let holding = all.iter().filter(|values| condition.holds(values)).count();
            if holding == 0 {
                self.faults.push(when.fault(Problem::NeverHolds(when.text.clone())));
            } else if holding == all.len() {
                self.faults.push(when.fault(Problem::AlwaysHolds(when.text.clone())));
            }
        }
    }

    /// Renders a text with every answer that it depends on.
    fn text(&mut self, mut text: Text<'_>, place: impl Fn(usize) -> Place) {
        text.names.retain(|name| self.manifest.placeholder(name).is_some());
        let Some(all) = space::assignments(self.manifest, &text.names, &text.literals) else {
            self.too_many(&text.names);
            self.fault_once(Fault { place: place(0), problem: Problem::TooManyAnswers });
            return;
        };
        let is_answer = |name: &str| self.manifest.placeholder(name).is_some();
        let branches = Branches::new(text.contents, is_answer);
        let marked = branches.as_ref().and_then(|own| self.engine.parse(&own.marked).ok());
        let parsed = [text.target, text.contents].map(|text| self.engine.parse(text));
        let [Ok(path), Ok(contents)] = parsed else { return };
        let mut outcomes = Vec::new();
        let mut reached = Vec::new();
        let mut failed = false;
        for values in all {
            let answers = Answers { name: self.name.clone(), values };
            let Some(rendered) = is_rendered(self.manifest, text.target, &answers.values) else {
                outcomes.push((answers.values, None));
                continue;
            };
            let variables = render::variables(&answers);
            let path = path.render(&variables).map_err(|(_, problem)| (0, problem));
            let contents = if rendered { contents.render(&variables) } else { Ok(Cow::default()) };
            match path.and_then(|path| Ok((path, contents?))) {
                Ok(outcome) => outcomes.push((answers.values, Some(outcome))),
                Err((offset, problem)) => {
                    failed = true;
                    self.fault_once(Fault { place: place(offset), problem });
                }
            }
            if rendered {
                reached.extend(marked.as_ref().and_then(|text| text.render(&variables).ok()));
            }
        }
        // What fails to render has other worries than its branches.
        if let Some(branches) = branches.as_ref().filter(|_| !failed) {
            let found = branches.problems(&reached);
            self.faults
                .extend(found.map(|(offset, problem)| Fault { place: place(offset), problem }));
        }
        self.compare(&text.names, &outcomes);
    }

    fn fault_once(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Gives the benefit of the doubt to a text that depends on more than can be looked at.
    fn too_many(&mut self, names: &BTreeSet<String>) {
        for name in space::closure(self.manifest, names) {
            for (first, second) in self.pairs(&name) {
                self.differ.insert((name.clone(), first, second));
            }
        }
    }

    /// Notes which values of each placeholder lead to different outcomes, all else being equal.
    fn compare(&mut self, names: &BTreeSet<String>, outcomes: &[(Values, Outcome<'_>)]) {
        for name in space::closure(self.manifest, names) {
            let mut by_value: BTreeMap<String, BTreeSet<(Values, &Outcome<'_>)>> = BTreeMap::new();
            for (values, outcome) in outcomes {
                let Some(value) = values.get(&name) else { continue };
                let mut others = values.clone();
                others.retain(|other, _| !self.depends(other, &name));
                by_value.entry(value.to_string()).or_default().insert((others, outcome));
            }
            for (first, second) in self.pairs(&name) {
                if by_value.get(&first) != by_value.get(&second) {
                    self.differ.insert((name.clone(), first, second));
                }
            }
        }
    }

    /// Tells whether one placeholder is another, or is only asked for because of it.
    fn depends(&self, name: &str, other: &str) -> bool {
        space::closure(self.manifest, &BTreeSet::from([name.to_owned()])).contains(other)
    }

    fn pairs(&self, name: &str) -> Vec<(String, String)> {
        let domain = self.manifest.placeholder(name).and_then(Placeholder::domain);
        let domain: Vec<String> = domain.iter().flatten().map(ToString::to_string).collect();
        let pairs = domain.iter().enumerate().flat_map(|(index, second)| {
            domain[..index].iter().map(move |first| (first.clone(), second.clone()))
        });
        pairs.collect()
    }

    fn choices(&mut self) {
        for placeholder in &self.manifest.placeholders {
            let name = &placeholder.name;
            let mut told = BTreeSet::new();
            for (first, second) in self.pairs(name) {
                let pair = (name.clone(), first, second);
                // One word for each choice is enough.
                if !self.differ.contains(&pair) && told.insert(pair.2.clone()) {
                    let problem = Problem::SameProject(pair.0, pair.1, pair.2);
                    self.faults.push(Fault { place: placeholder.place.clone(), problem });
                }
            }
        }
    }
}

/// Tells whether a file is rendered or copied; none if it is left out.
fn is_rendered(manifest: &Manifest, target: &str, values: &Values) -> Option<bool> {
    let rules = render::rules(manifest, values);
    if render::is_ignored(&rules, target) {
        return None;
    }
    let rendered = Rendered::new(rules.iter().copied());
    Some(rendered.is_ok_and(|rendered| rendered.contains(target)))
}
