//! What firstlight renders from the embedded template is what cargo-generate renders.

use std::collections::BTreeMap;

use firstlight::answers::Value;

use crate::support::{
    answers, assert_same, combinations, embedded, files, oracle, read, render, root,
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
        let once = firstlight::record::attach(render(&template, &answers), &template, &answers);
        let again = firstlight::record::attach(render(&template, &answers), &template, &answers);
        assert_eq!(once.unwrap(), again.unwrap());
    }
}

#[test]
fn the_embedded_template_is_the_folder() {
    let embedded = embedded().files.into_iter();
    let embedded = embedded
        .map(|(path, file)| (path, (file.executable, file.contents.into_owned())))
        .collect();
    let folder = read(&root().join("template"));
    assert_same(("the program", &embedded), ("the folder", &folder), "run cargo build again");
}
