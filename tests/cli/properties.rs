//! What holds for the merge and for transactions whatever the trees and the edits are.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use firstlight::interrupt::Interrupt;
use firstlight::merge::{Change, Labels, Merged, Sides, besides, merge};
use firstlight::transaction::{self, Title, Undo};
use firstlight::tree::{File, Tree};
use firstlight::worktree::{Place, Worktree};
use proptest::prelude::*;
use semver::Version;

use crate::life::read;

/// Lists the paths of all trees: some are files in one tree and folders in another.
const PATHS: [&str; 7] = ["a", "b", "b/c", "d/e", "d/f", "d/f/g", "h"];

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Is a text of lines that no other text has, or some bytes that are none.
fn contents(author: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let line = move |number: u32| format!("{author} {number}");
    let text = (prop::collection::vec(any::<u32>(), 0..8), any::<bool>()).prop_map(
        move |(numbers, end)| {
            let lines: Vec<String> = numbers.into_iter().map(line).collect();
            lines.join("\n") + if end { "\n" } else { "" }
        },
    );
    let binary = any::<u8>().prop_map(|byte| vec![0, byte]);
    prop_oneof![9 => text.prop_map(String::into_bytes), 1 => binary]
}

fn file(author: &'static str) -> impl Strategy<Value = File> {
    (contents(author), any::<bool>())
        .prop_map(|(contents, executable)| File { contents: contents.into(), executable })
}

/// Makes a tree of what is given for each path; a folder wins over a file of the same path.
fn tree_of(files: Vec<Option<File>>) -> Tree {
    let mut tree = Tree::default();
    for (path, file) in PATHS.into_iter().zip(files) {
        if let Some(file) = file {
            tree.insert(path.to_owned(), file);
        }
    }
    let blocked: Vec<String> = tree.files_as_folders().map(str::to_owned).collect();
    for path in blocked {
        tree.remove(&path);
    }
    tree
}

fn tree() -> impl Strategy<Value = Tree> {
    let file = prop::option::weighted(0.6, file("base"));
    prop::collection::vec(file, PATHS.len()).prop_map(tree_of)
}

/// Is what somebody does to a file.
#[derive(Debug, Clone)]
enum Edit {
    None,
    Insert(usize, u32),
    Replace(usize, u32),
    Cut(usize),
    Write(File),
    Delete,
    Mode,
    Convert,
}

fn edit(author: &'static str) -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => Just(Edit::None),
        3 => (0..9_usize, any::<u32>()).prop_map(|(at, number)| Edit::Insert(at, number)),
        3 => (0..9_usize, any::<u32>()).prop_map(|(at, number)| Edit::Replace(at, number)),
        2 => (0..9_usize).prop_map(Edit::Cut),
        2 => file(author).prop_map(Edit::Write),
        1 => Just(Edit::Delete),
        1 => Just(Edit::Mode),
        1 => Just(Edit::Convert),
    ]
}

fn edits(author: &'static str) -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec(edit(author), PATHS.len())
}

fn edited(tree: &Tree, author: &str, edits: &[Edit]) -> Tree {
    let apply = |(path, edit): (&str, &Edit)| {
        let was = tree.get(path).cloned();
        match (edit, was) {
            (Edit::Write(file), _) => Some(file.clone()),
            (Edit::Delete, _) | (_, None) => None,
            (Edit::None, was) => was,
            (Edit::Mode, Some(was)) => Some(File { executable: !was.executable, ..was }),
            (edit, Some(was)) => {
                let contents = retouched(&was.contents, author, edit).into();
                Some(File { contents, ..was })
            }
        }
    };
    tree_of(PATHS.into_iter().zip(edits).map(apply).collect())
}

fn retouched(contents: &[u8], author: &str, edit: &Edit) -> Vec<u8> {
    let Ok(text) = str::from_utf8(contents) else { return contents.to_vec() };
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let count = lines.len();
    match edit {
        Edit::Insert(at, number) => lines.insert(at % (count + 1), format!("{author} {number}\n")),
        Edit::Replace(at, number) if count > 0 => {
            lines[at % count] = format!("{author} {number}\n");
        }
        Edit::Cut(at) if count > 0 => drop(lines.remove(at % count)),
        Edit::Convert if !text.contains('\r') => return text.replace('\n', "\r\n").into_bytes(),
        _ => {}
    }
    lines.concat().into_bytes()
}

/// Looks at a tree as at a folder.
fn worktree(tree: &Tree, paths: &[&str]) -> Worktree {
    let mut worktree = Worktree::default();
    for path in paths {
        let above = path.match_indices('/').map(|(end, _)| &path[..end]);
        let blocked = above.clone().find(|above| tree.get(above).is_some());
        let inside = format!("{path}/");
        let inside: Vec<String> = tree
            .iter()
            .filter(|(other, _)| other.starts_with(&inside))
            .map(|(other, _)| other.to_owned())
            .collect();
        let place = match (tree.get(path), blocked) {
            (Some(file), _) => Place::File(file.clone()),
            (None, Some(above)) => Place::Blocked(above.to_owned()),
            (None, None) if !inside.is_empty() => Place::Folder(inside),
            (None, None) => Place::Nothing,
        };
        worktree.put((*path).to_owned(), place);
    }
    worktree
}

fn merged(baseline: &Tree, ours: &Tree, theirs: &Tree) -> Merged {
    merged_and_seen(baseline, ours, theirs).0
}

fn merged_and_seen(baseline: &Tree, ours: &Tree, theirs: &Tree) -> (Merged, Worktree) {
    let labels = Labels::of_versions(&Version::new(0, 1, 0), &Version::new(0, 2, 0));
    let paths: BTreeSet<&str> =
        baseline.iter().chain(theirs.iter()).map(|(path, _)| path).collect();
    let paths: Vec<&str> = paths.into_iter().collect();
    let beside = besides(&paths, &worktree(ours, &paths), &labels.suffix);
    let all: Vec<&str> = paths.iter().copied().chain(beside.iter().map(String::as_str)).collect();
    let ours = worktree(ours, &all);
    let sides =
        Sides { baseline, ours: &ours, theirs, labels: &labels, seeded: &[], reseed: false };
    (merge(&sides), ours)
}

fn applied(tree: &Tree, merged: &Merged) -> Tree {
    let mut tree = tree.clone();
    merged.apply_to(&mut tree);
    tree
}

fn lines(contents: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(contents);
    text.lines().map(|line| line.trim_end_matches('\r').to_owned()).collect()
}

fn all_lines(tree: &Tree) -> BTreeSet<String> {
    tree.iter().flat_map(|(_, file)| lines(&file.contents)).collect()
}

/// Numbers the lines of a file, and puts an edit of its own at some of them.
fn numbered(edits: &[Option<u32>], side: bool) -> String {
    let line = |(index, edit): (usize, &Option<u32>)| match edit {
        // Neighbours of the other side's edits stay as they are: a third of the lines is for each.
        Some(number) if index % 4 == if side { 0 } else { 2 } => format!("edit {side} {number}\n"),
        _ => format!("line {index}\n"),
    };
    edits.iter().enumerate().map(line).collect()
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn a_template_that_did_not_change_changes_nothing(base in tree(), edits in edits("mine")) {
        let ours = edited(&base, "mine", &edits);
        let merged = merged(&base, &ours, &base);
        prop_assert!(merged.changes.is_empty() && merged.outcomes.is_empty(), "{merged:#?}");
    }

    #[test]
    fn a_project_that_nobody_edited_becomes_what_the_template_renders(base in tree(), edits in edits("theirs")) {
        let theirs = edited(&base, "theirs", &edits);
        let merged = merged(&base, &base, &theirs);
        prop_assert!(!merged.has_conflicts(), "{merged:#?}");
        prop_assert_eq!(applied(&base, &merged), theirs);
    }

    #[test]
    fn edits_that_do_not_overlap_never_conflict_and_both_survive(
        edits in prop::collection::vec(prop::option::of(any::<u32>()), 0..60),
    ) {
        let none = vec![None; edits.len()];
        let file = |text: String| {
            tree_of(vec![Some(File { contents: text.into(), executable: false })])
        };
        let (base, ours, theirs) =
            (file(numbered(&none, true)), file(numbered(&edits, true)), file(numbered(&edits, false)));
        let merged = merged(&base, &ours, &theirs);
        prop_assert!(!merged.has_conflicts(), "{merged:#?}");
        let mut expected: BTreeSet<String> = all_lines(&ours).union(&all_lines(&theirs)).cloned().collect();
        let gone = |line: &String| !all_lines(&ours).contains(line) || !all_lines(&theirs).contains(line);
        expected.retain(|line| line.starts_with("edit") || !gone(line));
        prop_assert_eq!(all_lines(&applied(&ours, &merged)), expected);
    }

    #[test]
    fn no_line_of_yours_is_lost_and_no_line_of_the_template_without_a_conflict(
        base in tree(), mine in edits("mine"), new in edits("theirs"),
    ) {
        let (ours, theirs) = (edited(&base, "mine", &mine), edited(&base, "theirs", &new));
        let merged = merged(&base, &ours, &theirs);
        let result = all_lines(&applied(&ours, &merged));
        for line in all_lines(&ours).iter().filter(|line| line.starts_with("mine")) {
            prop_assert!(result.contains(line), "{line} is lost: {merged:#?}");
        }
        for line in all_lines(&theirs).iter().filter(|line| line.starts_with("theirs")) {
            prop_assert!(result.contains(line), "{line} is lost: {merged:#?}");
        }
        // A line that somebody took away does not come back.
        if !merged.has_conflicts() {
            for (path, was) in base.iter() {
                let (Some(mine), Some(new)) = (ours.get(path), theirs.get(path)) else { continue };
                let Some(file) = merged.changes.get(path).and_then(Change::file) else { continue };
                let kept: BTreeSet<String> =
                    lines(&mine.contents).intersection(&lines(&new.contents)).cloned().collect();
                let found = lines(&file.contents);
                for line in lines(&was.contents).difference(&kept) {
                    prop_assert!(!found.contains(line), "{line} is back in {path}: {merged:#?}");
                }
            }
        }
    }

    #[test]
    fn a_merge_is_the_same_on_every_run_and_what_it_leaves_alone_stays(
        base in tree(), mine in edits("mine"), new in edits("theirs"),
    ) {
        let (ours, theirs) = (edited(&base, "mine", &mine), edited(&base, "theirs", &new));
        let first = merged(&base, &ours, &theirs);
        prop_assert_eq!(&first, &merged(&base, &ours, &theirs));
        for (path, change) in &first.changes {
            // Your own files, and those that only you edited.
            let own = base.get(path).is_none() && ours.get(path).is_some() && theirs.get(path).is_none();
            let alone = base.get(path) == theirs.get(path) && base.get(path).is_some();
            prop_assert!(!own && !alone, "{path} is written: {change:?}");
        }
    }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn undo_after_an_update_is_the_identity_to_the_byte(
        base in tree(), mine in edits("mine"), new in edits("theirs"), modes in prop::collection::vec(0..3_usize, PATHS.len()),
    ) {
        let (ours, theirs) = (edited(&base, "mine", &mine), edited(&base, "theirs", &new));
        let (merged, seen) = merged_and_seen(&base, &ours, &theirs);
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, &ours, &modes);
        let before = read(root);
        let mut own = Tree::default();
        let record = File { contents: "new".into(), executable: false };
        own.insert(firstlight::record::RECORD.to_owned(), record);
        let title = Title { command: "update", before: "old".to_owned(), after: "new".to_owned() };
        let interrupt = Interrupt::listen().unwrap();
        transaction::run(root, &seen, &merged.changes, &own, &title, &interrupt).unwrap();
        let expected = applied(&ours, &merged);
        for (path, file) in expected.iter() {
            let found = fs::read(root.join(path)).unwrap();
            prop_assert_eq!(&found, &file.contents, "{}", path);
            let mode = root.join(path).metadata().unwrap().permissions().mode();
            prop_assert_eq!(mode & 0o100 != 0, file.executable, "{}", path);
        }
        let files = read(root).into_keys().filter(|path| !path.ends_with('/'));
        let files = files.filter(|path| !path.starts_with(".firstlight/"));
        prop_assert_eq!(files.count(), expected.iter().count());
        Undo::open(root).unwrap().run(root, false).unwrap();
        prop_assert_eq!(read(root), before);
        prop_assert!(Undo::open(root).is_err());
    }
}

fn write(root: &Path, tree: &Tree, modes: &[usize]) {
    fs::create_dir(root.join(".firstlight")).unwrap();
    fs::write(root.join(firstlight::record::RECORD), "old").unwrap();
    for ((path, file), mode) in tree.iter().zip(modes) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &file.contents).unwrap();
        let mode = [0o644, 0o600, 0o664][*mode] | if file.executable { 0o100 } else { 0 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let folder = [0o755, 0o700, 0o750][mode as usize % 3];
        if path.parent() != Some(root) {
            fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(folder))
                .unwrap();
        }
    }
}
