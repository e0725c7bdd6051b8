//! Manifests that are refused.

use std::fs;

use super::Transcript;
use crate::support::{MANIFEST, assert_snapshot};

#[test]
fn manifests_with_defects() {
    let mut transcript = Transcript::default();
    transcript.case("no manifest", "options --template template", 1, |scene| {
        fs::remove_file(scene.path("template/cargo-generate.toml")).unwrap();
    });
    transcript.fault("a second manifest", &[("deep/cargo-generate.toml", "")]);
    transcript.manifest("no TOML", "fmt = false", "fmt = = false");
    transcript.manifest("a table that is misspelt", "[placeholders.team]", "[placholders.team]");
    transcript.manifest("a key that is misspelt", "default = false", "defualt = false");
    transcript.manifest("rustfmt", "fmt = false", "fmt = true");
    transcript.manifest("no word about rustfmt", "fmt = false", "");
    transcript.manifest("scripts", "[template]", "[hooks]\npre = [\"a.rhai\"]\n[template]");
    transcript.manifest("several templates", "fmt = false", "fmt = false\nsub_templates = [\"a\"]");
    transcript.manifest("no version", "version = \"1.2.3\"", "");
    transcript.manifest("a version that is none", "1.2.3", "v1");
    transcript.manifest("a hint for nothing", "[firstlight]", "[firstlight]\nhints.taem = \"a\"");
    let needless = "[firstlight]\nhints.grpc = \"a\"";
    transcript.manifest("a hint without a regex", "[firstlight]", needless);
    for (title, samples) in [
        ("samples for nothing", "taem = [\"a\"]"),
        ("samples for a flag", "grpc = [\"true\"]"),
        ("a sample that the regex refuses", "team = [\"a\", \"A\"]"),
        ("samples that are no list", "team = \"a\""),
    ] {
        let table = format!("[firstlight.samples]\n{samples}\n[firstlight]");
        transcript.manifest(title, "[firstlight]", &table);
    }
    transcript.manifest("a hint that is none", "[firstlight]", "[firstlight]\nhints.team = 1");
    transcript.manifest("a sequence for the terminal", "With gRPC?", "With \\u001b[2JgRPC?");
    transcript.manifest("a bell in a label", "\"PostgreSQL\"", "\"Postgre\\u0007SQL\"");
    assert_snapshot("refused-manifests.txt", &transcript.text);
}

#[test]
fn placeholders_with_defects() {
    let mut transcript = Transcript::default();
    transcript.manifest("no prompt", "prompt = \"With gRPC?\"", "");
    transcript.manifest("a type that does not exist", "type = \"bool\"", "type = \"boolean\"");
    transcript.manifest("a list for an answer", "type = \"bool\"", "type = \"array\"");
    transcript.manifest(
        "no choices",
        "choices = [\"sqlite\", { value = \"postgres\", label = \"PostgreSQL\" }]",
        "choices = []",
    );
    transcript.manifest("a choice twice", "[\"sqlite\", {", "[\"sqlite\", \"sqlite\", {");
    transcript.manifest(
        "a default that is no choice",
        "default = \"sqlite\"",
        "default = \"mysql\"",
    );
    transcript.manifest("a default of the wrong type", "default = false", "default = \"false\"");
    transcript.manifest(
        "a default that the regex refuses",
        "regex = \"^[a-z]+$\"",
        "regex = \"^[a-z]+$\"\ndefault = \"A\"",
    );
    transcript.manifest("a regex that does not compile", "^[a-z]+$", "^[a-z+$");
    transcript.manifest("a regex for a flag", "default = false", "default = false\nregex = \"x\"");
    transcript.manifest("a reserved name", "[placeholders.team]", "[placeholders.username]");
    transcript.manifest(
        "a name that firstlight uses",
        "[placeholders.team]",
        "[placeholders.dry_run]",
    );
    transcript.manifest(
        "a name that is no variable",
        "[placeholders.team]",
        "[placeholders.\"my team\"]",
    );
    let twice = "[placeholders.te-am]\nprompt = \"?\"\n[placeholders.te_am]\nprompt = \"?\"\n[placeholders.team]";
    transcript.manifest("two names for one flag", "[placeholders.team]", twice);
    let again = "[conditional.grpc.placeholders.team]\nprompt = \"?\"\n[firstlight]";
    transcript.manifest("a placeholder twice", "[firstlight]", again);
    transcript.manifest(
        "a placeholder that nothing uses",
        "[placeholders.team]",
        "[placeholders.extra]\nprompt = \"?\"\n[placeholders.team]",
    );
    assert_snapshot("refused-placeholders.txt", &transcript.text);
}

#[test]
fn checks_with_defects() {
    let mut transcript = Transcript::default();
    let long = "a".repeat(250);
    for (title, name) in [
        ("a check whose name is a path", "lint/docs"),
        ("a check whose name some systems refuse", "docs: all"),
        ("a check whose name has two lines", "a\\nb"),
        ("a check whose name is too long", &long),
        ("a check without a name", ""),
    ] {
        let steps = "next_steps = [\"cargo run\"]";
        let check = format!("[[firstlight.checks]]\nname = \"{name}\"\ncommand = [\"true\"]");
        transcript.manifest(title, steps, &format!("{steps}\n{check}"));
    }
    assert_snapshot("refused-checks.txt", &transcript.text);
}

#[test]
fn conditions_and_paths_with_defects() {
    let mut transcript = Transcript::default();
    transcript.manifest(
        "a condition that does not parse",
        "[firstlight]",
        "[conditional.'grpc && (database']\nignore = [\"all.txt\"]\n[firstlight]",
    );
    transcript.manifest(
        "a condition in another language",
        "[firstlight]",
        "[conditional.\"not grpc\"]\nignore = [\"all.txt\"]\n[firstlight]",
    );
    transcript.manifest(
        "an unknown name in a condition",
        "[firstlight]",
        "[conditional.'grcp']\nignore = [\"all.txt\"]\n[firstlight]",
    );
    transcript.manifest(
        "a comparison that never holds",
        "[firstlight]",
        "[conditional.'database == \"postgre\"']\nignore = [\"all.txt\"]\n[firstlight]",
    );
    transcript.manifest(
        "a choice as a condition",
        "[firstlight]",
        "[conditional.database]\nignore = [\"all.txt\"]\n[firstlight]",
    );
    transcript.manifest(
        "an ignored path that does not exist",
        "fmt = false",
        "fmt = false\nignore = [\"all.txt.liquid\"]",
    );
    transcript.manifest(
        "an ignored path outside",
        "fmt = false",
        "fmt = false\nignore = [\"../all.txt\"]",
    );
    transcript.manifest(
        "an excluded path that does not exist",
        "fmt = false",
        "fmt = false\nexclude = [\"*.yml\"]",
    );
    transcript.manifest("a pattern that is none", "fmt = false", "fmt = false\nexclude = [\"{a\"]");
    transcript.manifest(
        "a seeded path that does not exist",
        "version",
        "seeded = [\"migrations\"]\nversion",
    );
    transcript.manifest(
        "include with exclude",
        "fmt = false",
        "fmt = false\ninclude = [\"*\"]\nexclude = [\"all.txt\"]",
    );
    transcript.manifest(
        "include with a conditional exclude",
        "fmt = false",
        "fmt = false\ninclude = [\"*\"]\n[conditional.grpc]\nexclude = [\"all.txt\"]",
    );
    transcript.manifest("a list that is none", "fmt = false", "fmt = false\nignore = \"all.txt\"");
    assert_snapshot("refused-conditions-and-paths.txt", &transcript.text);
}

#[test]
fn next_steps_with_defects() {
    let mut transcript = Transcript::default();
    for (title, step) in [
        ("a step with a variable that does not exist", "echo {{taem}}"),
        (
            "a step with a choice that does not exist",
            "{% if database == 'postgress' %}a{% endif %}",
        ),
        ("a step with braces of Docker", "docker ps --format '{{.Names}}'"),
        ("a step that cannot be rendered", "{{ 4 | divided_by: 0 }}"),
    ] {
        transcript.manifest(title, "\"cargo run\"", &format!("\"cargo run\",\n  \"{step}\""));
    }
    transcript.case(
        "a step that cannot be rendered, in a dry run",
        "new one --template template --yes --team a --dry-run",
        1,
        |scene| {
            let steps = "\"{{ 4 | divided_by: 0 }}\"";
            scene.write("template/cargo-generate.toml", MANIFEST.replace("\"cargo run\"", steps));
        },
    );
    assert_snapshot("refused-next-steps.txt", &transcript.text);
}
