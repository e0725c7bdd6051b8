//! `examples/user-service` is what the template renders today.

use std::collections::BTreeMap;
use std::fs;

use firstlight::answers::Value;

use crate::support::{
    Files, answers, assert_same, attach, embedded, files, is_blessing, read, render, root, write,
};

/// Is what building and running the example leaves behind.
const BUILT: [&str; 2] = ["target/", ".git/"];

#[test]
fn the_example_is_what_the_template_renders() {
    let template = embedded();
    let postgres = Value::Text("postgres".to_owned());
    let values = BTreeMap::from([("database".to_owned(), postgres)]);
    let answers = answers(&template, "user-service", &values);
    let tree = attach(render(&template, &answers), &template, &answers);
    let fresh = files(&tree);
    let folder = root().join("examples/user-service");
    let committed = committed(&folder);
    if is_blessing() {
        for path in committed.keys().filter(|path| !fresh.contains_key(*path)) {
            fs::remove_file(folder.join(path)).unwrap();
        }
        write(&fresh, &folder);
    } else {
        let context = "examples/user-service is not what the template renders: run `make examples`";
        assert_same(("the template", &fresh), ("the example", &committed), context);
    }
}

fn committed(folder: &std::path::Path) -> Files {
    let mut files = if folder.exists() { read(folder) } else { Files::new() };
    files.retain(|path, _| !BUILT.iter().any(|built| path.starts_with(built)));
    files
}
