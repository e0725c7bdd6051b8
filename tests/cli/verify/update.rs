//! Projects of an earlier template, edited and updated.

use std::fs;

use serde_json::Value;

use super::{CARGO, ONE, change, commit, lasting, paste, scene, verify, verify_in_turn};
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
    for _ in 0..2 {
        assert_eq!(paste(&scene, line), (Some(1), "name = \"a\"\n".to_owned()), "{line}");
    }
}

#[test]
fn the_root_of_a_workspace_need_not_be_a_package() {
    let scene = scene(&[("metadata", &["cargo", "metadata", "--locked", "--no-deps"])]);
    scene.write(
        "template/Cargo.toml.liquid",
        "[workspace]\nmembers = [\"app\"]\nresolver = \"3\"\n",
    );
    scene.write("template/app/Cargo.toml.liquid", CARGO);
    fs::rename(scene.path("template/src"), scene.path("template/app/src")).unwrap();
    for module in ["grpc", "metrics", "worker"] {
        let path = format!("\"src/{module}.rs\"");
        change(&scene, "cargo-generate.toml", &path, &format!("\"app/src/{module}.rs\""));
    }
    let owner = ["grep", "workspace.metadata.owner", "Cargo.toml"];
    let manifest = scene.read("template/cargo-generate.toml");
    let check = format!("[[firstlight.checks]]\nname = \"owner\"\ncommand = {owner:?}\n");
    scene.write("template/cargo-generate.toml", manifest + &check);
    commit(&scene);
    verify(&scene, &format!("{ONE} --update-from HEAD")).exits(0);
}

#[test]
fn an_owner_and_the_template_can_both_add_to_a_file() {
    let own = "grep 'edited = true' Cargo.toml && grep Notes README.md && \
               grep \"the project's owner\" src/main.rs && grep License README.md";
    let scene =
        scene(&[("both", &["sh", "-c", own]), ("format", &["cargo", "fmt", "--check"]), TEST]);
    scene.write("template/README.md", "# A sample\n\nWords.\n\n## Use\n\nMore words.\n");
    commit(&scene);
    let add = |path: &str, text: &str| {
        let path = format!("template/{path}");
        scene.write(&path, scene.read(&path) + text);
    };
    add("README.md", "\n## License\n\nNone.\n");
    add("Cargo.toml.liquid", "\n[features]\nmore = []\n");
    add("src/main.rs.liquid", "\n#[cfg(test)]\nmod more {}\n");
    verify(&scene, &format!("{ONE} --update-from HEAD")).exits(0);
}

#[test]
fn an_update_that_conflicts_fails() {
    let scene = scene(&[OWNER]);
    scene.write("template/README.md", "Words.\n");
    commit(&scene);
    scene.write("template/README.md", "Other words.\n");
    let some = "--only grpc=true --only metrics=true --only worker=true";
    let outcome = verify(&scene, &format!("{some} --update-from HEAD"));
    outcome.exits(1);
    assert_snapshot("verify/update-conflict.txt", &lasting(&outcome));
    let both = verify(&scene, "--update-from HEAD --since HEAD");
    both.exits(2);
}
