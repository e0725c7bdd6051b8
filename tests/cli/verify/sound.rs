//! A template without faults.

use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, thread};

use super::{ONE, change, lasting, scene, verify, verify_in_turn};
use crate::support::{Scene, assert_snapshot};

/// Bounds how long a broken program can hold up the tests.
const PATIENCE: Duration = Duration::from_mins(2);

const BUILD: (&str, &[&str]) = ("build", &["cargo", "build", "--locked"]);

#[test]
fn every_pair_is_covered_and_a_second_run_has_nothing_to_do() {
    let scene = scene(&[]);
    let first = verify_in_turn(&scene, "");
    first.exits(0).prints("");
    let second = verify_in_turn(&scene, "");
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
    let outcome = verify_in_turn(&scene, "");
    outcome.exits(0);
    assert_snapshot("verify/changed.txt", &lasting(&outcome));
    let fresh = verify(&scene, "--fresh");
    fresh.exits(0);
    assert!(!fresh.stderr.contains("unchanged"), "{}", fresh.stderr);
}

#[test]
fn a_check_sees_no_terminal() {
    // What is printed is read by programs, too, where a colour is noise.
    let scene = scene(&[("terminal", &["sh", "-c", "echo terminal: $TERM; exit 1"])]);
    let outcome = verify(&scene, "--only grpc=true");
    outcome.exits(1);
    assert!(outcome.stderr.contains("terminal: dumb\n"), "{}", outcome.stderr);
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
    // Projects of one name, half of which do not compile.
    change(&scene, "src/grpc.rs", "//! A feature.", "//! A feature.\ncompile_error!(\"broken\");");
    let outcomes = |jobs: u8| {
        let outcome = verify(&scene, &format!("--all --name one --fresh --jobs {jobs} --json"));
        outcome.exits(1);
        let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        let projects = json["projects"].as_array().unwrap().iter();
        let outcome = |project: &serde_json::Value| {
            let passed = project["checks"][0]["outcome"] == "passed";
            assert_eq!(passed, project["answers"]["grpc"] == false, "{project:#}");
            passed
        };
        projects.map(outcome).collect::<Vec<_>>()
    };
    let in_turn = outcomes(1);
    assert_eq!(in_turn.len(), 16);
    assert_eq!(outcomes(3), in_turn);
}

#[test]
fn exclusive_checks_run_one_at_a_time() {
    // Whoever finds that another one is there fails.
    let alone = "mkdir \"$PLACE\" && sleep 0.1 && rmdir \"$PLACE\"";
    let scene = scene(&[("alone", &["sh", "-c", alone])]);
    let outcome = || {
        let run = scene.run("verify --template template --all --fresh --jobs 4");
        run.env("XDG_CACHE_HOME", scene.path("cache")).env("PLACE", scene.path("place")).outcome()
    };
    let manifest = scene.read("template/cargo-generate.toml");
    scene.write("template/cargo-generate.toml", format!("{manifest}exclusive = true\n"));
    outcome().exits(0);
    for (value, said) in
        [("false", "error: `alone` fails for "), ("1", "`exclusive` must be true or false")]
    {
        scene.write("template/cargo-generate.toml", format!("{manifest}exclusive = {value}\n"));
        let outcome = outcome();
        assert!(outcome.exits(1).stderr.contains(said), "{}", outcome.stderr);
    }
}

#[test]
fn checks_in_the_background_run_beside_those_that_follow() {
    let wait = "echo waits; until [ -e \"$PLACE\" ]; do sleep 0.02; done; exit \"$STATUS\"";
    let go = "echo goes; touch \"$PLACE\"; exit \"$STATUS\"";
    let scene = scene(&[("wait", &["sh", "-c", wait]), ("go", &["sh", "-c", go])]);
    let manifest = scene.read("template/cargo-generate.toml");
    let outcome = |settings: &str, status: &str| {
        let manifest = manifest.replace("name = \"wait\"", &format!("name = \"wait\"\n{settings}"));
        scene.write("template/cargo-generate.toml", manifest);
        let _ = fs::remove_file(scene.path("place"));
        let run = scene.run(&format!("verify --template template {ONE} --fresh --json"));
        let run = run.env("XDG_CACHE_HOME", scene.path("cache")).env("STATUS", status);
        run.env("PLACE", scene.path("place")).outcome()
    };
    outcome("background = true", "0").exits(0);

    // Each has its own output.
    let failed = outcome("background = true", "3");
    let json: serde_json::Value = serde_json::from_str(&failed.exits(1).stdout).unwrap();
    let said = |check: usize| json["projects"][0]["checks"][check]["output"].as_str().unwrap();
    assert_eq!((said(0), said(1)), ("exit status: 3\n  | waits", "exit status: 3\n  | goes"));

    let in_turn = outcome("background = false\ntimeout = 1", "0");
    assert!(in_turn.exits(1).stderr.contains("not done after 1.0 s"), "{}", in_turn.stderr);
    let wrong = outcome("background = 1", "0");
    let said = "`background` must be true or false";
    assert!(wrong.exits(1).stderr.contains(said), "{}", wrong.stderr);
}

#[test]
fn ctrl_c_ends_a_check_with_all_that_it_has_started() {
    let script = "sleep 600 & echo $! >\"$STARTED.tmp\"; mv \"$STARTED.tmp\" \"$STARTED\"; wait";
    let scene = scene(&[("wait", &["sh", "-c", script])]);
    ends_with_ctrl_c(&scene);
    fs::remove_file(scene.path("started")).unwrap();
    let manifest = scene.read("template/cargo-generate.toml");
    scene.write("template/cargo-generate.toml", format!("{manifest}background = true\n"));
    ends_with_ctrl_c(&scene);
}

fn ends_with_ctrl_c(scene: &Scene) {
    let started = scene.path("started");
    let run = scene.run("verify --template template --jobs 1 --junit report.xml --json");
    let run = run.env("XDG_CACHE_HOME", scene.path("cache"));
    let child = run.env("STARTED", &started).start();
    let begin = Instant::now();
    while !started.exists() {
        assert!(begin.elapsed() < PATIENCE, "the check does not start");
        thread::sleep(Duration::from_millis(10));
    }
    let sleeper = scene.read("started").trim().to_owned();
    let done = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(done.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("error: interrupted"), "{said}");
    let xml = scene.read("report.xml");
    assert!(xml.contains("skipped=\"1\""), "{xml}");
    assert!(xml.contains("<error message=\"interrupted\">"), "{xml}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&json["passed"], &json["projects"][0]["checks"][0]["outcome"]),
        (&false.into(), &().into())
    );
    assert_eq!(json["error"]["message"], "interrupted");
    // A process that has ended and that nobody has asked about yet is as good as gone.
    let status = fs::read_to_string(format!("/proc/{sleeper}/status")).unwrap_or_default();
    let ended = status.is_empty() || status.contains("State:\tZ");
    assert!(ended, "{sleeper} lives: {status}");
}
