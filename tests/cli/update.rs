//! `firstlight update`, when both sides agree or can be merged.

use std::fs::{self, File};

use serde_json::{Value as Json, json};

use crate::life::Life;
use crate::support::Scene;

const NUMBERS: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";

#[test]
fn a_newer_template_is_merged_and_told() {
    let life = Life::new(&[("a.txt", NUMBERS), ("b.txt", "b\n"), ("old.txt", "old\n")]);
    life.write("a.txt", NUMBERS.replace("two", "TWO"));
    life.write("mine.txt", "mine\n");
    let five = NUMBERS.replace("five", "FIVE");
    life.release("0.2.0", &[("a.txt", &five), ("b.txt", "B\n"), ("sub/new.txt", "new\n")]);
    life.scene.write("CHANGELOG.md", "## 0.2.0\n\n- Five is larger.\n\n## 0.1.0\n\n- First.\n");
    let outcome = life.update();
    let template = life.scene.path("template").canonicalize().unwrap();
    let said = format!(
        "\
Brought `one` from the template `{0}` 0.1.0 to the template `{0}` 0.2.0.

What changed and why:

## 0.2.0

- Five is larger.

Next:
  firstlight undo   # takes it back, as long as you have not edited the same files
",
        template.display()
    );
    let printed = "\
merged    a.txt
updated   b.txt
removed   old.txt
added     sub/new.txt
";
    outcome.exits(0).prints(printed).says(&said);
    assert_eq!(life.read("a.txt"), NUMBERS.replace("two", "TWO").replace("five", "FIVE"));
    assert_eq!(life.read("b.txt"), "B\n");
    assert_eq!(life.read("sub/new.txt"), "new\n");
    assert_eq!(life.read("mine.txt"), "mine\n");
    assert!(!life.exists("old.txt"));
    assert!(life.read(".firstlight/record.toml").contains("version = \"0.2.0\""));
    assert!(!life.exists(".firstlight/staging") && !life.exists(".firstlight/pending.tar.zst"));
}

#[test]
fn several_versions_are_merged_at_once() {
    let life = Life::new(&[("a.txt", NUMBERS)]);
    life.write("a.txt", format!("{NUMBERS}mine\n"));
    for (version, text) in [("0.2.0", "ONE"), ("0.10.0", "1")] {
        life.release(version, &[("a.txt", &NUMBERS.replace("one", text))]);
    }
    life.scene.write("CHANGELOG.md", "## 0.10.0\n- ten\n## 0.2.0\n- two\n## 0.1.0\n- one\n");
    let outcome = life.update();
    outcome.exits(0).prints("merged    a.txt\n");
    assert!(outcome.stderr.contains("## 0.10.0\n- ten\n\n## 0.2.0\n- two\n\nNext:"), "{outcome:?}");
    assert_eq!(life.read("a.txt"), format!("{}mine\n", NUMBERS.replace("one", "1")));
}

#[test]
fn without_anything_new_nothing_changes_to_the_byte() {
    let life = Life::new(&[("a.txt", NUMBERS)]);
    life.write("a.txt", "mine\n");
    let before = life.files();
    let outcome = life.update();
    outcome.exits(0).prints("");
    assert!(outcome.stderr.starts_with("Nothing to do: `one` has the template"), "{outcome:?}");
    assert_eq!(life.files(), before);
}

#[test]
fn a_version_alone_goes_into_the_record() {
    let life = Life::new(&[("a.txt", "a\n")]);
    life.release("0.1.1", &[("a.txt", "a\n")]);
    life.update().exits(0).prints("");
    assert!(life.read(".firstlight/record.toml").contains("version = \"0.1.1\""));
}

#[test]
fn a_template_that_changed_within_a_version_is_merged_by_its_contents() {
    let life = Life::new(&[("a.txt", "a\n")]);
    life.release("0.1.0", &[("a.txt", "A\n")]);
    life.update().exits(0).prints("updated   a.txt\n");
    assert_eq!(life.read("a.txt"), "A\n");
}

#[test]
fn there_is_no_way_down() {
    let life = Life::new(&[("a.txt", "a\n")]);
    life.release("0.0.9", &[("a.txt", "A\n")]);
    let before = life.files();
    for line in ["update", "update --dry-run", "diff --template"] {
        let outcome = life.run(line).outcome();
        outcome.exits(1).prints("");
        assert!(outcome.stderr.contains("error: the project is on version 0.1.0"), "{outcome:?}");
    }
    assert_eq!(life.files(), before);
    let outcome = life.run("status --check").outcome();
    outcome.exits(0).prints("");
    assert!(outcome.stderr.contains("is 0.0.9, older than the project's 0.1.0"), "{outcome:?}");
    assert!(!outcome.stderr.contains("firstlight update"), "{outcome:?}");
}

#[test]
fn a_dry_run_tells_the_same_and_writes_nothing() {
    let life = Life::new(&[("a.txt", "a\n")]);
    life.release("0.2.0", &[("a.txt", "A\n"), ("b.txt", "b\n")]);
    let before = life.files();
    let outcome = life.run("update --dry-run").outcome();
    outcome.exits(0).prints("updated   a.txt\nadded     b.txt\n");
    assert!(outcome.stderr.contains("Nothing was written."), "{outcome:?}");
    assert!(outcome.stderr.ends_with("Next:\n  the same without `--dry-run`\n"), "{outcome:?}");
    assert_eq!(life.files(), before);
    life.write("a.txt", "mine\n");
    life.run("update --dry-run").outcome().exits(3);
}

#[test]
fn the_outcome_is_told_to_programs_as_json() {
    let life = Life::new(&[("a.txt", "a\n"), ("b.txt", "b\n")]);
    life.write("a.txt", "mine\n");
    life.release("0.2.0", &[("a.txt", "A\n"), ("b.txt", "B\n")]);
    life.scene.write("CHANGELOG.md", "## 0.2.0\n- upper case\n");
    let outcome = life.run("update --json").outcome();
    outcome.exits(3);
    let json: Json = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(
        json["files"],
        json!([
            { "path": "a.txt", "outcome": "conflict", "conflict": "lines", "from": null, "beside": null },
            { "path": "b.txt", "outcome": "updated", "conflict": null, "from": null, "beside": null },
        ])
    );
    assert_eq!((&json["changed"], &json["conflicts"]), (&json!(true), &json!(true)));
    assert_eq!(json["from"]["version"], "0.1.0");
    assert_eq!(json["template"]["version"], "0.2.0");
    assert_eq!(
        json["changelog"],
        json!([{ "version": "0.2.0", "text": "## 0.2.0\n- upper case" }])
    );
}

#[test]
fn the_project_is_the_one_around_the_current_folder() {
    let life = Life::new(&[("sub/a.txt", "a\n")]);
    let template = life.scene.path("template").canonicalize().unwrap();
    life.release("0.2.0", &[("sub/a.txt", "A\n")]);
    let words = ["-C", "one/sub", crate::support::PROGRAM, "update", "--template"];
    let mut command = std::process::Command::new("env");
    command.args(words).arg(template).current_dir(life.scene.path(""));
    assert!(command.output().unwrap().status.success());
    assert_eq!(life.read("sub/a.txt"), "A\n");
}

#[test]
fn executable_bits_follow_the_template_unless_you_changed_them() {
    let names = ["stays", "becomes", "loses", "mine"];
    let files = names.map(|name| (name, "text\n"));
    let life = Life::new(&files);
    life.set_mode("one/stays", 0o600);
    life.set_mode("one/becomes", 0o640);
    life.set_mode("one/mine", 0o755);
    life.release("0.2.0", &names.map(|name| (name, "other\n")));
    life.set_mode("template/becomes", 0o755);
    life.update().exits(0);
    let modes = names.map(|name| life.mode(name));
    assert_eq!((modes[0], modes[1], modes[3]), (0o600, 0o750, 0o755));
    assert_eq!(modes[2] & 0o111, 0);
    // The mode alone is a change, too.
    life.release("0.3.0", &names.map(|name| (name, "other\n")));
    life.update().exits(0).prints("updated   becomes\n");
    assert_eq!((life.mode("becomes"), life.mode("mine")), (0o640, 0o755));
}

#[test]
fn a_checkout_with_other_line_endings_merges_as_if_they_were_not_edited() {
    let life = Life::new(&[("a.txt", NUMBERS), ("b.txt", NUMBERS), ("c.txt", NUMBERS)]);
    let converted = |text: &str| text.replace('\n', "\r\n");
    life.write("a.txt", converted(NUMBERS));
    life.write("b.txt", converted(&NUMBERS.replace("two", "TWO")));
    life.write("c.txt", converted(NUMBERS));
    life.run("status --check").outcome().exits(3).prints("edited    b.txt\n");
    let new = NUMBERS.replace("five", "FIVE");
    life.release("0.2.0", &[("a.txt", &new), ("b.txt", &new)]);
    life.update().exits(0).prints("updated   a.txt\nmerged    b.txt\nremoved   c.txt\n");
    assert_eq!(life.read("a.txt"), converted(&new));
    assert_eq!(life.read("b.txt"), converted(&new.replace("two", "TWO")));
    life.release("0.3.0", &[("a.txt", NUMBERS), ("b.txt", &new.replace("two", "2"))]);
    life.update().exits(3);
    let text = life.read("b.txt");
    assert!(text.contains("<<<<<<< yours\r\nTWO\r\n||||||| template 0.2.0\r\ntwo\r\n"), "{text:?}");
}

#[test]
fn a_missing_line_break_at_the_end_stays_missing() {
    let life = Life::new(&[("a.txt", "one\ntwo\nthree"), ("b.txt", "one\ntwo\nthree\n")]);
    life.write("a.txt", "ONE\ntwo\nthree");
    life.write("b.txt", "one\ntwo\nthree");
    life.release("0.2.0", &[("a.txt", "one\ntwo\nTHREE"), ("b.txt", "ONE\ntwo\nthree\n")]);
    life.update().exits(0);
    assert_eq!(life.read("a.txt"), "ONE\ntwo\nTHREE");
    assert_eq!(life.read("b.txt"), "ONE\ntwo\nthree");
}

#[test]
fn a_renamed_file_takes_your_edits_along() {
    let life = Life::new(&[("a.txt", NUMBERS), ("b.txt", "other\n"), ("gone.txt", NUMBERS)]);
    life.write("a.txt", NUMBERS.replace("one", "ONE"));
    life.remove("gone.txt");
    let five = NUMBERS.replace("five", "FIVE");
    life.release("0.2.0", &[("sub/a.txt", &five), ("b.txt", "other\n")]);
    let outcome = life.update();
    outcome.exits(0).prints("merged    a.txt -> sub/a.txt\n");
    assert_eq!(life.read("sub/a.txt"), five.replace("one", "ONE"));
    assert!(!life.exists("a.txt"));
}

#[test]
fn a_renamed_file_keeps_its_mode() {
    let life = Life::new(&[("a.txt", NUMBERS), ("run.sh", NUMBERS), ("b.bin", "\0\nb\n")]);
    life.write("b.bin", "\0\nmine\n");
    for path in ["one/a.txt", "one/run.sh", "one/b.bin"] {
        life.set_mode(path, 0o600);
    }
    let before = life.files();
    let files = [("sub/a.txt", NUMBERS), ("sub/run.sh", NUMBERS), ("sub/b.bin", "\0\nb\nB\n")];
    life.release("0.2.0", &files);
    life.set_mode("template/sub/run.sh", 0o755);
    life.update().exits(3);
    let modes = ["sub/a.txt", "sub/run.sh", "sub/b.bin"].map(|path| life.mode(path));
    assert_eq!(modes, [0o600, 0o700, 0o600]);
    life.run("undo").outcome().exits(0);
    assert_eq!(life.files(), before);
}

#[test]
fn a_file_can_become_a_folder_and_a_folder_a_file() {
    let life = Life::new(&[("a", "a\n"), ("b/c", "c\n"), ("b/d", "d\n")]);
    life.release("0.2.0", &[("a/x", "first\n"), ("b", "second\n")]);
    life.update().exits(0);
    assert_eq!((life.read("a/x"), life.read("b")), ("first\n".to_owned(), "second\n".to_owned()));
    life.run("undo").outcome().exits(0);
    assert_eq!((life.read("a"), life.read("b/d")), ("a\n".to_owned(), "d\n".to_owned()));
}

#[test]
fn a_folder_that_is_empty_goes_and_one_with_your_files_stays() {
    let life = Life::new(&[("a/b/c.txt", "c\n"), ("d/e.txt", "e\n"), ("f", "f\n")]);
    life.write("d/mine.txt", "mine\n");
    life.release("0.2.0", &[("f", "f\n")]);
    life.update().exits(0);
    assert!(!life.exists("a"));
    assert_eq!(life.read("d/mine.txt"), "mine\n");
}

#[test]
fn what_belongs_to_you_is_not_touched_again() {
    let seeded = "seeded = [\"migrations\"]";
    let old = [("migrations/1.sql", "1\n"), ("migrations/2.sql", "2\n"), ("a.txt", "a\n")];
    let life = Life::with_manifest(seeded, &old);
    life.write("migrations/2.sql", "mine\n");
    let new = [("migrations/1.sql", "one\n"), ("migrations/3.sql", "3\n"), ("a.txt", "a\n")];
    life.release_with_manifest("0.2.0", seeded, &new);
    let outcome = life.update();
    outcome.exits(0).prints("kept      migrations/1.sql\nadded     migrations/3.sql\n");
    assert_eq!(life.read("migrations/1.sql"), "1\n");
    assert_eq!(life.read("migrations/2.sql"), "mine\n");
    assert_eq!(life.read("migrations/3.sql"), "3\n");
    let outcome = life.run("status --check").outcome();
    outcome.exits(0).prints("");
    let said = "Files: 2 seeded (yours alone), 1 unchanged.\n";
    assert!(outcome.stderr.ends_with(said), "{outcome:?}");
}

#[test]
fn two_runs_do_not_change_a_project_at_once() {
    let life = Life::new(&[("a.txt", "a\n")]);
    life.release("0.2.0", &[("a.txt", "A\n")]);
    let lock = File::open(life.scene.path("one/.firstlight")).unwrap();
    lock.try_lock().unwrap();
    for line in ["update", "set a=b", "undo"] {
        let outcome = life.run(line).outcome();
        outcome.exits(1);
        assert!(
            outcome.stderr.starts_with("error: another firstlight is changing `one`"),
            "{outcome:?}"
        );
    }
    drop(lock);
    life.update().exits(0);
}

#[test]
fn what_is_no_project_or_a_damaged_one_is_refused() {
    let scene = Scene::new();
    for line in ["status", "diff", "update", "set a=b", "undo"] {
        let outcome = scene.run(line).outcome();
        outcome.exits(2).prints("");
        assert!(outcome.stderr.contains("is a project of firstlight"), "{outcome:?}");
    }
    let life = Life::new(&[("a.txt", "a\n")]);
    let record = life.read(".firstlight/record.toml");
    let baseline = fs::read(life.scene.path("one/.firstlight/baseline.tar.zst")).unwrap();
    for (path, contents, said) in [
        ("record.toml", b"no record".to_vec(), "cannot be read"),
        (
            "record.toml",
            record.replace("schema = 1", "schema = 2").into_bytes(),
            "has the schema 2",
        ),
        ("baseline.tar.zst", [&baseline[..], b"x"].concat(), "is not the one that"),
    ] {
        life.write(&format!(".firstlight/{path}"), contents);
        let before = life.files();
        for line in ["status", "diff", "update --template template"] {
            let outcome = life.run(line).outcome();
            outcome.exits(1).prints("");
            assert!(outcome.stderr.contains(said), "{outcome:?}");
        }
        assert_eq!(life.files(), before);
        life.write(".firstlight/record.toml", &record);
        life.write(".firstlight/baseline.tar.zst", &baseline);
    }
    life.remove(".firstlight/baseline.tar.zst");
    let outcome = life.run("update --template template").outcome();
    outcome.exits(1);
    assert!(outcome.stderr.contains("baseline.tar.zst` is missing"), "{outcome:?}");
}

#[test]
fn a_template_that_is_gone_is_an_error_and_no_obstacle_to_a_status() {
    let life = Life::new(&[("a.txt", "a\n")]);
    life.write("a.txt", "mine\n");
    fs::rename(life.scene.path("template"), life.scene.path("moved")).unwrap();
    let outcome = life.update();
    outcome.exits(2);
    assert!(outcome.stderr.contains("there is no template folder"), "{outcome:?}");
    life.run("status").outcome().exits(0).prints("edited    a.txt\n");
    life.run("update --template moved").outcome().exits(0);
}
