//! Files that the template has renamed: told by what is in them, as git does.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Sides;
use crate::record::is_seeded;
use crate::worktree::Place;

/// Is how much of the larger file has to be in the other, in hundredths: git's measure.
const SIMILAR: usize = 50;

/// Pairs files that are gone from the template with files that are new in it, the most similar first.
/// Equal similarity is decided by the name of the file, and then by the order of the paths. What the user
/// deleted was moved only if it has the same name: anything else is as likely a new file.
pub fn find<'s>(sides: &Sides<'s>) -> Vec<(&'s str, &'s str)> {
    let is_candidate = |path: &&str| !is_seeded(sides.seeded, path);
    let gone: Vec<&str> = sides
        .baseline
        .iter()
        .map(|(path, _)| path)
        .filter(|path| sides.theirs.get(path).is_none())
        .filter(is_candidate)
        .filter(|path| matches!(sides.ours.at(path), Place::File(_) | Place::Nothing))
        .collect();
    let new: Vec<&str> = sides
        .theirs
        .iter()
        .map(|(path, _)| path)
        .filter(|path| sides.baseline.get(path).is_none())
        .filter(is_candidate)
        .filter(|path| *sides.ours.at(path) == Place::Nothing)
        .collect();
    let mut pairs = Vec::new();
    let prints = |tree: &'s crate::tree::Tree, paths: &[&'s str]| -> Vec<Print> {
        let contents = |path: &&str| tree.get(path).map_or(&[][..], |file| &file.contents);
        paths.iter().map(|path| Print::of(contents(path))).collect()
    };
    let (old_prints, new_prints) = (prints(sides.baseline, &gone), prints(sides.theirs, &new));
    for (from, old) in gone.iter().zip(&old_prints) {
        let is_deleted = *sides.ours.at(from) == Place::Nothing;
        for (to, new) in new.iter().zip(&new_prints) {
            let has_other_name = name(from) != name(to);
            let similarity = old.similarity(new);
            if similarity >= SIMILAR && !(is_deleted && has_other_name) {
                pairs.push((std::cmp::Reverse(similarity), has_other_name, *from, *to));
            }
        }
    }
    pairs.sort_unstable();
    let (mut sources, mut targets) = (BTreeSet::new(), BTreeSet::new());
    let mut chosen = Vec::new();
    for (_, _, from, to) in pairs {
        if !sources.contains(from) && !targets.contains(to) {
            sources.insert(from);
            targets.insert(to);
            chosen.push((from, to));
        }
    }
    chosen.sort_unstable();
    chosen
}

fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Is what a file holds: how many bytes of which line.
struct Print {
    bytes: usize,
    lines: BTreeMap<u64, usize>,
}

impl Print {
    fn of(contents: &[u8]) -> Self {
        let mut lines = BTreeMap::new();
        for line in contents.split_inclusive(|byte| *byte == b'\n') {
            let mut hasher = DefaultHasher::new();
            line.hash(&mut hasher);
            *lines.entry(hasher.finish()).or_default() += line.len();
        }
        Self { bytes: contents.len(), lines }
    }

    /// Gives the share of the larger file that both have, in hundredths; empty files are like none.
    fn similarity(&self, other: &Self) -> usize {
        let larger = self.bytes.max(other.bytes);
        if larger == 0 || self.bytes.min(other.bytes) * 100 < larger * SIMILAR {
            return 0;
        }
        let shared = |(line, bytes): (&u64, &usize)| {
            other.lines.get(line).map_or(0, |others| (*bytes).min(*others))
        };
        self.lines.iter().map(shared).sum::<usize>() * 100 / larger
    }
}
