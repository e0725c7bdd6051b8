//! `firstlight status` and `firstlight diff`.

use std::fs;
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::life::Life;
use crate::support::clean;

const OLD: [(&str, &str); 7] = [
    ("both.txt", "1\n"),
    ("changed.txt", "4\n"),
    ("deleted.txt", "2\n"),
    ("edited.txt", "3\n"),
    ("removed.txt", "5\n"),
    ("same.txt", "6\n"),
    ("unchanged.txt", "7\n"),
];

fn drifted() -> Life {
    let life = Life::new(&OLD);
    for path in ["both.txt", "edited.txt", "own.txt"] {
        life.write(path, "mine\n");
    }
    life.write("same.txt", "new\n");
    life.remove("deleted.txt");
    let mut new = OLD.to_vec();
    new.retain(|(path, _)| *path != "removed.txt");
    for (path, contents) in &mut new {
        if ["both.txt", "changed.txt", "same.txt"].contains(path) {
            *contents = "new\n";
        }
    }
    new.push(("added.txt", "new\n"));
    life.release("0.2.0", &new);
    life
}

#[test]
fn every_file_is_compared_three_ways() {
    let life = drifted();
    let before = life.files();
    let outcome = life.run("status").outcome();
    let printed = "\
added     added.txt
both      both.txt
changed   changed.txt
deleted   deleted.txt
edited    edited.txt
removed   removed.txt
";
    outcome.exits(0).prints(printed);
    let template = life.scene.path("template").canonicalize().unwrap();
    let said = format!(
        "\
`one` is on the template `{}` 0.1.0; 0.2.0 is available.
Files: 1 edited by you, 1 deleted by you, 1 changed by the template, 1 added by the template, \
1 removed by the template, 1 changed by both, 2 unchanged.

Next:
  firstlight diff --template   # what an update would bring
  firstlight update
",
        template.display()
    );
    outcome.says(&said);
    life.run("status --check").outcome().exits(3).prints(printed);
    assert_eq!(life.files(), before);
}

#[test]
fn nothing_has_drifted_in_a_new_project() {
    let life = Life::new(&OLD);
    let outcome = life.run("status --check").outcome();
    outcome.exits(0).prints("");
    assert!(outcome.stderr.ends_with("which is the newest.\nFiles: 7 unchanged.\n"), "{outcome:?}");
    life.run("diff").outcome().exits(0).prints("").says("");
    life.run("diff --template").outcome().exits(0).prints("").says("");
    // A newer version is drift, even if it renders the same.
    life.release("0.2.0", &OLD);
    life.run("status --check").outcome().exits(3).prints("");
}

#[test]
fn the_drift_is_told_to_programs_as_json() {
    let life = drifted();
    let outcome = life.run("status --json").outcome();
    outcome.exits(0);
    let json: Json = serde_json::from_str(&outcome.stdout).unwrap();
    let both =
        json!({ "path": "both.txt", "state": "both", "yours": "edited", "template": "edited" });
    assert!(json["files"].as_array().unwrap().contains(&both), "{json}");
    assert_eq!(
        (&json["template"]["version"], &json["available"]["version"]),
        (&json!("0.1.0"), &json!("0.2.0"))
    );
    assert_eq!((&json["drift"], &json["unresolved"]), (&json!(true), &json!([])));
    let outcome = life.run("diff --json").outcome();
    let json: Json = serde_json::from_str(&outcome.stdout).unwrap();
    let patch = "diff --git a/edited.txt b/edited.txt\n--- a/edited.txt\n+++ b/edited.txt\n@@ -1 +1 @@\n-3\n+mine\n";
    let edited =
        json!({ "path": "edited.txt", "change": "edited", "binary": false, "patch": patch });
    assert!(json["files"].as_array().unwrap().contains(&edited), "{json}");
}

fn apply(folder: &std::path::Path, patch: &str) {
    fs::write(folder.join("../patch"), patch).unwrap();
    let mut command = Command::new("git");
    clean(&mut command);
    command.args(["apply", "../patch"]).current_dir(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}\n{patch}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn git_applies_your_edits_to_a_new_project() {
    let old =
        [("a b.txt", "one\n\ntwo"), ("sub/gone.txt", "x\n"), ("run.sh", "run\n"), ("empty", "")];
    let life = Life::new(&old);
    life.write("a b.txt", "one\n\nTWO\n");
    life.write("empty", "filled");
    life.remove("sub/gone.txt");
    fs::remove_dir(life.scene.path("one/sub")).unwrap();
    life.set_mode("one/run.sh", 0o755);
    let outcome = life.run("diff").outcome();
    outcome.exits(0).says("");
    life.scene.run("new two/one --template template --yes --vcs none").outcome().exits(0);
    apply(&life.scene.path("two/one"), &outcome.stdout);
    let mut files = crate::life::read(&life.scene.path("two/one"));
    // What `write` in this test makes has the mode of files that are no programs.
    files.retain(|path, _| !path.starts_with(".firstlight"));
    let mut mine = life.files();
    mine.retain(|path, _| !path.starts_with(".firstlight"));
    assert_eq!(files, mine);
}

#[test]
fn git_applies_what_an_update_would_bring() {
    let life = drifted();
    let outcome = life.run("diff --template").outcome();
    outcome.exits(0).says("");
    let other = life.scene.path("copy");
    let copied = Command::new("cp").arg("-a").arg(life.scene.path("one")).arg(&other).status();
    assert!(copied.unwrap().success());
    apply(&other, &outcome.stdout);
    life.update().exits(3);
    let without_own = |folder: &str| {
        let mut files = crate::life::read(&life.scene.path(folder));
        files.retain(|path, _| !path.starts_with(".firstlight"));
        files
    };
    assert_eq!(without_own("copy"), without_own("one"));
}

#[test]
fn what_is_no_text_is_named_only() {
    let life = Life::new(&[("a.bin", "\0one")]);
    life.write("a.bin", "\0two");
    let patch = "diff --git a/a.bin b/a.bin\nBinary files a/a.bin and b/a.bin differ\n";
    life.run("diff").outcome().exits(0).prints(patch);
}

#[test]
fn another_template_can_be_compared_with() {
    let life = Life::new(&[("a.txt", "a\n")]);
    let other = "[template]\nfmt = false\n[firstlight]\nversion = \"0.1.0\"\n";
    life.scene.write("other/cargo-generate.toml", other);
    life.scene.write("other/a.txt", "b\n");
    life.run("status --template other").outcome().exits(0).prints("changed   a.txt\n");
    for line in ["diff --template other", "diff --template=other"] {
        let patch = "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-a\n+b\n";
        life.run(line).outcome().exits(0).prints(patch);
    }
}
