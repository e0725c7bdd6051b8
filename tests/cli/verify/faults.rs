//! Templates with one fault each, which only some of their projects have.

use super::{CARGO, ONE, change, lasting, scene, verify, verify_in_turn};
use crate::support::{Outcome, Scene, assert_snapshot};

const BUILD: (&str, &[&str]) = ("build", &["cargo", "build", "--locked"]);
const TEST: (&str, &[&str]) = ("test", &["cargo", "test", "--locked"]);

/// Checks that a run fails with what a tool has printed, and with the rest as it was.
#[track_caller]
fn fails(scene: &Scene, arguments: &str, printed: &str, snapshot: &str) -> Outcome {
    let outcome = verify_in_turn(scene, arguments);
    outcome.exits(1);
    assert!(outcome.stderr.contains(printed), "{printed}: {}", outcome.stderr);
    assert_snapshot(&format!("verify/{snapshot}.txt"), &lasting(&outcome));
    outcome
}

#[test]
fn a_feature_that_needs_one_of_two_others() {
    let scene = scene(&[BUILD]);
    let module = "//! A feature.\n{%- unless grpc or metrics %}\n\ncompile_error!(\"alone\");\n{%- endunless %}\n";
    std::fs::remove_file(scene.path("template/src/worker.rs")).unwrap();
    scene.write("template/src/worker.rs.liquid", module);
    fails(&scene, "--strength 3", "error: alone", "feature");
}

#[test]
fn a_lock_that_does_not_fit() {
    let scene = scene(&[BUILD]);
    let version = "{% if grpc %}0.1.1{% else %}0.1.0{% endif %}";
    change(&scene, "Cargo.lock.liquid", "0.1.0", version);
    fails(&scene, "", "--locked", "lock");
}

#[test]
fn a_test_that_fails_with_one_database() {
    let scene = scene(&[TEST]);
    let old = "assert!(!super::DATABASE.is_empty());";
    change(&scene, "src/main.rs.liquid", old, "assert_eq!(super::DATABASE, \"sqlite\");");
    fails(&scene, "", "left: \"postgres\"", "test");
}

#[test]
fn a_link_that_leads_nowhere() {
    let scene = scene(&[]);
    change(&scene, "src/metrics.rs", "A feature.", "A feature, see [`Missing`].");
    let some = "--only database=sqlite --only grpc=true --only worker=true";
    fails(&scene, some, "unresolved link to `Missing`", "docs");
}

#[test]
fn a_text_that_is_not_quoted() {
    let scene = scene(&[BUILD]);
    let placeholder = "[placeholders.description]\nprompt = \"What?\"\n\n[conditional.'!grpc']";
    change(&scene, "cargo-generate.toml", "[conditional.'!grpc']", placeholder);
    let cargo = format!("{CARGO}description = \"{{{{description}}}}\"\n");
    scene.write("template/Cargo.toml.liquid", cargo);
    fails(&scene, "", "error: ", "text");
    // A regex that refuses what breaks it mends it.
    let regex = "prompt = \"What?\"\nregex = '^[^\"\\\\]*$'\n";
    change(&scene, "cargo-generate.toml", "prompt = \"What?\"\n", regex);
    verify(&scene, "").exits(0);
}

#[test]
fn a_check_that_takes_too_long() {
    let scene = scene(&[("wait", &["sh", "-c", "echo begun; sleep 600"])]);
    change(&scene, "cargo-generate.toml", "sleep 600\"]", "sleep 600\"]\ntimeout = 5");
    fails(&scene, ONE, "begun", "timeout");
}

#[test]
fn a_check_that_cannot_be_run() {
    let scene = scene(&[("odd", &["no-such-program", "it's"])]);
    fails(&scene, ONE, "cannot run `no-such-program`", "missing");
}

#[test]
fn a_path_that_some_answers_give_twice() {
    let scene = scene(&[]);
    for path in ["{{database}}.txt", "sqlite.txt"] {
        scene.write(&format!("template/{path}"), "text\n");
    }
    let outcome = verify(&scene, "");
    // It is one fault, however many projects have it.
    outcome.exits(1).says(
        "error: {{database}}.txt: `sqlite.txt` is rendered twice, also from `sqlite.txt`\n\n\
         hint: give each file a path of its own\n",
    );
}
