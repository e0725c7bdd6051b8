//! The help, word for word.

use std::process::Command;

use crate::support::{Scene, assert_snapshot};

#[test]
fn the_help_is_what_was_agreed() {
    let scene = Scene::new();
    let verbs =
        ["new", "status", "diff", "update", "set", "undo", "options", "verify", "completions"];
    let lines = verbs.map(|verb| format!("{verb} --help"));
    let lines = [&["--help".to_owned()], &lines[..]].concat();
    let help: Vec<String> = lines
        .iter()
        .map(|line| {
            let outcome = scene.run(line).outcome();
            outcome.exits(0).says("");
            outcome.transcript()
        })
        .collect();
    assert_snapshot("help.txt", &help.join("\n"));
}

#[test]
fn the_flags_of_another_template_are_in_the_help() {
    let scene = Scene::new();
    let outcome = scene.run("new --help --template template").outcome();
    outcome.exits(0).says("");
    assert_snapshot("help-of-another-template.txt", &outcome.transcript());
}

#[test]
fn the_version_is_that_of_the_crate() {
    let version = format!("firstlight {}\n", env!("CARGO_PKG_VERSION"));
    Scene::new().run("--version").outcome().exits(0).prints(&version).says("");
}

#[test]
fn every_shell_gets_completions_for_the_placeholders() {
    let scene = Scene::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = scene.run(&format!("completions {shell} --template template")).outcome();
        outcome.exits(0).says("");
        for word in ["database", "grpc", "team", "dry-run"] {
            assert!(outcome.stdout.contains(word), "{shell} does not complete {word}");
        }
    }
}

#[test]
fn bash_completes_with_the_script() {
    let scene = Scene::new();
    let outcome = scene.run("completions bash --template template").outcome();
    scene.write("completions.bash", &outcome.stdout);
    for (words, expected) in [
        ("firstlight new one --dat", "--database"),
        ("firstlight new one --database p", "postgres"),
        ("firstlight opt", "options"),
    ] {
        let script = format!(
            "source completions.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             complete -p firstlight >/dev/null && \
             _firstlight firstlight \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; \
             echo \"${{COMPREPLY[@]}}\""
        );
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", &script]).current_dir(scene.path(""));
        let output = bash.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((String::from_utf8_lossy(&output.stdout).trim(), &*said), (expected, ""));
    }
}

#[test]
fn a_mistyped_command_is_an_error_of_usage() {
    let scene = Scene::new();
    let lines = [
        "",
        "nwe",
        "new",
        "new a b",
        "new a --databas sqlite",
        "new a --yes --yes",
        "completions csh",
    ];
    let said: Vec<String> = lines
        .iter()
        .map(|line| {
            let outcome = scene.run(line).outcome();
            outcome.exits(2).prints("");
            outcome.transcript()
        })
        .collect();
    assert_snapshot("usage.txt", &said.join("\n"));
    assert_eq!(scene.list(), Vec::<String>::new());
}
