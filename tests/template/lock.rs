//! `template/Cargo.lock.liquid` gives every combination the lock that cargo would.

mod package;
mod weave;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use firstlight::answers::{Answers, Value};
use firstlight::template::Template;

use self::package::Lock;
use self::weave::weave;
use crate::support::{combinations, embedded, files, is_blessing, render, root, write};

const TEMPLATE: &str = "template/Cargo.lock.liquid";

/// Sorts between the names of the dependencies, so that the place of the project's block is tested.
const NAME: &str = "probe-service";

#[test]
fn the_lock_is_exact_for_every_combination() {
    let template = embedded();
    if is_blessing() {
        bless(&template);
        return;
    }
    assert!(root().join(TEMPLATE).exists(), "{TEMPLATE} is missing: run `make lock`");
    for answers in combinations(&template, NAME) {
        assert_exact(&template, &answers);
    }
}

#[test]
fn the_lock_is_exact_whatever_the_project_is_called() {
    if is_blessing() {
        return;
    }
    let template = embedded();
    // Before and after all others, before the last, where another name begins like it, and where none
    // has the letter.
    for name in ["aaa", "zzz", "zn", "toki", "tokio-x", "foldhasg", "kiosk"] {
        assert_exact(&template, &combinations(&template, name)[0]);
    }
}

/// Checks that cargo accepts the rendered lock as it is, and would not write another one.
fn assert_exact(template: &Template, answers: &Answers) {
    let rendered = files(&render(template, answers));
    let folder = tempfile::tempdir().unwrap();
    write(&rendered, folder.path());
    let before =
        rendered.get("Cargo.lock").map(|(_, contents)| contents.clone()).unwrap_or_default();
    let before = String::from_utf8(before).unwrap();
    let hint = "run `make lock`, and build again";
    let result = cargo(folder.path(), &["update", "--workspace", "--locked"]);
    assert!(result.is_ok(), "{answers:?}: {}\n{hint}", result.unwrap_err());
    cargo(folder.path(), &["update", "--workspace"]).unwrap();
    let after = fs::read_to_string(folder.path().join("Cargo.lock")).unwrap();
    assert_eq!(before, after, "{answers:?}: cargo would write another lock: {hint}");
}

/// Resolves every combination from the woven lock as it is, and weaves it anew.
fn bless(template: &Template) {
    let combinations = combinations(template, NAME);
    let mut union = Lock::default();
    for answers in &combinations {
        let rendered = render(template, answers);
        if let Some(lock) = rendered.get("Cargo.lock") {
            union.merge(&Lock::parse(str::from_utf8(&lock.contents).unwrap()));
        }
    }
    // The second round shows every combination what the others chose in the first.
    let mut locks = Vec::new();
    for _ in 0..2 {
        locks.clear();
        for answers in &combinations {
            let lock = resolve(template, answers, &union);
            union.merge(&lock);
            locks.push(lock);
        }
    }
    assert_agreement(&combinations, &locks);
    let values: Vec<BTreeMap<String, Value>> =
        combinations.iter().map(|answers| relevant(template, answers)).collect();
    let woven = weave(NAME, &values, &locks);
    let path = root().join(TEMPLATE);
    if fs::read_to_string(&path).is_ok_and(|present| present == woven) {
        return;
    }
    fs::write(path, woven).unwrap();
}

/// Keeps the answers that conditions can be made of.
fn relevant(template: &Template, answers: &Answers) -> BTreeMap<String, Value> {
    let finite = |name: &str| template.manifest.placeholder(name).unwrap().domain().is_some();
    answers.values.clone().into_iter().filter(|(name, _)| finite(name)).collect()
}

fn resolve(template: &Template, answers: &Answers, start: &Lock) -> Lock {
    let folder = tempfile::tempdir().unwrap();
    let mut rendered = files(&render(template, answers));
    rendered.insert("Cargo.lock".to_owned(), (false, start.to_string().into_bytes()));
    write(&rendered, folder.path());
    cargo(folder.path(), &["update", "--workspace"]).unwrap();
    Lock::parse(&fs::read_to_string(folder.path().join("Cargo.lock")).unwrap())
}

/// Fails if one combination has `1.2.3` of a package where another one has `1.2.4`.
fn assert_agreement(combinations: &[Answers], locks: &[Lock]) {
    for (answers, lock) in combinations.iter().zip(locks) {
        for (others, other) in combinations.iter().zip(locks) {
            let differs = lock.incompatible_choice(other);
            assert_eq!(differs, None, "{answers:?} and {others:?} choose differently");
        }
    }
}

fn cargo(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}
