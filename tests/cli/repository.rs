//! The repository of a new project, and a git that is missing or fails.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use crate::support::Scene;

const NEW: &str = "new one --template template --yes --team a";

#[test]
fn there_is_a_repository_unless_the_folder_is_in_one_or_nobody_wants_it() {
    let scene = Scene::new();
    scene.run(NEW).outcome().exits(0);
    assert!(scene.path("one/.git").is_dir());
    scene.run("new one/two --template template --yes --team a").outcome().exits(0);
    assert!(!scene.path("one/two/.git").exists());
    scene.run("new one/three --template template --yes --team a --vcs git").outcome().exits(0);
    assert!(scene.path("one/three/.git").is_dir());
    scene.run("new four --template template --yes --team a --vcs none").outcome().exits(0);
    assert!(!scene.path("four/.git").exists());
}

#[test]
fn the_repository_is_the_projects_own_even_in_a_hook_of_another() {
    let scene = Scene::new();
    let elsewhere = scene.path("elsewhere");
    scene.run(NEW).env("GIT_DIR", elsewhere.to_str().unwrap()).outcome().exits(0);
    assert!(scene.path("one/.git").is_dir());
    assert!(!elsewhere.exists());
}

#[test]
fn nothing_of_another_repository_reaches_git() {
    let scene = Scene::new();
    let listed = Command::new("git").args(["rev-parse", "--local-env-vars"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("GIT_OBJECT_DIRECTORY"), "{listed}");
    let path = scene.fake_git("env > environment");
    let run = listed.lines().fold(scene.run(NEW), |run, name| run.env(name, "elsewhere"));
    run.env("PATH", path).outcome().exits(0);
    let seen = scene.read("environment");
    let reached: Vec<_> = seen.lines().filter(|line| line.ends_with("=elsewhere")).collect();
    assert_eq!(reached, Vec::<&str>::new());
}

#[test]
fn objects_go_into_the_projects_own_repository() {
    let scene = Scene::new();
    let elsewhere = scene.path("elsewhere");
    scene.run(NEW).env("GIT_OBJECT_DIRECTORY", &elsewhere).outcome().exits(0);
    assert!(scene.path("one/.git/objects").is_dir());
    assert!(!elsewhere.exists());
}

#[test]
fn a_link_into_a_repository_leads_into_it() {
    let scene = Scene::new();
    scene.run(NEW).outcome().exits(0);
    fs::create_dir(scene.path("one/deep")).unwrap();
    symlink("one/deep", scene.path("link")).unwrap();
    scene.run("new link/two --template template --yes --team a").outcome().exits(0);
    assert!(!scene.path("one/deep/two/.git").exists());
}

#[test]
fn a_git_that_nobody_may_execute_is_none() {
    let scene = Scene::new();
    scene.fake_git("exit 0");
    let mode = fs::Permissions::from_mode(0o644);
    fs::set_permissions(scene.path("template/.git/git"), mode).unwrap();
    let outcome = scene.run(NEW).env("PATH", scene.path("template/.git")).outcome();
    outcome.exits(0).prints("one\n");
    assert!(outcome.stderr.starts_with("note: `git` is not installed"), "{}", outcome.stderr);
}

#[test]
fn without_git_there_is_a_project_and_a_note() {
    let scene = Scene::new();
    let outcome = scene.run(NEW).env("PATH", "/nowhere").outcome();
    outcome.exits(0).prints("one\n");
    let note = "note: `git` is not installed: the project has no repository\nCreated `one` from the template `template` 1.2.3.\n";
    assert!(outcome.stderr.starts_with(note), "{}", outcome.stderr);
    assert!(scene.path("one/all.txt").exists());
}

#[test]
fn without_git_a_repository_that_was_asked_for_is_an_error() {
    let scene = Scene::new();
    let said = "\
error: `git` is not installed

hint: install git, or leave the repository out with `--vcs none`
";
    let run = scene.run(&format!("{NEW} --vcs git")).env("PATH", "/nowhere");
    run.outcome().exits(1).prints("").says(said);
    assert_eq!(scene.list(), Vec::<String>::new());
}

#[test]
fn a_git_that_fails_leaves_nothing_behind() {
    let scene = Scene::new();
    let path = scene.fake_git("echo 'fatal: no' >&2; exit 128");
    let said = "\
error: `git init` failed: fatal: no

hint: mend git, or leave the repository out with `--vcs none`
";
    scene.run(NEW).env("PATH", &path).outcome().exits(1).prints("").says(said);
    assert_eq!(scene.list(), Vec::<String>::new());
}

#[test]
fn a_silent_git_that_fails_is_told_by_its_status() {
    let scene = Scene::new();
    let path = scene.fake_git("exit 3");
    let said = "\
error: `git init` failed: exit status: 3

hint: mend git, or leave the repository out with `--vcs none`
";
    scene.run(NEW).env("PATH", &path).outcome().exits(1).says(said);
    assert_eq!(scene.list(), Vec::<String>::new());
}
