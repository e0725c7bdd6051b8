//! The rendered code is formatted, however long the name of the project is.

use std::path::Path;
use std::process::Command;

use firstlight::name::MAX_LENGTH;

use crate::support::{combinations, embedded, files, render, write};

/// Is the longest name that is accepted.
const LONGEST: &str = "a-name-of-sixty-three-characters-that-nobody-would-ever-give-it";

#[test]
fn short_and_long_names_leave_the_code_formatted() {
    assert_eq!(LONGEST.len(), MAX_LENGTH);
    let template = embedded();
    for name in ["a", LONGEST] {
        for answers in combinations(&template, name) {
            let folder = tempfile::tempdir().unwrap();
            let files = files(&render(&template, &answers));
            write(&files, folder.path());
            let paths = files.keys().map(Path::new);
            let code = paths.filter(|path| path.extension().is_some_and(|end| end == "rs"));
            // It finds the project's rustfmt.toml beside the code.
            let output = Command::new("rustfmt")
                .args(["--check", "--edition", "2024"])
                .args(code)
                .current_dir(folder.path())
                .output()
                .unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(output.status.success(), "{answers:?}:\n{said}");
        }
    }
}
