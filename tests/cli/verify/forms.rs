//! What `verify` reports to programs.

use std::process::Command;

use super::{change, scene, verify};
use crate::support::{Scene, assert_snapshot};

const LINE: &str = "--only grpc=true --only worker=true --only metrics=true";

/// Makes a template that is odd in one place, and fails with one database.
fn failing() -> Scene {
    let scene = scene(&[("name", &["grep", "sqlite", "src/main.rs"]), ("list", &["true"])]);
    change(&scene, "cargo-generate.toml", "fmt = false", "fmt = false\nexclude = [\"copied.txt\"]");
    scene.write("template/copied.txt", "<{{project-name}}>\n");
    scene
}

/// Takes the times out of a report.
fn timeless(text: &str) -> String {
    let line = |line: &str| match line.find("\"seconds\": ").or_else(|| line.find("time=\"")) {
        Some(at) => {
            let (before, rest) = line.split_at(at);
            let end = rest.find('>').map(|end| &rest[end..]).unwrap_or_default();
            format!("{before}…{end}\n")
        }
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn json_has_everything() {
    let outcome = verify(&failing(), &format!("{LINE} --json"));
    outcome.exits(1);
    assert_snapshot("verify/report.json", &timeless(&outcome.stdout));
}

#[test]
fn json_has_the_defects_of_a_template_that_cannot_be_used() {
    let scene = scene(&[]);
    change(&scene, "src/main.rs.liquid", "{{database}}", "{{databse}}");
    let outcome = verify(&scene, "--json");
    outcome.exits(1);
    assert_snapshot("verify/faulty.json", &outcome.stdout);
}

#[test]
fn junit_has_a_suite_for_each_project() {
    let scene = failing();
    verify(&scene, &format!("{LINE} --junit report.xml")).exits(1);
    let xml = scene.read("report.xml");
    assert_snapshot("verify/report.xml", &timeless(&xml));
    // A reader of XML that is not ours agrees.
    let read = "import sys, xml.etree.ElementTree as t; print(len(t.parse(sys.argv[1]).findall('.//failure')))";
    let output = Command::new("python3").args(["-c", read]).arg(scene.path("report.xml")).output();
    assert_eq!(String::from_utf8(output.unwrap().stdout).unwrap(), "1\n");
}

#[test]
fn github_gets_annotations_and_a_summary() {
    let scene = failing();
    let line = format!("verify --template template {LINE}");
    let run = scene.run(&line).env("XDG_CACHE_HOME", scene.path("cache"));
    let run = run.env("GITHUB_ACTIONS", "true").env("CI", "true");
    let outcome = run.env("GITHUB_STEP_SUMMARY", scene.path("summary.md")).outcome();
    outcome.exits(1);
    let commands: Vec<&str> =
        outcome.stderr.lines().filter(|line| line.starts_with("::")).collect();
    let text =
        format!("{}\n\n{}", commands.join("\n"), super::lasting_text(&scene.read("summary.md")));
    assert_snapshot("verify/github.txt", &text);
}
