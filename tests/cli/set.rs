//! `firstlight set`: other answers for a project that is there.

use crate::life::{Life, read};
use crate::support::Scene;

const PLACEHOLDERS: &str = "\
[placeholders.database]
prompt = \"Which database?\"
choices = [\"sqlite\", \"postgres\"]
default = \"sqlite\"

[placeholders.grpc]
type = \"bool\"
prompt = \"With gRPC?\"
default = false

[conditional.'grpc'.placeholders.port]
prompt = \"Where?\"
regex = \"^[0-9]+$\"
default = \"50051\"

[conditional.'!grpc']
ignore = [\"grpc.txt\"]
---seeded = [\"seed.txt\"]
";

const FILES: [(&str, &str); 3] = [
    ("a.txt.liquid", "one\n\n{{database}}\n\nfour {{grpc}}\n"),
    ("grpc.txt.liquid", "{{port}}\n"),
    ("seed.txt.liquid", "{{database}}\n"),
];

fn life() -> Life {
    Life::with_manifest(PLACEHOLDERS, &FILES)
}

#[test]
fn several_answers_change_at_once_and_give_what_new_would() {
    let life = life();
    let outcome = life.run("set database=postgres grpc=true").outcome();
    outcome.exits(0).prints("updated   a.txt\nadded     grpc.txt\nupdated   seed.txt\n");
    let said = "\
Brought `one` from `database=sqlite grpc=false` to `database=postgres grpc=true port=50051`.

Answers:
  port = 50051, which is new: `firstlight set port=…` changes it
";
    assert!(outcome.stderr.starts_with(said), "{outcome:?}");
    let fresh = "new two/one --template template --yes --database postgres --grpc --vcs none";
    life.scene.run(fresh).outcome().exits(0);
    let mut files = life.files();
    files.remove(".firstlight/undo.tar.zst");
    assert_eq!(files, read(&life.scene.path("two/one")));
    // And back.
    let outcome = life.run("set grpc=false database=sqlite").outcome();
    outcome.exits(0);
    assert!(outcome.stderr.contains("port is gone"), "{outcome:?}");
    assert_eq!(
        (life.read("a.txt"), life.exists("grpc.txt")),
        ("one\n\nsqlite\n\nfour false\n".to_owned(), false)
    );
}

#[test]
fn your_edits_stay_and_conflicts_name_the_answers() {
    let life = life();
    life.write("a.txt", "ONE\n\nsqlite\n\nfour false\n");
    life.run("set grpc=true").outcome().exits(0);
    assert_eq!(life.read("a.txt"), "ONE\n\nsqlite\n\nfour true\n");
    life.write("a.txt", "ONE\n\nmine\n\nfour true\n");
    life.write("seed.txt", "my seed\n");
    let outcome = life.run("set database=postgres").outcome();
    outcome.exits(3).prints("conflict  a.txt\nconflict  seed.txt\n");
    let marked = "\
<<<<<<< yours
mine
||||||| template 0.1.0 database=sqlite
sqlite
=======
postgres
>>>>>>> template 0.1.0 database=postgres
";
    assert!(life.read("a.txt").contains(marked), "{}", life.read("a.txt"));
    assert_eq!(life.read("seed.txt"), "my seed\n");
    assert_eq!(life.read("seed.txt.template-0.1.0"), "postgres\n");
}

#[test]
fn what_is_so_already_changes_nothing() {
    let life = life();
    let before = life.files();
    let outcome = life.run("set database=sqlite").outcome();
    outcome.exits(0).prints("").says("Nothing to do: `one` has what was asked for already.\n");
    assert_eq!(life.files(), before);
}

#[test]
fn answers_that_the_template_does_not_take_are_refused() {
    let life = life();
    let before = life.files();
    for (line, said) in [
        ("set databse=sqlite", "hint: did you mean `database`?"),
        ("set database=oracle", "hint: give one of sqlite, postgres"),
        ("set database", "hint: write `placeholder=value`"),
        ("set grpc=true grpc=false", "`grpc` is given twice"),
        ("set port=1", "`port` is only asked if `grpc`"),
    ] {
        let outcome = life.run(line).outcome();
        outcome.exits(2).prints("");
        assert!(outcome.stderr.contains(said), "{outcome:?}");
    }
    assert_eq!(life.files(), before);
}

#[test]
fn a_template_that_has_moved_on_has_to_be_merged_first() {
    let life = life();
    let files = [FILES[0], FILES[1], ("seed.txt.liquid", "{{database}}!\n")];
    for version in ["0.2.0", "0.1.0"] {
        life.release_with_manifest(version, PLACEHOLDERS, &files);
        let outcome = life.run("set grpc=true").outcome();
        outcome.exits(1).prints("");
        assert!(outcome.stderr.ends_with("hint: run `firstlight update` first\n"), "{outcome:?}");
    }
    life.update().exits(0);
    life.run("set grpc=true").outcome().exits(0);
}

#[test]
fn a_dry_run_writes_nothing() {
    let life = life();
    let before = life.files();
    life.run("set grpc=true --dry-run")
        .outcome()
        .exits(0)
        .prints("updated   a.txt\nadded     grpc.txt\n");
    assert_eq!(life.files(), before);
}

#[test]
fn the_embedded_template_flips_its_options_and_back() {
    let scene = Scene::new();
    scene.run("new one --yes --vcs none").outcome().exits(0);
    let before = read(&scene.path("one"));
    scene.run("set --project one database=postgres worker=false").outcome().exits(0);
    let line = "new two/one --yes --vcs none --database postgres --worker=false";
    scene.run(line).outcome().exits(0);
    let without_undo = || {
        let mut files = read(&scene.path("one"));
        files.remove(".firstlight/undo.tar.zst");
        files
    };
    assert!(without_undo() == read(&scene.path("two/one")), "not what `new` writes");
    scene.run("set --project one database=sqlite worker=true").outcome().exits(0);
    assert!(without_undo() == before, "not what it was");
}
