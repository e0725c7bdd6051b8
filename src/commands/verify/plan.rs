//! Which projects are checked, and how.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::Path;

use super::earlier::Earlier;
use super::keep;
use crate::answers::Answers;
use crate::checks::{self, Cache, Job, Toolchains};
use crate::cli::{Vcs, Verify};
use crate::combinations::{self, Combinations, Wanted};
use crate::error::{Complaint, Failure, Kind};
use crate::fault::{Fault, Place, Problem, nearest};
use crate::interrupt::{Interrupt, Interrupted};
use crate::manifest::{self, Check, Manifest};
use crate::name::Name;
use crate::render::render;
use crate::template::Template;
use crate::tree::Tree;
use crate::ui::Ui;
use crate::{dependencies, invocation, shell};

/// Is a name that no package has.
const OTHER_NAME: &str = "a-project-that-is-a-sample";

/// Is what a run does.
#[derive(Debug)]
pub struct Plan {
    /// The projects, in the order in which they are checked.
    pub projects: Vec<Project>,
    /// How many combinations of choices there are, if they can be counted.
    pub possible: Option<usize>,
    /// What is covered.
    covered: String,
    /// How many projects are as they were, and since when.
    as_before: Option<(usize, String)>,
}

/// Is one combination, rendered.
#[derive(Debug)]
pub struct Project {
    pub answers: Answers,
    pub tree: Tree,
    pub checks: Vec<Check>,
    /// The command that makes it, and names in a variable where.
    pub command: String,
    /// Where the command puts it, as a word for the shell.
    pub folder: String,
    /// Why it cannot be updated, and so has nothing to check.
    pub obstacle: Option<Complaint>,
}

/// Reads which combinations are wanted.
pub fn wanted(arguments: &Verify, manifest: &Manifest) -> Result<Wanted, Failure> {
    let mut only: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut problems = Vec::new();
    for given in &arguments.only {
        let (name, value) = given.split_once('=').unwrap_or((given, ""));
        let Some(placeholder) = manifest.placeholder(name) else {
            let known = manifest.placeholders.iter().map(|known| known.name.as_str());
            let hint = match nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`firstlight options` lists what the template asks for".to_owned(),
            };
            let message = format!("the template has no placeholder `{name}`");
            problems.push(Complaint::new(&message, hint));
            continue;
        };
        match placeholder.accept(value) {
            Ok(value) => only.entry(name.to_owned()).or_default().push(value),
            Err(expected) => {
                let message = format!("`--only {name}` cannot be `{value}`");
                problems.push(Complaint::new(&message, format!("give {expected}")));
            }
        }
    }
    if !problems.is_empty() {
        return Err(Failure { kind: Kind::Usage, problems });
    }
    let strength = (!arguments.all).then_some(usize::from(arguments.strength));
    Ok(Wanted { strength, only, name: arguments.name.clone() })
}

impl Plan {
    /// Renders what is wanted, or tells what only some answers show to be wrong with the template.
    pub fn new(
        template: &Template,
        wanted: &Wanted,
        interrupt: &Interrupt,
    ) -> Result<Result<Self, Vec<Fault>>, Failure> {
        let Combinations { answers, possible } = combinations::choose(&template.manifest, wanted)?;
        let mut projects = Vec::new();
        let mut faults = Vec::new();
        for answers in answers {
            interrupt.check()?;
            match Project::new(template, answers) {
                Ok(project) => projects.push(project),
                Err(found) => faults.extend(found),
            }
        }
        if !faults.is_empty() {
            return Ok(Err(faults));
        }
        let covered = match wanted.strength {
            None => "every combination of choices".to_owned(),
            Some(1) => "every choice".to_owned(),
            Some(2) => "every pair of choices".to_owned(),
            Some(strength) => format!("every {strength} choices together"),
        };
        Ok(Ok(Self { projects: in_order(projects), possible, covered, as_before: None }))
    }

    /// Lists what is not checked, though nobody has asked for that.
    pub fn gaps(&self, manifest: &Manifest, wanted: &Wanted) -> Vec<Fault> {
        let mut gaps = Vec::new();
        let without = self.projects.iter().filter(|project| project.checks.is_empty());
        let without: Vec<&Project> = without.collect();
        if let Some(first) = without.first() {
            let all = without.len() == self.projects.len();
            let which = if all { "any project".to_owned() } else { first.label() };
            let place = Place::file(manifest::FILE_NAME);
            gaps.push(Fault { place, problem: Problem::Unchecked(which) });
        }
        // Whoever narrows the choice down has chosen.
        let checks = manifest.checks.iter().filter(|_| wanted.only.is_empty());
        for check in checks {
            let mut planned = self.projects.iter().flat_map(|project| &project.checks);
            if let Some((_, when)) = &check.when
                && !planned.any(|planned| planned.name == check.name)
            {
                gaps.push(when.fault(Problem::CheckNotPlanned(check.name.clone())));
            }
        }
        gaps
    }

    /// Leaves out the projects that are as they were at a revision.
    ///
    /// # Errors
    /// Fails if somebody wants the process to end.
    pub fn since(
        &mut self,
        earlier: &Earlier,
        revision: &str,
        interrupt: &Interrupt,
    ) -> Result<(), Interrupted> {
        let all = std::mem::take(&mut self.projects);
        let count = all.len();
        for project in all {
            interrupt.check()?;
            let lines = |checks: &[Check]| checks.iter().map(Check::line).collect::<Vec<_>>();
            let is_as_it_was = earlier.render(&project.answers).is_some_and(|(tree, checks)| {
                tree == project.tree && lines(&checks) == lines(&project.checks)
            });
            if !is_as_it_was {
                self.projects.push(project);
            }
        }
        self.as_before = Some((count - self.projects.len(), revision.to_owned()));
        Ok(())
    }

    /// Says what will be checked and with which commands.
    pub fn say(&self, ui: &Ui) {
        let unchanged = self.as_before.as_ref().map_or(0, |(unchanged, _)| *unchanged);
        let count = match self.projects.len() + unchanged {
            1 => "1 project has".to_owned(),
            count => format!("{count} projects have"),
        };
        let of = match self.possible {
            Some(1) => "1 combination".to_owned(),
            Some(possible) => format!("{possible} combinations"),
            None => format!("more than {} combinations", combinations::MOST),
        };
        ui.say(&format!("{count} {}, out of {of}.", self.covered));
        if let Some((unchanged, revision)) = &self.as_before {
            ui.say(&format!("{unchanged} of them are as they were at `{revision}`."));
        }
        let mut said: Vec<(&str, String)> = Vec::new();
        for check in self.projects.iter().flat_map(|project| &project.checks) {
            let line = (check.name.as_str(), check.line());
            if !said.contains(&line) {
                said.push(line);
            }
        }
        if !said.is_empty() {
            ui.say("Each has to pass:");
        }
        let width = said.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, line) in said {
            ui.say(&format!("  {name:<width$}  {line}"));
        }
    }

    /// Makes the jobs; what fails is kept in a folder, if there is one for it.
    pub fn jobs(self, cache: &Cache, kept: Option<&Path>) -> Vec<Job> {
        let mut toolchains = Toolchains::new(cache.probe());
        let job = |(index, project): (usize, Project)| {
            let Project { tree, mut checks, obstacle, .. } = project;
            if obstacle.is_some() {
                checks.clear();
            }
            let with_key = |check: Check| {
                let key = checks::key(&check, &tree, toolchains.describe(&tree, &check));
                (check, key)
            };
            let checks = checks.into_iter().map(with_key).collect();
            Job { index, tree, checks, place: kept.map(|folder| keep::place(folder, index)) }
        };
        self.projects.into_iter().enumerate().map(job).collect()
    }
}

impl Project {
    fn new(template: &Template, mut answers: Answers) -> Result<Self, Vec<Fault>> {
        let mut tree = render(template, &answers)?;
        if dependencies::check_name(&tree, &answers.name).is_err() {
            answers.name = Name::parse(OTHER_NAME).expect("it is one");
            tree = render(template, &answers)?;
        }
        // A folder of its own each time: projects take turns with few names.
        let folder = format!("\"$made\"/{}", answers.name);
        let command = invocation::new(template, &folder, &answers, Some(Vcs::None));
        let command = command.map(|command| format!("made=$(mktemp -d) && {command}"));
        let command = command.unwrap_or_else(|| "the template's path is not UTF-8".to_owned());
        let checks = checks::of(&template.manifest, &answers, &tree);
        Ok(Self { answers, tree, checks, command, folder, obstacle: None })
    }

    /// Names the combination for people.
    pub fn label(&self) -> String {
        let mut label = self.answers.name.to_string();
        for (name, value) in &self.answers.values {
            label += &format!(" {name}={}", shell::quote(&value.to_string()));
        }
        label
    }

    /// Gives the command that makes the project and repeats a check.
    pub fn reproduce(&self, check: &Check) -> String {
        format!("{} && {}", self.command, self.repeat(check))
    }

    /// Gives the command that repeats a check in the project, and does not stay there.
    pub fn repeat(&self, check: &Check) -> String {
        format!("(cd {} && {})", self.folder, check.line())
    }
}

/// Puts next to each other what shares most, so that cargo finds most of it compiled.
fn in_order(projects: Vec<Project>) -> Vec<Project> {
    let outlines: Vec<Outline<'_>> =
        projects.iter().map(|project| outline(&project.tree)).collect();
    let cost = |a: usize, b: usize| difference(&outlines[a], &outlines[b]);
    let order = combinations::chain(projects.len(), cost);
    let mut projects: Vec<Option<Project>> = projects.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| projects[at].take()).collect()
}

/// Is what a tree's files are hashed to, and how long they are, by path.
type Outline<'t> = BTreeMap<&'t str, (u64, usize)>;

fn outline(tree: &Tree) -> Outline<'_> {
    let hash = BuildHasherDefault::<DefaultHasher>::default();
    tree.iter()
        .map(|(path, file)| {
            (path, (hash.hash_one((file.executable, &file.contents)), file.contents.len()))
        })
        .collect()
}

/// Tells how many bytes of one tree are in files that the other has not.
fn difference(left: &Outline<'_>, right: &Outline<'_>) -> usize {
    let alone = |left: &Outline<'_>, right: &Outline<'_>| -> usize {
        let differing = left.iter().filter(|(path, file)| right.get(*path) != Some(*file));
        differing.map(|(_, (_, length))| length).sum()
    };
    alone(left, right) + alone(right, left)
}
