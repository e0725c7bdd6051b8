//! Whether the code of all projects is as rustfmt writes it.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::Project;
use crate::error::Failure;
use crate::fault::{Fault, Place, Problem};
use crate::interrupt::Interrupt;
use crate::manifest;
use crate::render::origin;
use crate::rustfmt::{self, Editions, Remark, What};
use crate::template::Template;
use crate::tree::{File, Tree};

/// Is how many projects one rustfmt looks at.
const TOGETHER: usize = 64;

/// Lists where the template's code is not formatted, by its own lines, each of them once.
///
/// # Errors
/// Fails if somebody wants the process to end.
pub fn check(
    template: &Template,
    projects: &[Project],
    interrupt: &Interrupt,
) -> Result<Vec<Fault>, Failure> {
    let mut known = BTreeSet::new();
    let mut faults: Vec<Fault> = Vec::new();
    for projects in projects.chunks(TOGETHER) {
        let (tree, files) = gather(projects, &mut known);
        if files.is_empty() {
            continue;
        }
        match rustfmt::check(&tree, &files, interrupt) {
            Ok(remarks) => {
                let found =
                    remarks.into_iter().filter_map(|remark| fault(template, projects, remark));
                for fault in found {
                    if !faults.iter().any(|other| is_same(other, &fault)) {
                        faults.push(fault);
                    }
                }
            }
            Err(rustfmt::Error::Interrupted(interrupted)) => return Err(interrupted.into()),
            Err(error) => {
                faults.push(unknown(error.to_string(), error.remedy()));
                break;
            }
        }
    }
    Ok(faults)
}

/// Is a file with all that decides about its format: the settings, the edition, its path, its contents.
type Known<'p> = (Vec<(&'p str, &'p [u8])>, String, &'p str, &'p [u8]);

/// Puts projects into one tree, each in a folder with its number, and lists the files that are not
/// known yet, by their edition.
///
/// Those that are known are empty lines in the tree: it is enough that `mod` finds them.
fn gather<'p>(
    projects: &'p [Project],
    known: &mut BTreeSet<Known<'p>>,
) -> (Tree, BTreeMap<String, Vec<String>>) {
    let mut tree = Tree::default();
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (number, project) in projects.iter().enumerate() {
        let editions = Editions::of(&project.tree);
        let mut own = Tree::default();
        let mut is_known = true;
        let settings = project.tree.iter().filter(|(path, _)| rustfmt::is_settings(path));
        let settings: Vec<_> = settings.map(|(path, file)| (path, &*file.contents)).collect();
        for (path, file) in project.tree.iter() {
            let placed = format!("{number}/{path}");
            if rustfmt::is_settings(path) {
                own.insert(placed, file.clone());
            } else if rustfmt::is_code(path) {
                let edition = editions.edition(path).to_owned();
                let key = (settings.clone(), edition.clone(), path, &*file.contents);
                let is_new = known.insert(key);
                let contents = if is_new { file.contents.clone() } else { "\n".into() };
                own.insert(placed.clone(), File { contents, executable: false });
                if is_new {
                    is_known = false;
                    files.entry(edition).or_default().push(placed);
                }
            }
        }
        if !is_known {
            tree = tree.with(own);
        }
    }
    (tree, files)
}

/// Turns what rustfmt says about a project into what is wrong with the template.
fn fault(template: &Template, projects: &[Project], remark: Remark) -> Option<Fault> {
    let Some((path, line)) = remark.at else {
        let What::Refused(why) = remark.what else { return None };
        return Some(unknown(why, "correct the code, or what the tags leave of it"));
    };
    let (number, path) = path.split_once('/')?;
    let project = projects.get(number.parse::<usize>().ok()?)?;
    let contents = &project.tree.get(path)?.contents;
    let place = origin(template, &project.answers, path, contents, line);
    let problem = match remark.what {
        What::Differs => Problem::Unformatted(project.label()),
        What::Refused(why) => Problem::NotRust(why, project.label()),
    };
    Some(Fault { place, problem })
}

/// Tells whether two faults are one: what is wrong with a line is so in each project that has it.
fn is_same(one: &Fault, other: &Fault) -> bool {
    let is_of_line = matches!(one.problem, Problem::Unformatted(_) | Problem::NotRust(..));
    one == other || is_of_line && one.place == other.place
}

fn unknown(why: String, remedy: &'static str) -> Fault {
    let place = Place::file(manifest::FILE_NAME);
    Fault { place, problem: Problem::FormatUnknown(why, remedy) }
}
