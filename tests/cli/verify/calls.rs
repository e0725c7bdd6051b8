//! What `verify` is asked for.

use super::{lasting, scene, verify};
use crate::support::assert_snapshot;

#[test]
fn a_dry_run_says_what_would_be_checked() {
    let scene = scene(&[]);
    let outcome = verify(&scene, "--dry-run");
    outcome.exits(0).prints("");
    assert_snapshot("verify/dry-run.txt", &lasting(&outcome));
    assert_eq!(scene.list(), [""; 0]);
}

#[test]
fn the_combinations_can_be_chosen() {
    let scene = scene(&[]);
    for (arguments, projects) in [
        ("--all", 16),
        ("--strength 1", 3),
        ("--strength 4", 16),
        ("--all --only grpc=true", 8),
        ("--all --only grpc=true --only database=sqlite --only database=postgres", 8),
        ("--only grpc=true --only database=sqlite --only worker=false --only metrics=true", 1),
    ] {
        let outcome = verify(&scene, &format!("--dry-run {arguments}"));
        outcome.exits(0);
        let found =
            outcome.stderr.lines().filter(|line| line.starts_with("firstlight new")).count();
        assert_eq!(found, projects, "{arguments}: {}", outcome.stderr);
    }
}

#[test]
fn wrong_calls_are_refused() {
    let scene = scene(&[]);
    scene.write("full/file", "");
    let mut text = String::new();
    for arguments in [
        "--only gprc=true",
        "--only grpc=yes --only database=mysql",
        "--only grpc",
        "--strength 0",
        "--all --strength 3",
        "--keep full",
        "--grpc=true",
    ] {
        let outcome = verify(&scene, arguments);
        assert_eq!(outcome.code, Some(2), "{arguments}: {outcome:#?}");
        text += &format!("{}\n", lasting(&outcome));
    }
    assert_snapshot("verify/refused.txt", &text);
}
