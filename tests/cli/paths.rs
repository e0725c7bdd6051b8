//! Odd paths, and the commands that are printed for them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::{PROGRAM, Scene, clean};

/// Is a path that is not UTF-8.
const BYTES: &[u8] = b"d\xff/one";

/// Runs a printed command in the scene.
fn follow(scene: &Scene, command: &str) {
    let program = command.replacen("firstlight", PROGRAM, 1);
    let mut shell = Command::new("sh");
    shell.args(["-c", &program]).current_dir(scene.path(""));
    clean(&mut shell);
    assert!(shell.output().unwrap().status.success(), "{command}");
}

#[test]
fn the_command_at_the_end_makes_the_same_project_again() {
    let scene = Scene::new();
    let description = "It's 100% (ours), or: not - 1 + 1";
    scene.write("template/cargo-generate.toml", "[template]\nfmt = false\n[placeholders]\ndescription = { prompt = \"What?\" }\n[firstlight]\nversion = \"1.0.0\"\n");
    scene.write("template/all.txt.liquid", "{{description}}");
    let words =
        ["new", "one", "--template", "template", "--vcs", "none", "--description", description];
    let outcome = scene.run_words(&words).outcome();
    outcome.exits(0);
    let command = outcome.stderr.lines().last().unwrap().trim();
    fs::rename(scene.path("one"), scene.path("first")).unwrap();
    follow(&scene, command);
    for path in ["all.txt", ".firstlight/record.toml"] {
        assert_eq!(scene.read(&format!("one/{path}")), scene.read(&format!("first/{path}")));
    }
    assert_eq!(scene.read("one/all.txt"), description);
}

#[test]
fn the_commands_at_the_end_are_right_for_odd_paths() {
    for path in ["-dash/one", "--json/one", "it's a $HOME/one", "a\nb/one", "=eq/one"] {
        let scene = Scene::new();
        let words = ["new", "--template=template", "--yes", "--team=a", "--vcs=none", "--", path];
        let outcome = scene.run_words(&words).outcome();
        outcome.exits(0).prints(&format!("{path}\n"));
        let (_, rest) = outcome.stderr.split_once("\n  cd ").unwrap();
        let (cd, _) = rest.split_once("\n  cargo run\n").unwrap();
        follow(&scene, &format!("cd {cd} && test -e all.txt"));
        let (_, command) = outcome.stderr.split_once("again:\n  ").unwrap();
        fs::remove_dir_all(scene.path(path)).unwrap();
        follow(&scene, command);
        assert_eq!(scene.read(&format!("{path}/all.txt")), "one sqlite false a\n");
    }
}

#[test]
fn a_path_that_is_not_text_is_printed_as_it_is() {
    let scene = Scene::new();
    let path = OsStr::from_bytes(BYTES);
    let words = ["new", "--template=template", "--yes", "--team=a", "--vcs=none"].map(OsStr::new);
    let mut command = Command::new(PROGRAM);
    command.args(words).arg(path).current_dir(scene.path(""));
    clean(&mut command);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(output.stdout, [BYTES, b"\n"].concat());
    assert!(
        said.ends_with("A path is not UTF-8: no command can be shown that has it.\n"),
        "{said}"
    );
    assert!(scene.path("").join(path).join("all.txt").exists());
}

#[test]
fn a_path_that_is_not_text_is_refused_for_json() {
    let scene = Scene::new();
    let words = ["new", "--template=template", "--yes", "--team=a", "--json"].map(OsStr::new);
    let said = "\
error: JSON cannot hold a path that is not UTF-8

hint: leave out `--json`, or choose paths in UTF-8
";
    let words = [&words[..], &[OsStr::from_bytes(BYTES)]].concat();
    scene.run_words(&words).outcome().exits(2).prints("").says(said);
    assert_eq!(scene.list(), Vec::<String>::new());
}

#[test]
fn a_template_whose_path_is_not_text_is_used() {
    let scene = Scene::new();
    let folder = OsString::from_vec(b"t\xff".to_vec());
    fs::rename(scene.path("template"), scene.path("").join(&folder)).unwrap();
    for option in
        [vec![OsStr::new("--template"), &folder], vec![OsStr::from_bytes(b"--template=t\xff")]]
    {
        let words = [&["options"].map(OsStr::new)[..], &option].concat();
        let outcome = scene.run_words(&words).outcome();
        outcome.exits(0);
        assert!(outcome.stdout.contains("Whose is it?"), "{}", outcome.stdout);
    }
}

#[test]
fn there_is_one_template() {
    let scene = Scene::new();
    let other = scene.path("other");
    fs::create_dir(&other).unwrap();
    for file in ["cargo-generate.toml", "all.txt.liquid"] {
        fs::copy(scene.path(&format!("template/{file}")), other.join(file)).unwrap();
    }
    for line in [
        "--template template new one --yes --team a --template other",
        "--template=other new one --yes --team a --template=template",
        "new one --yes --define --template=template",
        "new one --yes --values --template=template",
    ] {
        let outcome = scene.run(line).outcome();
        outcome.exits(2).prints("");
    }
    assert_eq!(scene.list(), ["other"]);
    let twice = "--template template new one --yes --team a --template template --vcs none";
    scene.run(twice).outcome().exits(0);
}

#[test]
fn a_link_above_is_followed_and_one_to_nowhere_is_told_before_any_question() {
    let scene = Scene::new();
    fs::create_dir(scene.path("real")).unwrap();
    symlink("real", scene.path("link")).unwrap();
    let rest = "--template template --team a --vcs none";
    let outcome = scene.run(&format!("new link/one --yes --json {rest}")).outcome();
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let real = scene.path("real").canonicalize().unwrap().join("one");
    assert_eq!(json["path"], real.to_str().unwrap());
    symlink("nowhere", scene.path("dangling")).unwrap();
    let said = format!(
        "error: `{}` is a symbolic link to nothing\n\nhint: choose another path\n",
        scene.path("dangling").display()
    );
    // Without `--yes` an answer is missing, which would be told after this.
    scene.run(&format!("new dangling/one {rest}")).outcome().exits(2).prints("").says(&said);
    scene.run(&format!("new dangling/deep/one {rest}")).outcome().exits(2).prints("").says(&said);
}

#[test]
fn a_project_inside_of_a_workspace_is_told() {
    let scene = Scene::new();
    scene.write("w/Cargo.toml", "[workspace]\nmembers = []\n");
    let manifest = scene.path("w").canonicalize().unwrap().join("Cargo.toml");
    let note = format!(
        "note: the project is inside of the workspace of `{}`: cargo refuses it unless `members` or \
         `exclude` there covers it\n",
        manifest.display()
    );
    let new = |name: &str| {
        let line = format!("new w/deep/{name} --template template --yes --team a --vcs none");
        scene.run(&line).outcome().exits(0).stderr.contains(&note)
    };
    assert!(!new("no-package"));
    scene.write("template/Cargo.toml.liquid", "[package]\nname = \"{{project-name}}\"\n");
    assert!(new("package"));
    scene.write("template/Cargo.toml.liquid", "[package]\nname = \"a\"\n[workspace]\n");
    assert!(!new("workspace"));
}
