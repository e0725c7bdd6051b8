//! What somebody does to a project while it is being changed. Where no run of the program can be stopped
//! for it, the transaction itself is asked.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Child;
use std::thread;

use firstlight::interrupt::Interrupt;
use firstlight::merge::Change;
use firstlight::record::RECORD;
use firstlight::transaction::{self, Error, Title};
use firstlight::tree::{File, Tree};
use firstlight::worktree::Worktree;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::life::{Life, read};

/// Makes a project of two files and a record.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".firstlight")).unwrap();
    for path in ["a.txt", "z.txt", RECORD] {
        fs::write(folder.path().join(path), "old\n").unwrap();
    }
    folder
}

fn file() -> File {
    File { contents: "new\n".into(), executable: false }
}

/// Writes these files and the record, unless they are other ones than those that were seen.
fn change(root: &Path, seen: &Worktree, paths: &[&str]) -> Result<(), Error> {
    let changes: BTreeMap<String, Change> =
        paths.iter().map(|path| ((*path).to_owned(), Change::Write(file()))).collect();
    let mut own = Tree::default();
    own.insert(RECORD.to_owned(), file());
    let title = Title { command: "update", before: "old".to_owned(), after: "new".to_owned() };
    transaction::run(root, seen, &changes, &own, &title, &Interrupt::listen().unwrap())
}

#[test]
fn what_is_edited_after_it_was_merged_is_not_overwritten() {
    let project = project();
    let root = project.path();
    let paths = ["a.txt", "sub/new.txt", "z.txt"];
    let edits: [fn(&Path); 4] = [
        |root| fs::write(root.join("z.txt"), "mine\n").unwrap(),
        |root| fs::remove_file(root.join("z.txt")).unwrap(),
        |root| fs::write(root.join("sub"), "mine\n").unwrap(),
        |root| std::os::unix::fs::symlink(".", root.join("sub")).unwrap(),
    ];
    for edit in edits {
        let project = self::project();
        let root = project.path();
        let seen = Worktree::of(root, paths).unwrap();
        edit(root);
        let now = read(root);
        let error = change(root, &seen, &paths).unwrap_err();
        assert!(matches!(error, Error::Edited(_)), "{error}");
        assert_eq!(read(root), now);
    }
    change(root, &Worktree::of(root, paths).unwrap(), &paths).unwrap();
}

#[test]
fn a_failure_in_the_middle_puts_back_what_was_replaced_and_touches_nothing_else() {
    let project = project();
    let root = project.path();
    // The second needs a folder where the first is by then.
    let paths = ["a.txt", "sub", "sub/new.txt", "z.txt"];
    let seen = Worktree::of(root, paths).unwrap();
    let before = read(root);
    let file = |path: &str| root.join(path).metadata().unwrap().ino();
    let (replaced, untouched) = (file("a.txt"), ["z.txt", RECORD].map(file));
    // A number that is free is given to the next file: this one is not free before the test ends.
    let _still_there = fs::File::open(root.join("a.txt")).unwrap();
    let error = change(root, &seen, &paths).unwrap_err();
    assert!(matches!(error, Error::Obstructed(..)), "{error}");
    assert_eq!(read(root), before);
    assert_ne!(file("a.txt"), replaced, "the failure was not in the middle");
    assert_eq!(["z.txt", RECORD].map(file), untouched);
}

#[test]
fn what_is_edited_while_files_are_being_replaced_stays_and_the_others_are_put_back() {
    let names: Vec<String> = (0..100).map(|number| format!("{number:02}.txt")).collect();
    let files = |text| names.iter().map(|name| (name.as_str(), text)).collect::<Vec<_>>();
    let life = Life::new(&files("old\n"));
    life.release("0.2.0", &files("new\n"));
    let before = life.files();
    for _ in 0..100 {
        let mut child = life.run("update").start();
        while life.read("00.txt") == "old\n" && child.try_wait().unwrap().is_none() {
            thread::yield_now();
        }
        let has_ended = child.try_wait().unwrap().is_some();
        if !has_ended {
            stop(&child);
        }
        // Whatever it does at the moment, it has to come to the last one yet.
        let is_between = life.read("00.txt") == "new\n" && life.read("98.txt") == "old\n";
        if is_between {
            life.write("99.txt", "mine\n");
        }
        if !has_ended {
            kill_process(Pid::from_child(&child), Signal::CONT).unwrap();
        }
        let done = child.wait_with_output().unwrap();
        if is_between {
            let said = "error: `one/99.txt` has just been changed\n\nhint: nothing was changed: run the command again\n";
            assert_eq!(String::from_utf8_lossy(&done.stderr), said);
            assert_eq!(life.read("99.txt"), "mine\n");
            life.write("99.txt", "old\n");
            assert_eq!(life.files(), before);
            return;
        }
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        life.run("undo").outcome().exits(0);
    }
    panic!("no run was stopped while it was replacing files");
}

/// Stops a process, and waits until it is stopped or has ended.
fn stop(child: &Child) {
    let process = Pid::from_child(child);
    kill_process(process, Signal::STOP).unwrap();
    let options = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(process), options).unwrap();
}
