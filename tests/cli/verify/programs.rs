//! What lies in cargo's folder for people: a project finds there what is its own.

use super::{ONE, change, scene};

#[test]
fn programs_of_earlier_projects_are_gone_and_its_own_are_not_compiled_again() {
    let build = r#"
        cargo build --locked --bins --examples >"$SEEN" 2>&1 || exit
        [ -e src/bin/worker.rs ]
        own=$?
        for program in worker examples/sample; do
            [ -e "$CARGO_TARGET_DIR/debug/$program" ]
            [ $? = $own ] || exit
        done
    "#;
    let scene = scene(&[("build", &["sh", "-c", build])]);
    let own = "\"src/worker.rs\", \"src/bin/worker.rs\", \"examples/sample.rs\"";
    change(&scene, "cargo-generate.toml", "\"src/worker.rs\"", own);
    for path in ["src/bin/worker.rs", "examples/sample.rs"] {
        scene.write(&format!("template/{path}"), "//! A program.\n\nfn main() {}\n");
    }
    let run = |rest: &str| {
        let line = format!("verify --template template --name one --jobs 1 --fresh {rest}");
        let run = scene.run(&line).env("XDG_CACHE_HOME", scene.path("cache"));
        run.env("SEEN", scene.path("seen")).outcome().exits(0);
        scene.read("seen")
    };
    // The second time, each of the two projects comes after the other.
    let both = "--only grpc=true --only metrics=true --only database=sqlite";
    run(both);
    run(both);
    run(ONE);
    let said = run(ONE);
    assert!(said.contains("Finished") && !said.contains("Compiling"), "{said}");
}

#[test]
fn programs_of_a_project_that_is_checked_at_the_same_time_stay() {
    // After the first project the second lane has one, until the first lane has begun its third.
    let stay = r#"
        lane=${CARGO_TARGET_DIR##*/}
        mkdir -p "$CARGO_TARGET_DIR/debug" "$SEEN"
        touch "$CARGO_TARGET_DIR/debug/.cargo-lock" "$CARGO_TARGET_DIR/debug/program"
        if [ "$lane" != lane-1 ]; then
            touch "$SEEN/$$"
            [ "$(ls "$SEEN" | wc -l)" -eq 1 ] || until [ -e "$SEEN/lane-1" ]; do sleep 0.05; done
            exit 0
        fi
        touch "$SEEN/lane-1"
        while [ "$(ls "$SEEN" | wc -l)" -lt 4 ]; do sleep 0.05; done
        [ -e "$CARGO_TARGET_DIR/debug/program" ]
    "#;
    let scene = scene(&[("stay", &["sh", "-c", stay])]);
    let manifest = scene.read("template/cargo-generate.toml");
    scene.write("template/cargo-generate.toml", format!("{manifest}timeout = 60\n"));
    let line = "verify --template template --only grpc=true --only metrics=true --all --jobs 2";
    let run = scene.run(line).env("XDG_CACHE_HOME", scene.path("cache"));
    run.env("SEEN", scene.path("seen")).outcome().exits(0);
}
