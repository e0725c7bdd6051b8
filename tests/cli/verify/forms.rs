//! What `verify` reports to programs.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::{ONE, change, commit, scene, verify};
use crate::support::{Outcome, Scene, assert_snapshot};

const LINE: &str = "--only grpc=true --only worker=true --only metrics=true";

/// Makes a template that is odd in one place, and fails with one database.
fn failing() -> Scene {
    // The output has what the forms have a meaning for.
    let script =
        "printf '<b> & \\033[1m\"x\" 100%% | `y`: a\\r\\n'; grep --quiet sqlite src/main.rs";
    let scene = scene(&[("name", &["sh", "-c", script]), ("list", &["true"])]);
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
    verify(&scene, &format!("{LINE} --junit report.xml --keep kept")).exits(1);
    // Only what fails is kept.
    let mut kept: Vec<_> = fs::read_dir(scene.path("kept")).unwrap().collect();
    kept.sort_by_key(|entry| entry.as_ref().unwrap().path());
    let kept: Vec<_> = kept.into_iter().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(kept, ["02", "02-name.log"]);
    let xml = scene.read("report.xml");
    assert_snapshot("verify/report.xml", &timeless(&xml));
    verify(&scene, &format!("{LINE} --dry-run --junit plan.xml")).exits(0);
    // What was not made is skipped.
    let plan = scene.read("plan.xml");
    assert_eq!(plan.matches("failures=\"0\" errors=\"0\" skipped=\"2\"").count(), 2, "{plan}");
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
    // The defects of a template that cannot be used are annotations too.
    change(&scene, "src/main.rs.liquid", "{{database}}", "{{databse}}");
    let run = scene.run(&line).env("GITHUB_ACTIONS", "true").env("CI", "true");
    let outcome = run.env("GITHUB_STEP_SUMMARY", scene.path("faulty.md")).outcome();
    outcome.exits(1);
    let said = "::error file=template/src/main.rs.liquid,line=14,col=27::the variable `databse` is \
                not defined%0Adid you mean `database`?\n";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    let run = scene.run("verify --template ./template").env("GITHUB_ACTIONS", "true");
    let outcome = run.env("CI", "true").outcome();
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    let summary = "- src/main.rs.liquid:14:27: the variable \\`databse\\` is not defined\n";
    assert!(scene.read("faulty.md").contains(summary), "{}", scene.read("faulty.md"));
}

#[test]
fn what_two_checks_print_alike_is_shown_once() {
    let list = ["sh", "-c", "seq 40; exit 1"];
    let scene =
        scene(&[("first", &list), ("second", &list), ("third", &["sh", "-c", "seq 2; exit 1"])]);
    let outcome = verify(&scene, &format!("{LINE} --only database=sqlite"));
    outcome.exits(1);
    let shown = outcome.stderr.lines().filter(|line| line.starts_with("  | "));
    let end = (11..=40).map(|number| format!("  | {number}"));
    let expected = ["  | … 10 lines before these".to_owned()].into_iter().chain(end);
    let more = ["  | as above", "  | 1", "  | 2"].map(str::to_owned);
    assert!(shown.eq(expected.chain(more)), "{}", outcome.stderr);
}

/// Runs a line with every form of report, and gives the code, the annotations and all forms.
fn every_form(scene: &Scene, rest: &str) -> (Option<i32>, String) {
    let line = format!("verify --template template --json --junit report.xml {rest}");
    let run = scene.run(&line).env("XDG_CACHE_HOME", scene.path("cache"));
    let run = run.env("GITHUB_ACTIONS", "true").env("CI", "true");
    let outcome = run.env("GITHUB_STEP_SUMMARY", scene.path("summary.md")).outcome();
    let said: Vec<&str> = outcome.stderr.lines().filter(|line| line.starts_with("::")).collect();
    let forms = [&outcome.stdout, &*said.join("\n"), &scene.read("report.xml")].map(timeless);
    let summary = super::lasting_text(&scene.read("summary.md"));
    (outcome.code, format!("{}\n{summary}", forms.join("\n")))
}

#[test]
fn whatever_ends_a_run_is_in_every_form() {
    let scene = scene(&[("true", &["true"])]);
    commit(&scene);
    let (code, text) = every_form(&scene, "--update-from v0");
    assert_eq!(code, Some(2));
    assert_snapshot("verify/ended.txt", &text);
    for (wrong, said) in [
        ("--since v0", "v0"),
        ("--only gprc=true", "the template has no placeholder `gprc`"),
        ("--keep template", "the folder `template` is not empty"),
    ] {
        fs::remove_file(scene.path("summary.md")).unwrap();
        let (code, text) = every_form(&scene, wrong);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.matches(said).count() >= 4, "{wrong}: {text}");
    }
    // A folder that no project can be written to.
    verify(&scene, LINE).exits(0);
    let cache = fs::read_dir(scene.path("cache/firstlight/verify")).unwrap().next().unwrap();
    let lane = cache.unwrap().path().join("lane-0");
    fs::remove_dir_all(&lane).unwrap();
    fs::write(&lane, "").unwrap();
    fs::remove_file(scene.path("summary.md")).unwrap();
    let (code, text) = every_form(&scene, LINE);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.matches("cannot write `").count() >= 4, "{text}");
    assert!(text.contains("\"passed\": false") && text.contains("errors=\"1\""), "{text}");
}

#[test]
fn an_update_that_conflicts_is_a_failed_result_of_its_project() {
    let scene = scene(&[("true", &["true"])]);
    scene.write("template/README.md.liquid", "Words.\n");
    commit(&scene);
    let words = "Words{% if database == \"postgres\" %} of another kind{% endif %}.\n";
    scene.write("template/README.md.liquid", words);
    let (code, text) = every_form(&scene, &format!("{LINE} --update-from HEAD"));
    assert_eq!(code, Some(1));
    assert_snapshot("verify/conflict.txt", &text);
}

/// Parses the object that a run has printed.
#[track_caller]
fn object(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:#?}"))
}

#[test]
fn a_report_that_cannot_be_written_is_in_the_others() {
    let scene = scene(&[("name", &["sh", "-c", "rm -r \"$REPORTS\"; exit 1"])]);
    let refused = verify(&scene, &format!("{ONE} --json --junit nowhere/report.xml"));
    refused.exits(2);
    let said = "cannot write `nowhere/report.xml`: No such file or directory (os error 2)";
    assert_eq!(refused.stderr.matches(said).count(), 1, "{}", refused.stderr);
    let json = object(&refused);
    assert_eq!((&json["passed"], &json["error"]["message"]), (&false.into(), &said.into()));

    // What has failed is said as well, if the folder goes while the checks run.
    scene.write("reports/kept", "");
    let line = format!("verify --template template {ONE} --json --junit reports/report.xml");
    let run = scene.run(&line).env("XDG_CACHE_HOME", scene.path("cache"));
    let late = run.env("REPORTS", scene.path("reports")).outcome();
    late.exits(1);
    assert!(late.stderr.contains("error: `name` fails for "), "{}", late.stderr);
    assert!(late.stderr.contains("error: cannot write `reports/report.xml`"), "{}", late.stderr);
    let json = object(&late);
    assert!(json["error"]["message"].as_str().unwrap().starts_with("cannot write `"), "{json:#}");
    assert_eq!(json["projects"][0]["checks"][0]["outcome"], "failed");
}

#[test]
fn a_dry_run_has_not_passed_even_if_nothing_is_left_to_check() {
    let scene = scene(&[("true", &["true"])]);
    commit(&scene);
    let passed = |arguments: &str| object(verify(&scene, arguments).exits(0))["passed"].clone();
    assert_eq!(passed("--json --since HEAD --dry-run"), false);
    assert_eq!(passed("--json --since HEAD"), true);
    // A template for something else than Rust, without checks.
    let manifest = scene.read("template/cargo-generate.toml");
    let (manifest, _) = manifest.split_once("[[firstlight.checks]]").unwrap();
    scene.write("template/cargo-generate.toml", manifest);
    fs::remove_file(scene.path("template/Cargo.toml.liquid")).unwrap();
    assert_eq!(passed("--json --dry-run"), false);
}

#[test]
fn json_has_the_commit_of_a_template_from_a_repository() {
    let scene = scene(&[]);
    commit(&scene);
    let url = format!("file://{}", scene.path("template").display());
    let outcome = scene.run(&format!("verify --template {url} --lint --json")).outcome();
    let head = scene.read("template/.git/HEAD");
    let branch = head.trim().strip_prefix("ref: ").unwrap();
    let commit = scene.read(&format!("template/.git/{branch}"));
    assert_eq!(object(outcome.exits(0))["template"]["commit"], commit.trim());
}
