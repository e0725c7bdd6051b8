//! Projects of an earlier template, edited and updated.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{change, commit, lasting, scene, verify, verify_in_turn};
use crate::support::{PROGRAM, assert_snapshot, clean};

const OWNER: (&str, &[&str]) =
    ("owner", &["grep", "owner", "tests/owner.rs", "Cargo.toml", "src/main.rs"]);
const TEST: (&str, &[&str]) = ("test", &["cargo", "test", "--locked"]);
const NEW: (&str, &[&str]) = ("new", &["grep", "Another", "src/grpc.rs"]);

#[test]
fn an_updated_project_has_what_both_sides_wrote() {
    let scene = scene(&[OWNER, TEST, NEW]);
    commit(&scene);
    let some = "--only grpc=true --only metrics=true --only worker=false";
    let before = verify_in_turn(&scene, &format!("{some} --update-from HEAD"));
    before.exits(1);
    change(&scene, "src/grpc.rs", "A feature.", "Another feature.");
    change(&scene, "Cargo.toml.liquid", "0.1.0", "0.2.0");
    change(&scene, "Cargo.lock.liquid", "0.1.0", "0.2.0");
    let after = verify_in_turn(&scene, &format!("{some} --update-from HEAD"));
    after.exits(0);
    let text = format!("{}\n{}", lasting(&before), lasting(&after));
    assert_snapshot("verify/update.txt", &text);
}

#[test]
fn what_is_printed_makes_the_updated_project_again() {
    // It fails for one of the names.
    let script = "grep '^name' Cargo.toml; grep --quiet sample Cargo.toml";
    let scene = scene(&[("name", &["sh", "-c", script])]);
    commit(&scene);
    let some = "--only grpc=true --only metrics=true --only worker=false";
    let outcome = verify(&scene, &format!("{some} --update-from HEAD --json"));
    outcome.exits(1);
    let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let line = json["projects"][1]["checks"][0]["reproduce"].as_str().unwrap();
    let programs = Path::new(PROGRAM).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&path)));
    let mut command = Command::new("sh");
    clean(command.args(["-c", line]).current_dir(scene.path("")));
    command.env("XDG_CACHE_HOME", scene.path("cache")).env("PATH", path.unwrap());
    command.env("TMPDIR", scene.path(""));
    for _ in 0..2 {
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!((output.status.code(), &*said), (Some(1), "name = \"a\"\n"), "{line}");
    }
}

#[test]
fn an_update_that_conflicts_fails() {
    let scene = scene(&[OWNER]);
    commit(&scene);
    let main = scene.read("template/src/main.rs.liquid");
    scene.write("template/src/main.rs.liquid", format!("{main}\n// The end.\n"));
    let some = "--only grpc=true --only metrics=true --only worker=true";
    let outcome = verify(&scene, &format!("{some} --update-from HEAD"));
    outcome.exits(1);
    assert_snapshot("verify/update-conflict.txt", &lasting(&outcome));
    let both = verify(&scene, "--update-from HEAD --since HEAD");
    both.exits(2);
}
