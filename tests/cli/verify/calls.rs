//! What `verify` is asked for.

use std::fs;
use std::process::Command;
use std::time::Duration;

use expectrl::{Eof, Expect, Session};

use super::{change, commit, git, lasting, scene, verify, verify_in_turn};
use crate::support::{Outcome, PROGRAM, assert_snapshot, clean};

#[test]
fn a_dry_run_says_what_would_be_checked() {
    let scene = scene(&[]);
    let outcome = verify(&scene, "--dry-run");
    outcome.exits(0).prints("");
    assert_snapshot("verify/dry-run.txt", &lasting(&outcome));
    assert_eq!(scene.list(), [""; 0]);
}

#[test]
fn the_combinations_can_be_chosen() {
    let scene = scene(&[]);
    for (arguments, projects) in [
        ("--all", 16),
        ("--strength 1", 3),
        ("--strength 4", 16),
        ("--all --only grpc=true", 8),
        ("--all --only grpc=true --only database=sqlite --only database=postgres", 8),
        ("--only grpc=true --only database=sqlite --only worker=false --only metrics=true", 1),
    ] {
        let outcome = verify(&scene, &format!("--dry-run {arguments}"));
        outcome.exits(0);
        let found = outcome.stderr.lines().filter(|line| line.contains("firstlight new")).count();
        assert_eq!(found, projects, "{arguments}: {}", outcome.stderr);
    }
}

#[test]
fn a_template_can_name_texts_to_try() {
    let scene = scene(&[]);
    let placeholder =
        "[placeholders.key]\nprompt = \"Key?\"\nregex = \"^K-[0-9]+$\"\n\n[conditional.'!grpc']";
    change(&scene, "cargo-generate.toml", "[conditional.'!grpc']", placeholder);
    scene.write("template/key.txt.liquid", "{{key}}\n");
    verify(&scene, "--dry-run").exits(2).says(
        "error: no text is known that the placeholder `key` accepts\n\n\
         hint: give it a default, or texts under [firstlight.samples], or one with `--only key=…`\n",
    );
    let manifest = scene.read("template/cargo-generate.toml");
    let samples = "[firstlight.samples]\nkey = [\"K-1\", \"K-23\"]\n";
    scene.write("template/cargo-generate.toml", format!("{manifest}\n{samples}"));
    let count = |sample: &str, outcome: &Outcome| {
        let key = format!(" --key={sample} ");
        outcome.stderr.lines().filter(|line| line.contains(&key)).count()
    };
    let outcome = verify(&scene, "--dry-run");
    outcome.exits(0);
    let counts = (count("K-1", &outcome), count("K-23", &outcome));
    assert_eq!(counts, (3, 2), "{}", outcome.stderr);
    // What firstlight knows is tried, too.
    change(&scene, "cargo-generate.toml", "^K-[0-9]+$", "^K-[0-9]+$|^<b>$|^$");
    let outcome = verify(&scene, "--dry-run");
    let counts = ["K-1", "K-23", ""].map(|sample| count(sample, outcome.exits(0)));
    assert_eq!(counts, [2, 2, 1], "{}", outcome.stderr);
}

#[test]
fn wrong_calls_are_refused() {
    let scene = scene(&[]);
    scene.write("full/file", "");
    let mut text = String::new();
    for arguments in [
        "--only gprc=true",
        "--only grpc=yes --only database=mysql",
        "--only grpc",
        "--strength 0",
        "--all --strength 3",
        "--keep full",
        "--junit nowhere/report.xml",
        "--grpc=true",
    ] {
        let outcome = verify(&scene, arguments);
        assert_eq!(outcome.code, Some(2), "{arguments}: {outcome:#?}");
        text += &format!("{}\n", lasting(&outcome));
    }
    assert_snapshot("verify/refused.txt", &text);
}

#[test]
fn only_what_has_changed_since_a_revision_is_checked() {
    let scene = scene(&[("name", &["grep", "--quiet", "name", "Cargo.toml"])]);
    commit(&scene);
    let none = verify(&scene, "--since HEAD");
    none.exits(0);
    change(&scene, "src/grpc.rs", "A feature.", "Another feature.");
    let some = verify_in_turn(&scene, "--since HEAD");
    some.exits(0);
    // Another check is another project, though its files are as they were.
    git(&scene, "-C template commit --quiet --all --message second");
    let manifest = scene.read("template/cargo-generate.toml");
    change(
        &scene,
        "cargo-generate.toml",
        "\"name\", \"Cargo.toml\"",
        "\"version\", \"Cargo.toml\"",
    );
    let check = verify(&scene, "--since HEAD --dry-run");
    check.exits(0);
    scene.write("template/cargo-generate.toml", manifest);
    // A template that could not be rendered then says nothing about now.
    let manifest = scene.read("template/cargo-generate.toml");
    scene.write("template/cargo-generate.toml", "[");
    git(&scene, "-C template commit --quiet --all --message third");
    scene.write("template/cargo-generate.toml", manifest);
    let all = verify(&scene, "--since HEAD --dry-run");
    all.exits(0);
    let unknown = verify(&scene, "--since no-such-revision");
    unknown.exits(2);
    let dash = verify(&scene, "--since=--output=x");
    dash.exits(2);
    let said = [none, some, check, all, dash].map(|outcome| lasting(&outcome)).join("\n");
    assert_snapshot("verify/since.txt", &said);
    assert_eq!(scene.list(), ["cache"]);
    scene.run("verify --since HEAD").outcome().exits(2);
}

#[test]
fn a_choice_that_is_gone_counts_as_its_default_was() {
    let scene = scene(&[("name", &["grep", "--quiet", "name", "Cargo.toml"])]);
    commit(&scene);
    let placeholder =
        "[placeholders.worker]\ntype = \"bool\"\nprompt = \"With a worker?\"\ndefault = true\n";
    change(&scene, "cargo-generate.toml", placeholder, "");
    let condition = "[conditional.'!worker']\nignore = [\"src/worker.rs\"]\n";
    change(&scene, "cargo-generate.toml", condition, "");
    let tags = "{%- if worker %}\nmod worker;\n{%- endif %}\n";
    change(&scene, "src/main.rs.liquid", tags, "mod worker;\n");
    let outcome = verify(&scene, "--since HEAD --all --dry-run");
    outcome.exits(0);
    let said = "8 of them are as they were at `HEAD`.";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
}

#[test]
fn a_name_that_a_dependency_has_is_not_tried() {
    let scene = scene(&[]);
    let dependency = "edition = \"2024\"\n\n[dependencies]\na = { path = \"a\" }\n";
    change(&scene, "Cargo.toml.liquid", "edition = \"2024\"\n", dependency);
    let outcome = verify(&scene, "--dry-run");
    outcome.exits(0);
    let count = |name: &str| {
        let made = format!("firstlight new \"$made\"/{name} ");
        outcome.stderr.lines().filter(|line| line.contains(&made)).count()
    };
    let names = (count("a"), count("a-project-that-is-a-sample"));
    assert_eq!(names, (0, 2), "{}", outcome.stderr);
}

#[test]
fn a_check_does_not_see_what_cargo_sets_for_firstlight() {
    let script =
        "test -z \"$CARGO_MANIFEST_DIR$CARGO_PKG_NAME\" && test \"$CARGO_TERM_COLOR\" = never";
    let scene = scene(&[("see", &["sh", "-c", script])]);
    let run = scene.run("verify --template template --only grpc=true");
    let run = run.env("XDG_CACHE_HOME", scene.path("cache")).env("CARGO_TERM_COLOR", "always");
    run.env("CARGO_MANIFEST_DIR", "/x").env("CARGO_PKG_NAME", "x").outcome().exits(0);
}

#[test]
fn nothing_that_a_check_leaves_reaches_the_next_project() {
    // Each project finds what was rendered for it, although the one before has made a mess of it.
    let mess = "test ! -L src/main.rs && grep --quiet DATABASE src/main.rs && test ! -e empty && \
                ln -sf \"$OUTSIDE\" src/main.rs && rm src/grpc.rs && mkdir -p src/grpc.rs/more empty && \
                ln -s nowhere link && touch \"$(printf 'a\\377')\"";
    let scene = scene(&[("mess", &["sh", "-c", mess])]);
    scene.write("outside", "mine");
    for _ in 0..2 {
        let run = scene.run("verify --template template --only grpc=true --fresh");
        let run = run.env("XDG_CACHE_HOME", scene.path("cache"));
        run.env("OUTSIDE", scene.path("outside")).outcome().exits(0);
    }
    assert_eq!(scene.read("outside"), "mine");
}

#[test]
fn a_check_with_a_condition_is_for_some_projects() {
    let scene =
        scene(&[("all", &["true"]), ("some", &["grep", "--quiet", "postgres", "src/main.rs"])]);
    let condition = "\"src/main.rs\"]\nwhen = 'database == \"postgres\"'";
    change(&scene, "cargo-generate.toml", "\"src/main.rs\"]", condition);
    let outcome = verify(&scene, "--all");
    outcome.exits(0);
    let count = |name: &str| {
        let line = format!("  {name}  ");
        outcome
            .stderr
            .lines()
            .filter(|found| found.contains(&line) && found.ends_with(" s"))
            .count()
    };
    assert_eq!((count("all "), count("some")), (16, 8), "{}", outcome.stderr);
}

#[test]
fn a_check_that_no_project_gets_is_named() {
    let scene = scene(&[("all", &["true"]), ("some", &["true"])]);
    let manifest = scene.read("template/cargo-generate.toml");
    let with = |when: &str| {
        let text = format!("{manifest}when = '{when}'\n");
        scene.write("template/cargo-generate.toml", text);
    };
    let warning = "warning: cargo-generate.toml:41:9: no project that is planned gets the check `some`\n\n\
                   hint: raise `--strength`, or give the answers with `--only`\n";
    with("grpc && worker && metrics");
    let two = verify(&scene, "");
    assert!(two.exits(0).stderr.starts_with(warning), "{}", two.stderr);
    // Whoever raises the strength gets it, and whoever narrows the choice down does not want it.
    for rest in ["--strength 3", "--only grpc=true --only worker=false", "--lint"] {
        let outcome = verify(&scene, rest);
        assert!(!outcome.exits(0).stderr.contains("warning"), "{rest}: {}", outcome.stderr);
    }
}

#[test]
fn projects_without_checks_are_not_proven() {
    let scene = scene(&[]);
    let cargo = scene.read("template/Cargo.toml.liquid");
    fs::remove_file(scene.path("template/Cargo.toml.liquid")).unwrap();
    scene.write("template/service/Cargo.toml.liquid", cargo);
    let line = "--only grpc=true --only worker=true --only metrics=true";
    let run = || {
        let outcome = verify(&scene, &format!("{line} --json"));
        let json: serde_json::Value = serde_json::from_str(&outcome.exits(0).stdout).unwrap();
        (json["passed"].clone(), super::lasting_text(&outcome.stderr))
    };
    let (none_passed, none) = run();
    let manifest = scene.read("template/cargo-generate.toml");
    let check = "[[firstlight.checks]]\nname = \"true\"\ncommand = [\"true\"]\n\
                 when = 'database == \"sqlite\"'\n";
    scene.write("template/cargo-generate.toml", format!("{manifest}{check}"));
    let (some_passed, some) = run();
    assert_eq!((none_passed, some_passed), (false.into(), true.into()));
    assert_snapshot("verify/unchecked.txt", &[none, some].join("\n"));
}

#[test]
fn nothing_of_a_template_from_elsewhere_runs_without_trust() {
    let scene = scene(&[("touch", &["touch", "/nowhere/it-ran"])]);
    commit(&scene);
    let url = format!("file://{}", scene.path("template").display());
    let verify = |rest: &str| {
        let run = scene.run(&format!("verify --template {url} {rest}"));
        run.env("XDG_CACHE_HOME", scene.path("cache")).outcome()
    };
    let said = format!(
        "error: checks would run commands and code of `{url}`\n\n\
         hint: look at it with `--lint` and `--dry-run`; if you trust it, add `--trust`\n"
    );
    verify("").exits(2).prints("").says(&said);
    assert!(!scene.path("cache").exists());
    verify("--lint").exits(0);
    verify("--dry-run").exits(0);
    let trusted = verify("--trust --only grpc=true");
    trusted.exits(1);
    assert!(trusted.stderr.contains("/nowhere/it-ran"), "{}", trusted.stderr);
}

#[test]
fn a_terminal_shows_the_check_that_is_running() {
    let scene = scene(&[("name", &["grep", "--quiet", "name", "Cargo.toml"])]);
    let mut command = Command::new(PROGRAM);
    command.args(["verify", "--template", "template", "--jobs", "1"]).current_dir(scene.path(""));
    clean(&mut command);
    command.env("TERM", "xterm").env("XDG_CACHE_HOME", scene.path("cache"));
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_mins(2)));
    session.expect("1/5  name  …").unwrap();
    // What was running is written over by what has ended.
    session.expect("\r\x1b[2K1/5  name  ").unwrap();
    session.expect("All 5 checks have passed").unwrap();
    session.expect(Eof).unwrap();
}
