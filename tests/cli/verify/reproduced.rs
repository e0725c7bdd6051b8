//! What is printed for failures: commands that show them again.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{paste, scene, verify_in_turn};

const SOME: &str = "--only grpc=true --only metrics=true --name one";

/// Lists the commands that a person is shown.
fn shown(stderr: &str) -> String {
    let commands = |text: &str| -> String {
        let lines = text.lines().take_while(|line| line.starts_with("  "));
        lines.map(|line| format!("{line}\n")).collect()
    };
    stderr.split("hint: to see it again:\n").skip(1).map(commands).collect()
}

#[test]
fn all_commands_that_are_printed_can_be_pasted_one_after_the_other() {
    let database = ["sh", "-c", "grep -o 'sqlite\\|postgres' src/main.rs; exit 1"];
    let scene = scene(&[("database", &database), ("second", &["sh", "-c", "echo 2; exit 2"])]);
    let outcome = verify_in_turn(&scene, &format!("{SOME} --all --json"));
    outcome.exits(1);
    let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let projects = json["projects"].as_array().unwrap();
    let printed =
        |project: &Value| format!("{}\n2\n", project["answers"]["database"].as_str().unwrap());
    let printed: String = projects.iter().map(printed).collect();
    // Without the path that `firstlight new` prints.
    let pasted = |commands: &str| -> String {
        let (code, said) = paste(&scene, commands);
        assert_eq!(code, Some(2), "{commands}");
        let own = said.lines().filter(|line| !line.ends_with("/one"));
        own.map(|line| format!("{line}\n")).collect()
    };
    let commands = shown(&outcome.stderr);
    assert_eq!(pasted(&commands), printed, "{commands}");

    let checks = projects.iter().flat_map(|project| project["checks"].as_array().unwrap());
    let commands: Vec<&str> = checks.map(|check| check["reproduce"].as_str().unwrap()).collect();
    assert_eq!(commands.len(), 8);
    assert_eq!(pasted(&commands.join("\n")), printed, "{commands:#?}");
    let makes = projects.iter().map(|project| project["command"].as_str().unwrap());
    let (code, made) = paste(&scene, &makes.collect::<Vec<_>>().join("\n"));
    assert_eq!((code, made.lines().count()), (Some(0), 4), "{made}");
}

#[test]
fn what_had_failed_is_printed_when_a_lane_breaks() {
    let scene = scene(&[("break", &["sh", "-c", "cd ../..; rm -r lane-0; touch lane-0; exit 1"])]);
    let outcome = verify_in_turn(&scene, SOME);
    outcome.exits(1);
    let (failed, broken) = outcome.stderr.split_once("error: cannot write `").unwrap();
    assert!(failed.contains("error: `break` fails for one "), "{failed}");
    assert_eq!(shown(failed).lines().count(), 2, "{failed}");
    assert!(!broken.contains("hint: "), "{broken}");
}

#[test]
fn what_had_failed_is_printed_and_kept_after_ctrl_c() {
    let scene = scene(&[("fail", &["false"]), ("wait", &["sleep", "600"])]);
    let run = scene.run(&format!("verify --template template {SOME} --jobs 1 --keep kept"));
    let child = run.env("XDG_CACHE_HOME", scene.path("cache")).start();
    let begin = Instant::now();
    while !scene.path("kept/01-fail.log").exists() {
        assert!(begin.elapsed() < Duration::from_mins(2), "the check does not fail");
        thread::sleep(Duration::from_millis(10));
    }
    let done = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(done.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    let (failed, interrupted) = said.split_once("error: interrupted\n").unwrap();
    assert!(failed.contains("error: `fail` fails for one "), "{said}");
    assert_eq!(shown(failed).lines().count(), 2, "{said}");
    assert!(interrupted.contains("run the command again to go on"), "{said}");
    assert!(scene.path("kept/01/src/main.rs").exists());
}
