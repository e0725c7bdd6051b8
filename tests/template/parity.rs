//! What firstlight renders from the embedded template is what cargo-generate renders.

use std::collections::BTreeMap;

use firstlight::answers::Value;

use crate::support::{
    answers, assert_same, attach, combinations, embedded, files, oracle, read, render, root,
};

#[test]
fn every_combination_is_rendered_as_cargo_generate_does() {
    let template = embedded();
    for answers in combinations(&template, "user-service") {
        let ours = files(&render(&template, &answers));
        let theirs = oracle(&root().join("template"), &answers);
        assert_same(("firstlight", &ours), ("cargo-generate", &theirs), &format!("{answers:?}"));
    }
}

#[test]
fn other_names_and_descriptions_are_rendered_as_cargo_generate_does() {
    let template = embedded();
    for name in ["a", "zebra", "billing2-api-v10"] {
        let description = Value::Text("Bills, refunds (and more)".to_owned());
        let values = BTreeMap::from([("description".to_owned(), description)]);
        let answers = answers(&template, name, &values);
        let ours = files(&render(&template, &answers));
        let theirs = oracle(&root().join("template"), &answers);
        assert_same(("firstlight", &ours), ("cargo-generate", &theirs), name);
    }
}

#[test]
fn the_same_answers_always_give_the_same_bytes() {
    let template = embedded();
    for answers in combinations(&template, "user-service") {
        let once = attach(render(&template, &answers), &template, &answers);
        let again = attach(render(&template, &answers), &template, &answers);
        assert_eq!(once, again);
    }
}

#[test]
fn the_embedded_template_is_the_folder() {
    let embedded = embedded().files.into_iter();
    let embedded =
        embedded.map(|(path, file)| (path, (file.executable, file.contents.to_vec()))).collect();
    let folder = read(&root().join("template"));
    assert_same(("the program", &embedded), ("the folder", &folder), "run cargo build again");
}

#[test]
fn a_description_that_is_accepted_arrives_as_it_was_written() {
    let template = embedded();
    let placeholder = template.manifest.placeholder("description").unwrap();
    let mut accepted = 0;
    for text in [
        "A user service",
        "Bills, refunds (and more)",
        "It's 100% ours: no, really!",
        "a # b",
        "'''",
        "\"\"\"",
        "\\",
        "\\u0041",
        "a\nb",
        "a\u{7f}b",
        "a\u{200b}b",
        "<script>",
        "`x`",
        "{{project-name}}",
        "{% raw %}",
        "Zürich ✓",
    ] {
        let Ok(description) = placeholder.accept(text) else { continue };
        accepted += 1;
        let values = BTreeMap::from([("description".to_owned(), description)]);
        let tree = render(&template, &answers(&template, "user-service", &values));
        let file = |path| str::from_utf8(&tree.get(path).unwrap().contents).unwrap();
        let manifest: toml::Table = file("Cargo.toml").parse().unwrap();
        assert_eq!(manifest["package"]["description"].as_str(), Some(text));
        assert!(file("README.md").starts_with(&format!("# user-service\n\n{text}\n")), "{text}");
    }
    assert!(accepted > 1, "nothing is accepted");
}

#[test]
fn the_description_is_only_where_any_text_is_safe() {
    let template = embedded();
    let mentions = |(target, _, file): (&str, &str, &firstlight::tree::File)| {
        let text = String::from_utf8_lossy(&file.contents).into_owned();
        let markup = firstlight::markup::scan(&text).0;
        let name = firstlight::markup::Token::Name("description");
        let found =
            markup.iter().flat_map(|markup| &markup.tokens).any(|(_, token)| *token == name);
        (found && text.contains("{{description")).then(|| target.to_owned())
    };
    let found_in: Vec<String> = template.sources().filter_map(mentions).collect();
    assert_eq!(found_in, ["Cargo.toml", "README.md"]);
}
