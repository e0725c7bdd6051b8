//! Guards of the embedded template: it stays readable, and it is packaged whole.

use std::process::Command;

use firstlight::markup::{is_marked, scan};
use firstlight::patterns::Rendered;
use firstlight::template::{self, Template};

use crate::support::{embedded, root};

/// Is how many blocks with conditions one file may have.
const BLOCKS_PER_FILE: usize = 4;

/// Is how many they may be where everything is put together.
const BLOCKS_PER_COMPOSITION: usize = 8;

/// Lists the files where everything is put together.
const COMPOSITIONS: [&str; 5] = [
    "Cargo.toml.liquid",
    "README.md.liquid",
    "src/app.rs.liquid",
    "src/config/mod.rs.liquid",
    "tests/api/contract/exercise/mod.rs.liquid",
];

/// Is how many files may have blocks with conditions.
const FILES_WITH_BLOCKS: usize = 30;

/// Is written by a program, for a program.
const LOCK: &str = "Cargo.lock.liquid";

#[test]
fn the_strict_pass_finds_nothing() {
    // The one that is embedded is taken for proven: its folder is what proves it.
    match Template::read(&root().join("template")) {
        Ok(_) => {}
        Err(template::Error::Faulty(_, faults)) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            panic!("{}", faults.join("\n"));
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn conditions_are_few_and_not_nested() {
    let mut with_blocks = Vec::new();
    for (path, text) in rendered_texts(&embedded()) {
        let mut depth = 0;
        let mut blocks = 0;
        for tag in scan(&text).0.iter().filter_map(|markup| markup.tag) {
            if tag == "if" || tag == "unless" {
                depth += 1;
                blocks += 1;
                assert_eq!(depth, 1, "{path}: conditions are nested: make files of the branches");
            } else if tag == "endif" || tag == "endunless" {
                depth -= 1;
            } else {
                assert_eq!(tag, "else", "{path}: the template needs no `{tag}`");
            }
        }
        let composition = COMPOSITIONS.contains(&path.as_str());
        let most = if composition { BLOCKS_PER_COMPOSITION } else { BLOCKS_PER_FILE };
        assert!(blocks <= most, "{path}: {blocks} conditions: make a file of the feature");
        if blocks > 0 {
            with_blocks.push(path);
        }
    }
    let count = with_blocks.len();
    assert!(count <= FILES_WITH_BLOCKS, "{count} files have conditions: {with_blocks:#?}");
}

#[test]
fn a_file_has_the_suffix_if_and_only_if_it_has_tags() {
    let template = embedded();
    let rendered =
        Rendered::new(template.manifest.all_rules().collect::<Vec<_>>().into_iter()).unwrap();
    for (target, path, file) in template.sources() {
        let text = String::from_utf8_lossy(&file.contents);
        let marked = rendered.contains(target) && is_marked(&text);
        assert_eq!(path.ends_with(".liquid"), marked, "{path}: tags and suffix disagree");
    }
}

#[test]
fn the_package_contains_the_whole_template() {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).unwrap().replace('\\', "/");
    let packaged: Vec<&str> =
        listed.lines().filter_map(|path| path.strip_prefix("template/")).collect();
    let embedded = embedded();
    let mut expected: Vec<&str> = embedded.files.keys().map(String::as_str).collect();
    expected.sort_unstable();
    let mut found = packaged;
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn the_template_has_the_version_of_the_program() {
    assert_eq!(embedded().manifest.version.to_string(), env!("CARGO_PKG_VERSION"));
}

fn rendered_texts(template: &Template) -> Vec<(String, String)> {
    let rendered = Rendered::new(std::iter::once(&template.manifest.always)).unwrap();
    template
        .sources()
        .filter(|(target, path, _)| rendered.contains(target) && *path != LOCK)
        .map(|(_, path, file)| {
            (path.to_owned(), String::from_utf8_lossy(&file.contents).into_owned())
        })
        .collect()
}

#[test]
fn a_look_at_all_answers_finds_nothing_wrong_or_odd() {
    let found = firstlight::lint::examine(&embedded());
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
