//! `firstlight new`, when all goes well.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value as Json;

use crate::support::Scene;

#[test]
fn a_project_is_written_and_the_way_on_is_shown() {
    let scene = Scene::new();
    let said = "\
Created `user-service` from the template `template` 1.2.3, with a git repository.

Next:
  cd projects/user-service
  cargo run

To make the same project again:
  firstlight new projects/user-service --template=template --database=sqlite --grpc=false --team=a
";
    let line = "new projects/user-service --template template --yes --team a";
    scene.run(line).outcome().exits(0).prints("projects/user-service\n").says(said);
    assert_eq!(scene.read("projects/user-service/all.txt"), "user-service sqlite false a\n");
    assert!(scene.path("projects/user-service/.git/HEAD").exists());
    assert_eq!(scene.list(), ["projects"]);
}

#[test]
fn the_embedded_template_needs_nothing_but_a_yes() {
    let scene = Scene::new();
    scene.run("new user-service --yes").outcome().exits(0).prints("user-service\n");
    let manifest = scene.read("user-service/Cargo.toml");
    assert!(manifest.contains("name = \"user-service\""), "{manifest}");
    assert!(scene.path("user-service/.firstlight/baseline.tar.zst").exists());
}

#[test]
fn the_next_steps_depend_on_the_answers() {
    let scene = Scene::new();
    let run = |name: &str, database: &str| {
        let line = format!("new {name} --yes --vcs none --database {database}");
        let outcome = scene.run(&line).outcome();
        outcome.exits(0);
        let steps = outcome.stderr.split("Next:\n").nth(1).unwrap().split("\n\n").next().unwrap();
        steps.to_owned()
    };
    assert_eq!(run("one", "sqlite"), "  cd one\n  cargo run");
    let steps = "  cd two
  docker compose --file deploy/compose.yaml up --detach --wait postgres
  export DATABASE_URL=postgres://postgres:postgres@localhost:5432/users
  cargo run";
    assert_eq!(run("two", "postgres"), steps);
}

#[test]
fn a_dry_run_lists_the_files_and_writes_none() {
    let scene = Scene::new();
    let said = "\
Would write `one` from the template `template` 1.2.3, with a git repository: 4 files. Nothing was written.

To write it:
  firstlight new one --template=template --database=sqlite --grpc=false --team=a
";
    let files =
        ".firstlight/.gitignore\n.firstlight/baseline.tar.zst\n.firstlight/record.toml\nall.txt\n";
    let line = "new one --template template --yes --team a --dry-run";
    scene.run(line).outcome().exits(0).prints(files).says(said);
    assert_eq!(scene.list(), Vec::<String>::new());
}

#[test]
fn the_outcome_is_told_to_programs_as_json() {
    let scene = Scene::new();
    let line = "new one --template template --yes --team a --vcs none --json";
    let outcome = scene.run(line).outcome();
    outcome.exits(0);
    let json: Json = serde_json::from_str(&outcome.stdout).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    let documented = [
        "schema",
        "name",
        "path",
        "template",
        "answers",
        "dry_run",
        "repository",
        "files",
        "command",
    ];
    assert_eq!(keys, documented);
    assert_eq!(json["schema"], 1);
    assert_eq!(json["name"], "one");
    assert_eq!(json["path"], scene.path("one").canonicalize().unwrap().to_str().unwrap());
    assert_eq!(json["template"], serde_json::json!({ "source": "template", "version": "1.2.3" }));
    let answers = serde_json::json!({ "database": "sqlite", "grpc": false, "team": "a" });
    assert_eq!(json["answers"], answers);
    assert_eq!((&json["dry_run"], &json["repository"]), (&Json::Bool(false), &Json::Bool(false)));
    let file = serde_json::json!({ "path": "all.txt", "bytes": 19, "executable": false });
    assert_eq!(json["files"][3], file);
}

#[test]
fn executable_files_stay_executable_and_others_do_not_become_it() {
    let scene = Scene::new();
    scene.write("template/run.sh", "#!/bin/sh\n");
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(scene.path("template/run.sh"), mode).unwrap();
    scene.run("new one --template template --yes --team a --vcs none").outcome().exits(0);
    let mode = |path: &str| scene.path(path).metadata().unwrap().permissions().mode() & 0o111;
    assert_ne!(mode("one/run.sh"), 0);
    assert_eq!(mode("one/all.txt"), 0);
}

#[test]
fn an_empty_folder_is_filled() {
    let scene = Scene::new();
    fs::create_dir(scene.path("one")).unwrap();
    scene.run("new one/ --template template --yes --team a --vcs none").outcome().exits(0);
    assert_eq!(scene.read("one/all.txt"), "one sqlite false a\n");
}

#[test]
fn an_empty_folder_stays_as_open_as_it_was() {
    let scene = Scene::new();
    fs::create_dir(scene.path("one")).unwrap();
    fs::set_permissions(scene.path("one"), fs::Permissions::from_mode(0o2750)).unwrap();
    scene.run("new one --template template --yes --team a --vcs none").outcome().exits(0);
    let mode = scene.path("one").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o2750);
}

#[test]
fn the_baseline_is_the_tree_as_rendered() {
    let scene = Scene::new();
    scene.run("new one --template template --yes --team a --vcs none").outcome().exits(0);
    let packed = fs::read(scene.path("one/.firstlight/baseline.tar.zst")).unwrap();
    let tar = zstd::stream::decode_all(packed.as_slice()).unwrap();
    let mut archive = tar::Archive::new(tar.as_slice());
    let mut entries = archive.entries().unwrap();
    let mut entry = entries.next().unwrap().unwrap();
    assert_eq!(entry.path().unwrap().to_str(), Some("all.txt"));
    assert_eq!((entry.header().mtime().unwrap(), entry.header().uid().unwrap()), (0, 0));
    let mut text = String::new();
    entry.read_to_string(&mut text).unwrap();
    assert_eq!(text, "one sqlite false a\n");
    assert!(entries.next().is_none(), "the record is no part of the baseline");
}
