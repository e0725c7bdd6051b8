//! `firstlight undo`, and transactions that fail.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::life::{Life, read};
use crate::support::clean;

/// Makes an update that writes, removes, renames, makes a folder and conflicts.
fn updated() -> (Life, crate::life::Files) {
    let old = [
        ("a.txt", "a\n"),
        ("run.sh", "run\n"),
        ("sub/gone.txt", "gone\n"),
        ("c.txt", "c\n"),
        ("kept/d.txt", "d\n"),
    ];
    let life = Life::new(&old);
    life.set_mode("one/run.sh", 0o750);
    life.set_mode("one/a.txt", 0o600);
    life.set_mode("one/sub", 0o700);
    life.write("c.txt", "mine\n");
    let before = life.files();
    let new = [
        ("a.txt", "A\n"),
        ("run.sh", "RUN\n"),
        ("x/y/new.txt", "new\n"),
        ("c.txt", "C\n"),
        ("kept/d.txt", "D\n"),
    ];
    life.release("0.2.0", &new);
    life.update().exits(3);
    assert!(!life.exists("sub"));
    (life, before)
}

#[test]
fn what_was_comes_back_to_the_byte_and_once() {
    let (life, before) = updated();
    let outcome = life.run("undo").outcome();
    let printed = "\
removed   x/y/new.txt
restored  a.txt
restored  c.txt
restored  kept/d.txt
restored  run.sh
restored  sub/gone.txt
";
    let mut lines: Vec<&str> = outcome.stdout.lines().collect();
    lines.sort_unstable();
    outcome.exits(0);
    assert_eq!(lines, printed.lines().collect::<Vec<_>>());
    assert!(outcome.stderr.starts_with("Took back the `update` from the template"), "{outcome:?}");
    assert_eq!(life.files(), before);
    let outcome = life.run("undo").outcome();
    outcome.exits(1).prints("").says("error: there is nothing to undo\n");
}

#[test]
fn a_link_or_a_folder_that_has_come_to_the_place_of_a_file_stays() {
    for kind in ["a link", "a link to a folder", "a folder"] {
        for place in ["a.txt", "x/y/new.txt", "sub/gone.txt"] {
            let (life, _) = updated();
            if life.exists(place) {
                life.remove(place);
            }
            let path = life.scene.path("one").join(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match kind {
                "a link" => symlink("elsewhere", &path).unwrap(),
                "a link to a folder" => symlink(life.scene.path("template"), &path).unwrap(),
                _ => life.write(&format!("{place}/mine.txt"), "mine\n"),
            }
            let what = kind.strip_suffix(" to a folder").unwrap_or(kind);
            refuses(&life, &format!("error: `one/{place}` is {what}"));
        }
    }
}

#[test]
fn no_link_above_a_file_is_followed() {
    // In these folders there are a file that goes, one that comes back, and one that is replaced.
    for folder in ["x", "x/y", "sub", "kept", ".firstlight"] {
        let (life, _) = updated();
        let path = life.scene.path("one").join(folder);
        let outside = life.scene.path("outside");
        match folder {
            "sub" => fs::create_dir(&outside).unwrap(),
            _ => fs::rename(&path, &outside).unwrap(),
        }
        symlink(&outside, &path).unwrap();
        let there = read(&outside);
        refuses(&life, &format!("error: `one/{folder}` is a link\n"));
        assert_eq!(read(&outside), there);
    }
}

/// Checks that no form of an undo goes on, and that nothing changes.
#[track_caller]
fn refuses(life: &Life, said: &str) {
    let now = life.files();
    for line in ["undo", "undo --force", "undo --dry-run --force"] {
        let outcome = life.run(line).outcome();
        outcome.exits(1).prints("");
        assert!(outcome.stderr.starts_with(said), "{said} {outcome:?}");
        assert!(outcome.stderr.contains("\n\nhint: nothing was changed: move it"), "{outcome:?}");
        assert_eq!(life.files(), now);
    }
}

#[test]
fn what_was_edited_since_is_not_thrown_away_unasked() {
    let (life, before) = updated();
    life.write("a.txt", "mine since\n");
    life.write("x/y/mine.txt", "mine\n");
    let now = life.files();
    for line in ["undo", "undo --dry-run"] {
        let outcome = life.run(line).outcome();
        outcome.exits(1).prints("");
        let said = "error: files have changed since: `a.txt`\n\nhint: nothing was changed:";
        assert!(outcome.stderr.starts_with(said), "{outcome:?}");
        assert_eq!(life.files(), now);
    }
    life.run("undo --force").outcome().exits(0);
    assert_eq!(life.read("x/y/mine.txt"), "mine\n");
    fs::remove_dir_all(life.scene.path("one/x")).unwrap();
    assert_eq!(life.files(), before);
}

#[test]
fn a_dry_run_and_json_tell_what_would_come_back() {
    let (life, _) = updated();
    let now = life.files();
    let outcome = life.run("undo --dry-run --json").outcome();
    outcome.exits(0);
    let json: Json = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((&json["command"], &json["dry_run"]), (&json!("update"), &json!(true)));
    let files = json["files"].as_array().unwrap();
    assert!(files.contains(&json!({ "path": "x/y/new.txt", "outcome": "removed" })), "{json}");
    assert_eq!(life.files(), now);
}

#[test]
fn what_is_kept_for_it_is_ignored_by_git() {
    let (life, _) = updated();
    let git = |line: &str| {
        let mut command = Command::new("git");
        clean(&mut command);
        command.args(line.split(' ')).current_dir(life.scene.path("one")).output().unwrap()
    };
    assert!(git("init --quiet").status.success());
    let listed = String::from_utf8(git("ls-files --others --exclude-standard").stdout).unwrap();
    assert!(listed.contains(".firstlight/record.toml"), "{listed}");
    assert!(life.exists(".firstlight/undo.tar.zst") && !listed.contains("undo"), "{listed}");
}

#[test]
fn what_is_kept_for_it_is_for_nobody_else_to_read() {
    let (life, _) = updated();
    assert_eq!((life.mode("a.txt"), life.mode(".firstlight/undo.tar.zst")), (0o600, 0o600));
}

#[test]
fn a_template_is_refused_because_nothing_is_asked_of_it() {
    let (life, _) = updated();
    let now = life.files();
    for line in ["undo --template template", "--template=template undo"] {
        let outcome = life.run(line).outcome();
        outcome.exits(2).prints("");
        assert!(outcome.stderr.starts_with("error: `undo` has no `--template`"), "{outcome:?}");
        assert_eq!(life.files(), now);
    }
}

#[test]
fn an_archive_that_leads_out_of_the_project_is_refused() {
    let (life, _) = updated();
    let packed = fs::read(life.scene.path("one/.firstlight/undo.tar.zst")).unwrap();
    let tar = zstd::stream::decode_all(packed.as_slice()).unwrap();
    // The same length, so that the archive stays one.
    let (path, outside) = (b"\"path\":\"a.txt\"", b"\"path\":\"../tx\"");
    let start = tar.windows(path.len()).position(|window| window == path).unwrap();
    let mut evil = tar.clone();
    evil[start..start + path.len()].copy_from_slice(outside);
    let evil = zstd::stream::encode_all(evil.as_slice(), 1).unwrap();
    life.write(".firstlight/undo.tar.zst", evil);
    let outcome = life.run("undo --force").outcome();
    outcome.exits(1);
    assert!(outcome.stderr.contains("`../tx` leads out of the project"), "{outcome:?}");
    assert!(!life.scene.path("tx").exists());
}

#[test]
fn an_update_that_was_killed_keeps_everything_else_from_working() {
    let (life, before) = updated();
    let archive = |name: &str| life.scene.path(&format!("one/.firstlight/{name}"));
    fs::rename(archive("undo.tar.zst"), archive("pending.tar.zst")).unwrap();
    // As if it had been killed before this file.
    life.write("a.txt", "a\n");
    for line in ["status", "diff", "update", "set a=b"] {
        let outcome = life.run(line).outcome();
        let said = "\
error: an earlier update of `one` did not come to its end

hint: `firstlight undo` brings back the project as it was before
";
        outcome.exits(1).prints("").says(said);
    }
    let outcome = life.run("undo").outcome();
    outcome.exits(0);
    assert!(outcome.stderr.contains(", which did not come to its end."), "{outcome:?}");
    assert_eq!(life.files(), before);
}

#[test]
fn a_read_only_file_is_found_before_anything_is_written() {
    let life = Life::new(&[("a.txt", "a\n"), ("b.txt", "b\n")]);
    life.release("0.2.0", &[("a.txt", "A\n"), ("b.txt", "B\n")]);
    life.set_mode("one/b.txt", 0o444);
    let before = life.files();
    for line in ["update", "update --dry-run"] {
        let outcome = life.run(line).outcome();
        outcome.exits(1).prints("");
        assert!(outcome.stderr.starts_with("error: `one/b.txt` is read-only"), "{outcome:?}");
        assert_eq!(life.files(), before);
    }
}

#[test]
fn a_disk_that_takes_no_more_leaves_the_project_as_it_was() {
    let life = Life::new(&[("a.txt", "a\n"), ("b.txt", "b\n")]);
    life.release("0.2.0", &[("a.txt", "A\n"), ("b.txt", &"x".repeat(100_000))]);
    let before = life.files();
    // In blocks of 512 or 1024 bytes, depending on the shell.
    let outcome = life.scene.run_limited("-f 8", &["update", "--project", "one"]).outcome();
    outcome.exits(1);
    let said = &outcome.stderr;
    assert!(said.contains("File too large"), "{said}");
    assert!(said.ends_with("raise the limit that `ulimit -f` shows\n"), "{said}");
    assert_eq!(life.files(), before);
}
