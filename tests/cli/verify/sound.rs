//! A template without faults.

use super::{change, lasting, scene, verify};
use crate::support::assert_snapshot;

const BUILD: (&str, &[&str]) = ("build", &["cargo", "build", "--locked"]);

#[test]
fn every_pair_is_covered_and_a_second_run_has_nothing_to_do() {
    let scene = scene(&[]);
    let first = verify(&scene, "");
    first.exits(0).prints("");
    let second = verify(&scene, "");
    second.exits(0).prints("");
    assert_snapshot("verify/sound.txt", &format!("{}\n{}", lasting(&first), lasting(&second)));
    // What stays on the disk is in the cache.
    assert_eq!(scene.list(), ["cache"]);
}

#[test]
fn a_change_is_checked_where_it_matters() {
    let scene = scene(&[BUILD]);
    verify(&scene, "").exits(0);
    change(&scene, "src/grpc.rs", "A feature.", "Another feature.");
    let outcome = verify(&scene, "");
    outcome.exits(0);
    assert_snapshot("verify/changed.txt", &lasting(&outcome));
    let fresh = verify(&scene, "--fresh");
    fresh.exits(0);
    assert!(!fresh.stderr.contains("unchanged"), "{}", fresh.stderr);
}

#[test]
fn the_folder_of_one_project_is_the_next_ones() {
    // Two projects that differ in a file which a macro could read: the second must not see the first.
    let list = ["sh", "-c", "ls -A . src; cat src/main.rs Cargo.toml"];
    let scene = scene(&[("list", &list)]);
    change(
        &scene,
        "cargo-generate.toml",
        "cat src/main.rs Cargo.toml\"]",
        "cat src/main.rs Cargo.toml; touch left-over; exit 1\"]",
    );
    let outcome = verify(&scene, "--all --keep kept");
    outcome.exits(1);
    for number in 1..=16 {
        let log = scene.read(&format!("kept/{number:02}-list.log"));
        let project = format!("kept/{number:02}");
        assert!(!log.contains("left-over"), "{log}");
        for module in ["grpc", "metrics", "worker"] {
            let has = scene.path(&format!("{project}/src/{module}.rs")).exists();
            assert_eq!(log.contains(&format!("{module}.rs")), has, "{project}: {module}\n{log}");
        }
        let files = scene.read(&format!("{project}/src/main.rs"))
            + &scene.read(&format!("{project}/Cargo.toml"));
        assert!(log.ends_with(&files), "{project}: {log}");
    }
}

#[test]
fn several_at_once_give_the_same_results() {
    let scene = scene(&[("test", &["cargo", "test", "--locked"])]);
    let outcome = verify(&scene, "--jobs 3 --json");
    outcome.exits(0);
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let projects = json["projects"].as_array().unwrap();
    assert!(projects.len() >= 5, "{json:#}");
    for project in projects {
        assert_eq!(project["checks"][0]["outcome"], "passed", "{project:#}");
    }
}
