//! stdout that fails, or that nobody reads.

use std::fs::OpenOptions;

use crate::support::{Outcome, Scene};

fn onto_a_full_disk(scene: &Scene, line: &str) -> Outcome {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    scene.run(line).stdout(full).outcome()
}

#[test]
fn a_project_is_told_even_if_stdout_fails() {
    let scene = Scene::new();
    let said = "\
error: cannot write to stdout: No space left on device (os error 28)

hint: the project is complete, and at `deep/one`
";
    for json in ["", "--json"] {
        let line = format!("new deep/one --template template --yes --team a --vcs none {json}");
        onto_a_full_disk(&scene, &line).exits(1).says(said);
        assert_eq!(scene.read("deep/one/all.txt"), "one sqlite false a\n");
        std::fs::remove_dir_all(scene.path("deep")).unwrap();
    }
}

#[test]
fn whatever_cannot_be_printed_is_an_error() {
    let scene = Scene::new();
    let said = "error: cannot write to stdout: No space left on device (os error 28)\n";
    for line in [
        "--help",
        "new --help",
        "--version",
        "options --template template",
        "completions bash",
        "new one --template template --yes --team a --dry-run",
    ] {
        onto_a_full_disk(&scene, line).exits(1).says(said);
    }
    assert_eq!(scene.list(), Vec::<String>::new());
}

#[test]
fn a_closed_pipe_is_no_error() {
    let scene = Scene::new();
    for line in ["options", "--help", "completions zsh"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        scene.run(line).stdout(writer).outcome().exits(0).says("");
    }
}
