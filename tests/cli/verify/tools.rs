//! The tools of a check: what of them decides about its result.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::remembered::outcomes;
use super::scene;
use crate::support::Scene;

/// Makes a program in the scene.
pub fn program(scene: &Scene, path: &str, script: &str) {
    scene.write(path, format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(scene.path(path), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Makes tools that do no work, and gives a `PATH` where they come first: those of a toolchain say what
/// the file says that is named after it.
fn tools(scene: &Scene) -> String {
    let script = "case $1 in +*) name=${1#+} ;; *) name=${RUSTUP_TOOLCHAIN:-first} ;; esac\n\
                  cat \"${0%/*}/../$name\"";
    for tool in ["cargo", "cargo-clippy", "rustc", "rustdoc", "rustfmt"] {
        program(scene, &format!("tools/bin/{tool}"), script);
    }
    scene.write("tools/first", "1");
    scene.write("tools/second", "1");
    format!("{}:{}", scene.path("tools/bin").display(), std::env::var("PATH").unwrap())
}

#[test]
fn a_new_version_of_a_tool_is_a_reason_to_repeat_the_checks_that_use_it() {
    let scene = scene(&[
        ("usual", &["cargo", "test"]),
        ("other", &["cargo", "+second", "test"]),
        ("variable", &["cargo", "test"]),
    ]);
    let manifest = scene.read("template/cargo-generate.toml");
    let environment = "environment = { RUSTUP_TOOLCHAIN = \"second\" }\n";
    scene.write("template/cargo-generate.toml", manifest + environment);
    let path = tools(&scene);
    let run = || outcomes(&scene, &[("PATH", &path), ("RUSTUP_TOOLCHAIN", "first")]);
    assert_eq!(run(), ["passed", "passed", "passed"]);
    scene.write("tools/first", "2");
    assert_eq!(run(), ["passed", "unchanged", "unchanged"]);
    scene.write("tools/second", "2");
    assert_eq!(run(), ["unchanged", "passed", "passed"]);
}

#[test]
fn what_is_named_in_the_place_of_a_tool_counts_with_its_version() {
    let scene = scene(&[("true", &["true"])]);
    let path = tools(&scene);
    program(&scene, "other", "cat \"$0.version\"");
    let other = scene.path("other").display().to_string();
    for name in ["RUSTC", "CARGO_BUILD_RUSTC", "RUSTDOC", "RUSTFMT"] {
        let run = || outcomes(&scene, &[("PATH", &path), (name, &other)]);
        scene.write("other.version", "1");
        assert_eq!(run(), ["passed"], "{name}");
        assert_eq!(run(), ["unchanged"], "{name}");
        scene.write("other.version", "2");
        assert_eq!(run(), ["passed"], "{name}");
    }
}

#[test]
fn the_variables_of_the_tools_are_a_reason_to_repeat_a_check() {
    let scene = scene(&[("true", &["true"])]);
    let path = tools(&scene);
    let run = |name: &str| outcomes(&scene, &[("PATH", &path), (name, "1")]);
    assert_eq!(run("OTHER"), ["passed"]);
    assert_eq!(run("OTHER"), ["unchanged"]);
    for name in [
        "CARGO_ALIAS_TEST",
        "CARGO_ENCODED_RUSTDOCFLAGS",
        "CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS",
        "CARGO_UNSTABLE_BUILD_STD",
        "CLIPPY_CONF_DIR",
        "RUST_MIN_STACK",
        "RUST_TARGET_PATH",
        "RUST_TEST_THREADS",
    ] {
        assert_eq!(run(name), ["passed"], "{name}");
    }
}
