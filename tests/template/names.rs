//! What projects can be called, against what others have names for.

use std::collections::BTreeMap;

use firstlight::answers::Answers;
use firstlight::name::MAX_LENGTH;
use firstlight::template::Template;

use crate::support::{combinations, embedded, render};

/// Is the longest name of a `StatefulSet`: with a hash it becomes a label of its pods, which holds as
/// much as a label of DNS.
const STATEFUL_SET: usize = 52;

#[test]
fn the_longest_names_are_accepted_by_kubernetes() {
    let template = embedded();
    // A name is cut, and may be so at its dash.
    for dash in [50, 51, 52, 55, 56, 57] {
        let mut name = "a".repeat(MAX_LENGTH);
        name.replace_range(dash..=dash, "-");
        for answers in combinations(&template, &name) {
            for (path, text) in texts(&template, &answers, "deploy/kubernetes/") {
                for (kind, name) in objects(&text) {
                    let longest = if kind == "StatefulSet" { STATEFUL_SET } else { MAX_LENGTH };
                    assert!(name.len() <= longest, "{path}: {kind} {name}");
                    assert!(!name.ends_with('-'), "{path}: {kind} {name}");
                }
            }
        }
    }
}

#[test]
fn a_project_may_be_called_as_a_part_of_its_local_stack() {
    let template = embedded();
    let stack = |name: &str| {
        let answers = combinations(&template, name).pop().unwrap();
        let mut texts = texts(&template, &answers, "deploy/");
        let compose = texts.remove("deploy/compose.yaml").unwrap();
        let prometheus = texts.remove("deploy/prometheus/prometheus.yaml").unwrap();
        let target = prometheus.lines().find(|line| line.contains("targets:")).unwrap().to_owned();
        (parts(&compose), target)
    };
    let (usual, target) = stack("user-service");
    assert!(usual.contains(&"tempo".to_owned()), "{usual:?}");
    for name in &usual {
        assert_eq!(stack(name), (usual.clone(), target.clone()), "{name}");
    }
}

fn texts(template: &Template, answers: &Answers, folder: &str) -> BTreeMap<String, String> {
    let tree = render(template, answers);
    let files = tree.iter().filter(|(path, _)| path.starts_with(folder));
    files
        .map(|(path, file)| (path.to_owned(), String::from_utf8_lossy(&file.contents).into_owned()))
        .collect()
}

/// Lists the kinds and the names of the objects in a manifest.
fn objects(manifest: &str) -> Vec<(String, String)> {
    let documents = manifest.split("\n---\n");
    let objects = documents.filter_map(|document| {
        let kind = document.lines().find_map(|line| line.strip_prefix("kind: "))?;
        let (_, metadata) = document.split_once("\nmetadata:\n")?;
        let name = metadata.lines().find_map(|line| line.strip_prefix("  name: "))?;
        Some((kind.to_owned(), name.to_owned()))
    });
    objects.collect()
}

/// Lists the names under which the services of a compose file reach each other.
fn parts(compose: &str) -> Vec<String> {
    let (_, services) = compose.split_once("\nservices:\n").unwrap();
    let (services, _) = services.split_once("\nvolumes:\n").unwrap();
    let names = services.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let names = names.filter(|name| !name.starts_with(' ')).map(str::to_owned);
    let aliases = services.lines().filter(|line| line.contains("aliases:")).map(str::to_owned);
    names.chain(aliases).collect()
}
