//! What firstlight renders from a template with every feature of the format is what cargo-generate
//! renders.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use firstlight::answers::Value;
use firstlight::template::Template;

use crate::support::{answers, assert_same, combinations, files, oracle, render};

const MANIFEST: &str = r#"
[template]
cargo_generate_version = ">=0.26"
fmt = false
exclude = ["*.bin", "foreign/", "!foreign/rendered.txt", "*-raw.txt"]
ignore = ["notes", "./drafts/old.txt"]

[placeholders]
license = { prompt = "Which license?", choices = ["MIT", { value = "Apache-2.0", label = "Apache 2.0" }], default = "MIT" }

[placeholders.title]
type = "string"
prompt = "What is it called?"
default = "Émile's \"thing\""
regex = "^[^\n]+$"

[placeholders.story]
type = "text"
prompt = "What is it about?"
default = "one\ntwo"

[placeholders.grpc]
type = "bool"
prompt = "With gRPC?"
default = true

[conditional.'grpc && license != "MIT" || !(grpc)']
exclude = ["verbatim.txt"]

[conditional.'grpc == false']
ignore = ["src/grpc"]

[conditional.grpc.placeholders.grpc_port]
prompt = "On which port?"
default = "50051"

[conditional.'grpc_port == "50051"']
ignore = ["other-port.txt"]

[firstlight]
version = "1.2.3-rc.1"
seeded = ["migrations"]
next_steps = ["cargo run"]
"#;

const FILES: [(&str, &[u8]); 24] = [
    ("Cargo.toml.liquid", b"name = \"{{project-name}}\"\nlib = \"{{crate_name}}\" # {{crate_type}} {{is_init}}\n"),
    ("README.md", b"The twin that is not used.\n"),
    ("README.md.liquid", b"# {{title}}\n\n{{ story | newline_to_br }} {{license}}\n"),
    ("cases.txt", b"{{title | kebab_case}} {{title | lower_camel_case}} {{title | pascal_case}} {{title | shouty_kebab_case}} {{title | shouty_snake_case}} {{title | snake_case}} {{title | title_case}} {{title | upper_camel_case}} {{ project-name | replace: '-', ':' | upcase }}\n"),
    ("blocks.txt", b"a\n{%- if grpc %}\nwith\n{%- elsif license == 'MIT' %}\nmit\n{%- else %}\nwithout\n{%- endif %}\nb\n{% unless grpc -%}\n  none\n{% endunless %}\n{% case license %}{% when 'MIT' %}m{% else %}n{% endcase %}\n"),
    ("loops.txt", b"{% assign words = title | split: ' ' %}{% for word in words %}{{forloop.index}}:{{word}} {% endfor %}{% capture both %}{{license}}-{{crate_name}}{% endcapture %}{{both}}{% for i in (1..3) %}{{i}}{% endfor %}{% tablerow i in (1..3) %}{{tablerow.index}}{% if tablerow.last %}!{% endif %}{% endtablerow %}\n"),
    ("raw.txt", b"{% raw %}${{ matrix.os }} {{ $labels.x }}{% endraw %}{% comment %}{{ nothing.at.all }} {% if %}{% endcomment %}!\n"),
    ("windows.txt", b"one\r\n{%- if grpc %}\r\ntwo\r\n{%- endif %}\r\n"),
    ("no-end.txt", b"{{license}}"),
    ("empty.txt", b""),
    ("plain }} text %} with closing braces.txt", b"fn main() { if x { y() }}\n"),
    ("data.bin", &[0xff, 0xfe, 0, b'{', b'{', b'x']),
    ("foreign/workflow.yml", b"${{ secrets.TOKEN }}\n"),
    ("foreign/rendered.txt", b"{{license}}\n"),
    ("foreign/deep/chart.yml", b"{{ .Values.image }}\n"),
    ("{{crate_name}}-raw.txt", b"{{ raw }}\n"),
    ("verbatim.txt", b"{{license}}\n"),
    ("notes/a.txt", b"{{license}}\n"),
    ("notes/deep/b.txt", b"b\n"),
    ("drafts/old.txt.liquid", b"old {{license}}\n"),
    ("src/grpc/mod.rs.liquid", b"// {{ grpc_port }}\n"),
    ("{{crate_name}}/{{project-name | upper_camel_case}}{% if grpc %}Grpc{% endif %}.txt.liquid", b"{{license}}\n"),
    ("other-port.txt", b"other\n"),
    ("migrations/0001.sql", b"select 1;\n"),
];

const SCRIPTS: [(&str, &[u8]); 2] = [
    ("run.sh.liquid", b"#!/bin/sh\necho {{project-name}}\n"),
    ("foreign/tool.sh", b"#!/bin/sh\necho ${{x}}\n"),
];

fn write(folder: &Path, path: &str, contents: &[u8], mode: u32) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, contents).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}

fn template(manifest: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, contents) in FILES {
        write(folder.path(), path, contents, 0o644);
    }
    for (path, contents) in SCRIPTS {
        write(folder.path(), path, contents, 0o755);
    }
    write(
        folder.path(),
        "target/CACHEDIR.TAG",
        b"Signature: 8a477f597d28d172789f06886806bc55",
        0o644,
    );
    write(folder.path(), "target/built.txt", b"{{ built }}", 0o644);
    write(folder.path(), ".git/config", b"{{ config }}", 0o644);
    write(folder.path(), "cargo-generate.toml", manifest.as_bytes(), 0o644);
    folder
}

fn load(folder: &Path) -> Template {
    Template::read(folder).unwrap_or_else(|error| panic!("{error:#?}"))
}

#[test]
fn every_feature_is_rendered_as_cargo_generate_does() {
    let folder = template(MANIFEST);
    let template = load(folder.path());
    let combinations = combinations(&template, "user-service");
    assert_eq!(combinations.len(), 4);
    for answers in combinations {
        let ours = files(&render(&template, &answers));
        let theirs = oracle(folder.path(), &answers);
        assert_same(("firstlight", &ours), ("cargo-generate", &theirs), &format!("{answers:?}"));
    }
}

#[test]
fn given_answers_are_rendered_as_cargo_generate_does() {
    let folder = template(MANIFEST);
    let template = load(folder.path());
    let text = |text: &str| Value::Text(text.to_owned());
    let values = BTreeMap::from([
        ("title".to_owned(), text("a <b> & 'c' {{license}}")),
        ("story".to_owned(), text("once upon a time")),
        ("grpc_port".to_owned(), text("7")),
    ]);
    let answers = answers(&template, "x2-y", &values);
    let ours = files(&render(&template, &answers));
    assert!(ours.contains_key("other-port.txt"), "{:?}", ours.keys());
    let theirs = oracle(folder.path(), &answers);
    assert_same(("firstlight", &ours), ("cargo-generate", &theirs), &format!("{answers:?}"));
}

#[test]
fn included_files_are_rendered_as_cargo_generate_does() {
    let manifest = MANIFEST
        .replace(
            "exclude = [\"*.bin\", \"foreign/\", \"!foreign/rendered.txt\", \"*-raw.txt\"]",
            "include = [\"*.toml\", \"/*.md\", \"src/**\", \"cases.txt\", \"/*crate_name??\"]",
        )
        .replace("exclude = [\"verbatim.txt\"]", "include = [\"verbatim.txt\", \"run.sh\"]");
    let folder = template(&manifest);
    let template = load(folder.path());
    for answers in combinations(&template, "user-service") {
        let ours = files(&render(&template, &answers));
        let theirs = oracle(folder.path(), &answers);
        assert_same(("firstlight", &ours), ("cargo-generate", &theirs), &format!("{answers:?}"));
    }
}
