//! What has passed, and is not checked again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{ONE, change, commit, scene, verify};
use crate::support::{Run, Scene};

/// Tells how the checks of the one project ended.
#[track_caller]
pub fn outcomes(scene: &Scene, variables: &[(&str, &str)]) -> Vec<String> {
    let line = format!("verify --template template {ONE} --json");
    let run = scene.run(&line).env("XDG_CACHE_HOME", scene.path("cache"));
    let run = variables.iter().fold(run, |run, (name, value)| run.env(name, value));
    let outcome = run.outcome();
    let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let checks = json["projects"][0]["checks"].as_array().unwrap();
    checks.iter().map(|check| check["outcome"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn whatever_decides_about_a_check_is_a_reason_to_repeat_it() {
    let scene = scene(&[("first", &["true"]), ("second", &["true", "2"])]);
    assert_eq!(outcomes(&scene, &[]), ["passed", "passed"]);
    assert_eq!(outcomes(&scene, &[]), ["unchanged", "unchanged"]);
    // The compiler's flags.
    assert_eq!(outcomes(&scene, &[("RUSTFLAGS", "--cfg other")]), ["passed", "passed"]);
    assert_eq!(outcomes(&scene, &[]), ["unchanged", "unchanged"]);
    // The command, and its variables.
    change(&scene, "cargo-generate.toml", "[\"true\", \"2\"]", "[\"true\", \"3\"]");
    assert_eq!(outcomes(&scene, &[]), ["unchanged", "passed"]);
    change(&scene, "cargo-generate.toml", "\"3\"]", "\"3\"]\nenvironment = { A = \"1\" }");
    assert_eq!(outcomes(&scene, &[]), ["unchanged", "passed"]);
    change(&scene, "cargo-generate.toml", "A = \"1\"", "A = \"2\"");
    assert_eq!(outcomes(&scene, &[]), ["unchanged", "passed"]);
    // A file's contents, its mode, and its path.
    change(&scene, "src/grpc.rs", "A feature", "Another feature");
    assert_eq!(outcomes(&scene, &[]), ["passed", "passed"]);
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(scene.path("template/src/grpc.rs"), executable).unwrap();
    assert_eq!(outcomes(&scene, &[]), ["passed", "passed"]);
    fs::rename(scene.path("template/src/main.rs.liquid"), scene.path("template/src/b.rs.liquid"))
        .unwrap();
    assert_eq!(outcomes(&scene, &[]), ["passed", "passed"]);
    assert_eq!(outcomes(&scene, &[]), ["unchanged", "unchanged"]);
}

#[test]
fn what_has_failed_is_checked_again() {
    let scene = scene(&[("pass", &["true"]), ("fail", &["false"])]);
    assert_eq!(outcomes(&scene, &[]), ["passed", "failed"]);
    assert_eq!(outcomes(&scene, &[]), ["unchanged", "failed"]);
}

#[test]
fn one_run_at_a_time_has_the_folder_of_a_template() {
    let wait = ": \"${STARTED:?}\"; touch \"$STARTED\"; while [ ! -e \"$STARTED.end\" ]; do sleep 0.05; done";
    let scene = scene(&[("wait", &["sh", "-c", wait])]);
    let started = scene.path("started");
    let line = format!("verify --template template {ONE}");
    let run = scene.run(&line).env("XDG_CACHE_HOME", scene.path("cache"));
    let first = run.env("STARTED", &started).start();
    let begin = Instant::now();
    while !started.exists() {
        assert!(begin.elapsed() < Duration::from_mins(2), "the check does not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    let second = verify(&scene, ONE);
    scene.write("started.end", "");
    let first = first.wait_with_output().unwrap();
    assert!(first.status.success(), "{first:?}");
    second.exits(1);
    let said = "error: this template is being verified by another process, in `";
    assert!(second.stderr.contains(said), "{}", second.stderr);
}

#[test]
fn each_template_has_a_folder_of_its_own() {
    let scene = scene(&[("true", &["true"])]);
    verify(&scene, ONE).exits(0);
    let copied =
        Command::new("cp").args(["-r", "template", "other"]).current_dir(scene.path("")).status();
    assert!(copied.unwrap().success());
    let run = scene.run(&format!("verify --template other {ONE}"));
    run.env("XDG_CACHE_HOME", scene.path("cache")).outcome().exits(0);
    assert_eq!(fs::read_dir(scene.path("cache/firstlight/verify")).unwrap().count(), 2);
    // So has each repository, and each revision that is asked for.
    commit(&scene);
    let copy = ["-r", "template/.git", "other/"];
    let copied = Command::new("cp").args(copy).current_dir(scene.path("")).status();
    assert!(copied.unwrap().success());
    for (count, source) in [(3, "template"), (4, "other"), (5, "other#HEAD")] {
        let url = format!("file://{}", scene.path(source).display());
        let run = scene.run(&format!("verify --template {url} --trust {ONE}"));
        run.env("XDG_CACHE_HOME", scene.path("cache")).outcome().exits(0);
        let folders = fs::read_dir(scene.path("cache/firstlight/verify")).unwrap();
        assert_eq!(folders.count(), count, "{source}");
    }
}

#[test]
fn folders_with_one_target_directory_do_not_take_each_others_builds() {
    let scene = scene(&[("build", &["cargo", "build", "--locked"])]);
    let module = scene.read("template/src/grpc.rs");
    let copied =
        Command::new("cp").args(["-r", "template", "other"]).current_dir(scene.path("")).status();
    assert!(copied.unwrap().success());
    let builds = |template: &str, cache: &str, module: &str| {
        scene.write(&format!("{template}/src/grpc.rs"), module);
        let line = format!(
            "verify --template {template} {ONE} --name one --fresh --target-dir built --json"
        );
        let outcome = scene.run(&line).env("XDG_CACHE_HOME", scene.path(cache)).outcome();
        let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
        json["projects"][0]["checks"][0]["outcome"] == "passed"
    };
    let broken = "compile_error!(\"broken\");\n";
    for (template, cache) in [("other", "cache"), ("template", "cache-2")] {
        assert!(!builds(template, cache, broken));
        assert!(builds("template", "cache", &module));
        // No file of this folder changes, and all are older than what was built.
        assert!(!builds(template, cache, broken), "{template} {cache}");
    }
}

#[test]
fn projects_side_by_side_share_nothing_but_what_the_first_has_built() {
    // Of those that follow, each waits for the other, so that both lanes have one.
    let meet = r#"
        built="$CARGO_TARGET_DIR/deps/built"
        if [ ! -e "$SEEN" ]; then
            mkdir -p "$SEEN" "${built%/*}"
            echo once >"$built"
            touch -d @1000 "$built"
            ln -s built "${built%/*}/link"
            mkdir -p "$CARGO_TARGET_DIR/debug/.fingerprint/one-0123"
            exit
        fi
        older=$(find . -type f ! -newer "$built" | wc -l)
        own=$(ls "$CARGO_TARGET_DIR/debug/.fingerprint" | wc -l)
        echo "$CARGO_BUILD_BUILD_DIR $(readlink "${built%/*}/link") $(cat "$built")" \
            "$(stat -c %Y "$built") $older $own" >"$SEEN/$$"
        while [ "$(ls "$SEEN" | wc -l)" -lt 2 ]; do sleep 0.05; done
        echo changed >"$built"
    "#;
    let scene = scene(&[("meet", &["sh", "-c", meet])]);
    let manifest = scene.read("template/cargo-generate.toml");
    scene.write("template/cargo-generate.toml", format!("{manifest}timeout = 60\n"));
    let line = "verify --template template --only grpc=true --only metrics=true --name one --fresh \
                --jobs 2 --target-dir built";
    let script = |script: &str| {
        let mut command = Command::new("sh");
        let output = command.args(["-c", script]).current_dir(scene.path("")).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let seen = || {
        let run = scene.run(line).env("XDG_CACHE_HOME", scene.path("cache"));
        let run = run.env("CARGO_BUILD_BUILD_DIR", scene.path("shared"));
        run.env("SEEN", scene.path("seen")).outcome().exits(0);
        script("cat seen/*")
    };
    let has = |seen: &str, lane: &Path, own: usize| {
        let first = format!("{} built once 1000 0 {own}", lane.display());
        assert!(seen.lines().any(|line| line.trim_end() == first), "{first}: {seen}");
    };
    let first = seen();
    let built = fs::read_dir(scene.path("built")).unwrap().next().unwrap().unwrap().path();
    has(&first, &built, 1);
    has(&first, &built.join("lane-1"), 0);
    // To cargo, a project that was there before would be older than what is taken over.
    script("find cache -path '*/project/*' -type f -exec touch -d @1 {} +; rm -r built seen");
    has(&seen(), &built.join("lane-1"), 0);
}

#[test]
fn a_lane_without_work_gets_no_copy() {
    let note = r#"mkdir -p "$CARGO_TARGET_DIR/debug"; echo >>"$SEEN""#;
    let scene = scene(&[("build", &["sh", "-c", note])]);
    let run = |rest: &str| {
        let some = "--name one --all --only grpc=true --only metrics=true --target-dir built";
        let run = scene.run(&format!("verify --template template {some} {rest}"));
        let run = run.env("XDG_CACHE_HOME", scene.path("cache"));
        run.env("SEEN", scene.path("seen")).outcome().exits(0);
        let built = fs::read_dir(scene.path("built")).unwrap().next().unwrap().unwrap().path();
        (scene.read("seen").len(), built.join("lane-1").exists())
    };

    assert_eq!(run("--only worker=true --jobs 1"), (2, false));
    // Of four projects, two have passed, and the first of the others goes ahead.
    assert_eq!(run("--jobs 2"), (4, false));
    assert_eq!(run("--jobs 2 --fresh"), (8, true));
}

#[test]
fn builds_are_lean_unless_somebody_says_otherwise() {
    for name in ["CARGO_INCREMENTAL", "CARGO_PROFILE_DEV_DEBUG"] {
        let say = format!("echo \"${name}\" >\"$SEEN\"");
        let scene = scene(&[("say", &["sh", "-c", &say])]);
        let line = format!("verify --template template --fresh {ONE}");
        let seen = |run: Run| {
            run.env("SEEN", scene.path("seen")).outcome().exits(0);
            fs::read_to_string(scene.path("seen")).unwrap().trim().to_owned()
        };
        let run = || scene.run(&line).env("XDG_CACHE_HOME", scene.path("cache"));
        assert_eq!(seen(run()), "0");
        assert_eq!(seen(run().env(name, "1")), "1");
        let environment = format!("\"say\"\nenvironment = {{ {name} = \"2\" }}");
        change(&scene, "cargo-generate.toml", "\"say\"", &environment);
        assert_eq!(seen(run()), "2");
    }
}

#[test]
fn dependencies_are_built_leanly_whatever_the_manifest_says() {
    let build = r#"cargo build -v 2>&1 | grep "crate-name dependency" >"$SEEN""#;
    let scene = scene(&[("build", &["sh", "-c", build])]);
    let manifest = scene.read("template/Cargo.toml.liquid");
    let asks = r#"
[dependencies]
dependency.path = "dependency"

[profile.dev.package."*"]
debug = "line-tables-only"
"#;
    scene.write("template/Cargo.toml.liquid", manifest.clone() + asks);
    let dependency = manifest.replace("{{project-name}}", "dependency");
    scene.write("template/dependency/Cargo.toml", dependency);
    scene.write("template/dependency/src/lib.rs", "//! A dependency.\n");
    let line = format!("verify --template template --fresh {ONE}");
    let has_debug_information = |run: Run| {
        run.env("SEEN", scene.path("seen")).outcome().exits(0);
        scene.read("seen").contains(" debuginfo=")
    };
    let run = || scene.run(&line).env("XDG_CACHE_HOME", scene.path("cache"));
    assert!(!has_debug_information(run()));
    assert!(has_debug_information(run().env("CARGO_PROFILE_DEV_DEBUG", "1")));
}
