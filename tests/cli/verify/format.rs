//! Code that rustfmt would write in another way.

use std::fs;
use std::process::Command;

use super::{change, lasting, scene, verify};
use crate::support::{Outcome, Scene, assert_snapshot};

#[test]
fn code_that_is_not_formatted_is_an_error_at_its_place_in_the_template() {
    let mut text = String::new();
    for (title, prepare) in [
        ("a branch", branch as fn(&Scene)),
        ("lines between tags, and around them", lines),
        ("a file that is copied as it is", copied),
        ("a file that no module names, with tags in its path", alone),
        ("a name that does not fit into the line", long),
        ("the project's own settings", settings),
        ("the edition of the project's package", edition),
    ] {
        let scene = scene(&[]);
        prepare(&scene);
        let outcome = verify(&scene, "--lint");
        assert_eq!(outcome.code, Some(1), "{title}: {outcome:#?}");
        assert_eq!(scene.list(), [""; 0], "{title}: something was written");
        text += &format!("## {title}\n{}\n", lasting(&outcome));
    }
    assert_snapshot("verify/format.txt", &text);
}

fn branch(scene: &Scene) {
    let old = "{%- if worker %}\nmod worker;\n";
    change(scene, "src/main.rs.liquid", old, "{%- if worker %}\n  mod worker;\n");
}

fn lines(scene: &Scene) {
    let text = "//! A {{database}}.\n{% if grpc -%}\n\n\n\n{%- endif %}\n{% case database %}\n\
                {%- when 'sqlite' %}\nfn a( ) {}\n{%- else %}\nfn b() {}\n{%- endcase %}\n\
                {% for i in (1..2) %}\nfn c{{i}}() {}\n{%- endfor %}\n{% raw %}\nfn d( ) {}{% endraw %}\n";
    fs::remove_file(scene.path("template/src/metrics.rs")).unwrap();
    scene.write("template/src/metrics.rs.liquid", text);
}

fn copied(scene: &Scene) {
    change(scene, "cargo-generate.toml", "fmt = false", "fmt = false\nexclude = [\"src/grpc.rs\"]");
    scene.write("template/src/grpc.rs", "//! {{ nobody }}\n\nfn é() {   }\n");
}

fn alone(scene: &Scene) {
    scene.write("template/data/{{database}}.rs.liquid", "fn a() {}\nstruct {{database}} { }\n");
}

fn long(scene: &Scene) {
    let text = "//! A feature.\n\n/// Is a name.\npub const NAME: &str = \"{{project-name}}\".trim_ascii();\n";
    scene.write("template/data/long.rs", text);
}

fn settings(scene: &Scene) {
    scene.write("template/rustfmt.toml", "tab_spaces = 2\n");
    scene.write("template/data/rustfmt.toml", "disable_all_formatting = true\n");
    scene.write("template/data/odd.rs", "fn a( ) {}\n");
}

fn edition(scene: &Scene) {
    change(scene, "Cargo.toml.liquid", "\"2024\"", "\"2015\"");
    scene.write("template/src/grpc.rs", "//! A feature.\n\nfn async( ) {}\n");
}

/// Lints with nothing in the `PATH`.
fn without_programs(scene: &Scene) -> Outcome {
    scene.run("verify --template template --lint").env("PATH", scene.path("none")).outcome()
}

#[test]
fn without_rustfmt_the_format_is_not_known() {
    let scene = scene(&[]);
    without_programs(&scene).exits(0).says(
        "warning: cargo-generate.toml: whether the code is formatted is not known: \
         `rustfmt` is not installed\n\n\
         hint: install it, with `rustup component add rustfmt` for one\n\n\
         The lint has found no errors.\n",
    );
}

#[test]
fn without_code_there_is_no_need_for_rustfmt() {
    let scene = Scene::new();
    without_programs(&scene).exits(0).says("The lint has found no errors.\n");
}

#[test]
fn what_rustfmt_cannot_read_is_a_warning() {
    let scene = scene(&[]);
    change(&scene, "src/main.rs.liquid", "mod grpc;\n", "mod grpc;\n{{database}}!;\n");
    fs::remove_file(scene.path("template/src/worker.rs")).unwrap();
    let line = "\n[conditional.'!worker']\nignore = [\"src/worker.rs\"]\n";
    change(&scene, "cargo-generate.toml", line, "");
    let outcome = verify(&scene, "--lint");
    outcome.exits(0);
    assert_snapshot("verify/unreadable.txt", &lasting(&outcome));
}

#[test]
fn code_outside_of_the_project_is_none_of_it() {
    let scene = scene(&[]);
    scene.write("outside.rs", "fn a( ) {}\n");
    let path = scene.path("outside.rs");
    let text = format!("#[path = {path:?}]\nmod outside;\n");
    scene.write("template/src/grpc.rs", format!("//! A feature.\n\n{text}"));
    verify(&scene, "--lint").exits(0).says("The lint has found no errors.\n");
    assert_eq!(scene.read("outside.rs"), "fn a( ) {}\n");
}

#[test]
fn whoever_ends_the_lint_does_not_have_to_wait_for_rustfmt() {
    let scene = scene(&[]);
    let endless = scene.path("endless");
    assert!(Command::new("mkfifo").arg(&endless).status().unwrap().success());
    let text = format!("//! A feature.\n\n#[path = {endless:?}]\nmod endless;\n");
    scene.write("template/src/grpc.rs", text);
    let child = scene.run("verify --template template --lint").start();
    // It can be opened once rustfmt reads it, and has no end before it is closed.
    let _open = fs::File::options().write(true).open(&endless).unwrap();
    let done = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(done.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("error: interrupted"), "{said}");
}

#[test]
fn a_template_whose_projects_need_an_argument_is_linted_without() {
    let scene = scene(&[]);
    let placeholder =
        "[placeholders.key]\nprompt = \"Key?\"\nregex = \"^no such$\"\n\n[conditional.'!grpc']";
    change(&scene, "cargo-generate.toml", "[conditional.'!grpc']", placeholder);
    scene.write("template/key.txt.liquid", "{{key}}\n");
    branch(&scene);
    verify(&scene, "--lint").exits(0).says(
        "warning: cargo-generate.toml: no project can be made of it: \
         no text is known that the placeholder `key` accepts\n\n\
         hint: give it a default, or texts under [firstlight.samples], or one with `--only key=…`\n\n\
         The lint has found no errors.\n",
    );
    let words = ["verify", "--template", "template", "--lint", "--only", "key=no such"];
    let outcome = scene.run_words(&words).outcome();
    assert!(outcome.exits(1).stderr.contains("src/main.rs.liquid:10:3: "), "{}", outcome.stderr);
}
