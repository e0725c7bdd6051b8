//! Projects of an earlier template, edited and updated.

use super::{change, commit, lasting, scene, verify};
use crate::support::assert_snapshot;

const OWNER: (&str, &[&str]) =
    ("owner", &["grep", "owner", "tests/owner.rs", "Cargo.toml", "src/main.rs"]);
const TEST: (&str, &[&str]) = ("test", &["cargo", "test", "--locked"]);
const NEW: (&str, &[&str]) = ("new", &["grep", "Another", "src/grpc.rs"]);

#[test]
fn an_updated_project_has_what_both_sides_wrote() {
    let scene = scene(&[OWNER, TEST, NEW]);
    commit(&scene);
    let some = "--only grpc=true --only metrics=true --only worker=false";
    let before = verify(&scene, &format!("{some} --update-from HEAD"));
    before.exits(1);
    change(&scene, "src/grpc.rs", "A feature.", "Another feature.");
    change(&scene, "Cargo.toml.liquid", "0.1.0", "0.2.0");
    change(&scene, "Cargo.lock.liquid", "0.1.0", "0.2.0");
    let after = verify(&scene, &format!("{some} --update-from HEAD"));
    after.exits(0);
    let text = format!("{}\n{}", lasting(&before), lasting(&after));
    assert_snapshot("verify/update.txt", &text);
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
