//! Command lines, destinations and answers that are refused.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use super::{Transcript, nothing};
use crate::support::{MANIFEST, Scene, assert_snapshot};

#[test]
fn names_that_something_else_has_or_nobody_can_use() {
    let mut transcript = Transcript::default();
    let long = "a".repeat(64);
    for (title, name) in [
        ("upper-case letters", "UserService"),
        ("underscores", "user_service"),
        ("a digit first", "2fast"),
        ("a dash at the end", "user-"),
        ("two dashes", "user--service"),
        ("letters outside of ASCII", "benützer"),
        ("nothing that a name could be made of", "_"),
        ("a keyword", "match"),
        ("a keyword after the suggested change", "Match"),
        ("a reserved keyword", "yield"),
        ("a keyword of the latest edition", "gen"),
        ("a weak keyword", "union"),
        ("the entry point", "main"),
        ("the standard library", "std"),
        ("the core library", "core"),
        ("the test crate", "test"),
        ("a crate of the compiler", "proc-macro"),
        ("a folder of cargo", "deps"),
        ("a device on Windows", "nul"),
        ("a numbered device on Windows", "com1"),
        ("a name that is too long", long.as_str()),
    ] {
        transcript.case(title, &format!("new {name} --yes"), 2, nothing);
    }
    let with = |manifest: &'static str, lock: &'static str| {
        move |scene: &Scene| {
            scene.write("template/Cargo.toml.liquid", manifest);
            scene.write("template/Cargo.lock", lock);
        }
    };
    let new = |name: &str| format!("new {name} --template template --yes --team a");
    transcript.case(
        "a dependency",
        &new("serde-json"),
        2,
        with("[dependencies]\nserde_json = \"1\"\n", ""),
    );
    let platform = "[target.'cfg(unix)'.dev-dependencies]\nnix = \"1\"\n";
    transcript.case("a dependency of one platform's tests", &new("nix"), 2, with(platform, ""));
    let renamed = "[build-dependencies]\nproto = { package = \"prost\", version = \"1\" }\n";
    transcript.case("a dependency under another name", &new("prost"), 2, with(renamed, ""));
    let lock = "[[package]]\nname = \"bytes\"\nversion = \"1.0.0\"\nsource = \"registry\"\n";
    transcript.case("a dependency of a dependency", &new("bytes"), 2, with("", lock));
    assert_snapshot("refused-names.txt", &transcript.text);
}

#[test]
fn destinations_that_cannot_be_written_to() {
    let mut transcript = Transcript::default();
    let new = |path: &str| format!("new {path} --template template --yes --team a");
    transcript.case("the folder itself", &new("."), 2, nothing);
    transcript.case("the folder above", &new(".."), 2, nothing);
    transcript.case("a path that ends in a dot", &new("one/."), 2, nothing);
    transcript.case("the root", &new("/"), 2, nothing);
    transcript.case("a folder that is not empty", &new("one"), 2, |scene| {
        scene.write("one/.hidden", "");
    });
    transcript.case("a file", &new("one"), 2, |scene| scene.write("one", ""));
    transcript.case("a link to an empty folder", &new("one"), 2, |scene| {
        fs::create_dir(scene.path("elsewhere")).unwrap();
        symlink("elsewhere", scene.path("one")).unwrap();
    });
    transcript.case("a link to nothing", &new("one"), 2, |scene| {
        symlink("nowhere", scene.path("one")).unwrap();
    });
    transcript.case("a way back out of nowhere", &new("nowhere/../one"), 2, nothing);
    assert_snapshot("refused-destinations.txt", &transcript.text);
}

#[test]
fn a_path_through_a_file_is_refused() {
    let scene = Scene::new();
    scene.write("file", "");
    let outcome = scene.run("new file/one --template template --yes --team a").outcome();
    let file = scene.path("file");
    let said = format!(
        "error: `{}` is a file, not a folder to put a project into\n\nhint: choose another path\n",
        file.display()
    );
    outcome.exits(2).prints("").says(&said);
}

#[test]
fn answers_that_are_missing_or_wrong() {
    let mut transcript = Transcript::default();
    let new = |rest: &str| format!("new one --template template {rest}");
    transcript.case("no answers", &new(""), 2, nothing);
    transcript.case("an answer without a default", &new("--yes"), 2, nothing);
    transcript.case(
        "a choice that does not exist, as a flag",
        &new("--database mysql"),
        2,
        nothing,
    );
    transcript.case("a choice that does not exist", &new("-d database=mysql"), 2, nothing);
    transcript.case("a flag that is neither true nor false", &new("-d grpc=yes"), 2, nothing);
    transcript.case("a text that the regex refuses", &new("--team A-Team"), 2, nothing);
    transcript.case("a placeholder that does not exist", &new("-d databse=sqlite"), 2, nothing);
    transcript.case("a definition without a value", &new("-d database"), 2, nothing);
    let twice = new("-d database=sqlite -d database=postgres --yes");
    transcript.case("two values for one placeholder", &twice, 2, nothing);
    transcript.case("a flag twice", &new("--team a --team b"), 2, nothing);
    let several = new("-d grpc=1 -d nothing=2 -d team=3");
    transcript.case("several mistakes at once", &several, 2, nothing);
    let values = new("--yes --team a --values values.toml");
    transcript.case("a file of values that is missing", &values, 2, nothing);
    transcript.case("a file of values that is no TOML", &values, 2, |scene| {
        scene.write("values.toml", "database: sqlite\n");
    });
    transcript.case("a number in a file of values", &values, 2, |scene| {
        scene.write("values.toml", "team = 7\n");
    });
    transcript.case("an unknown name in a file of values", &values, 2, |scene| {
        scene.write("values.toml", "teem = \"a\"\n");
    });
    transcript.case("a template that does not exist", "options --template nowhere", 2, nothing);
    let conditional = |scene: &Scene| {
        let port = "\n[conditional.grpc.placeholders.port]\nprompt = \"Port?\"\n";
        scene.write("template/cargo-generate.toml", format!("{MANIFEST}{port}"));
        scene.write("template/port.txt", "{% if grpc %}{{port}}{% endif %}");
    };
    let vain = new("--yes --team a --port 1");
    transcript.case("an answer to a question that is not asked", &vain, 2, conditional);
    let missing = new("--yes --team a --grpc");
    transcript.case("no answer to a question of a condition", &missing, 2, conditional);
    assert_snapshot("refused-answers.txt", &transcript.text);
}

#[test]
fn variables_that_are_wrong() {
    let scene = Scene::new();
    let new = "new one --template template --yes --team a";
    let unknown = "error: the template has no variable `FIRSTLIGHT_DATABSE`\n\nhint: did you mean `FIRSTLIGHT_DATABASE`?\n";
    scene.run(new).env("FIRSTLIGHT_DATABSE", "sqlite").outcome().exits(2).prints("").says(unknown);
    let other = "error: the template has no variable `FIRSTLIGHT_LOG`\n\nhint: `firstlight options` lists what the template asks for\n";
    scene.run(new).env("FIRSTLIGHT_LOG", "debug").outcome().exits(2).prints("").says(other);
    let bytes = OsStr::from_bytes(b"a\xff");
    let text = "error: `FIRSTLIGHT_TEAM` is not text\n\nhint: write it in UTF-8\n";
    scene.run(new).env("FIRSTLIGHT_TEAM", bytes).outcome().exits(2).prints("").says(text);
    let wrong = "error: `FIRSTLIGHT_GRPC` cannot be `on`\n\nhint: give true or false\n";
    scene.run(new).env("FIRSTLIGHT_GRPC", "on").outcome().exits(2).prints("").says(wrong);
    assert_eq!(scene.list(), Vec::<String>::new());
}
