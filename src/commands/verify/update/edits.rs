//! What an owner writes into a project, in words that can stand anywhere.

use crate::tree::{File, Tree};

const NOTE: &str = "## Notes\n\nWritten by the project's owner.\n";
const COMMENT: &str = "// Written by the project's owner.\n";

/// Is a file that only the owner has.
const OWN: (&str, &str) = (
    "tests/owner.rs",
    "//! Written by the project's owner.\n\n#[test]\nfn what_the_owner_wrote_is_still_here() {}\n",
);

/// Is a paragraph that is written into a file.
pub struct Edit {
    pub path: &'static str,
    text: &'static str,
    /// Tells by a paragraph's first characters whether another one can stand before it.
    follows: fn(&str) -> bool,
}

impl Edit {
    /// Lists the edits of a project.
    pub fn all(project: &Tree) -> Vec<Self> {
        let of_package = "[package.metadata.owner]\nedited = true\n";
        let of_workspace = "[workspace.metadata.owner]\nedited = true\n";
        let manifest = if has_package(project) { of_package } else { of_workspace };
        let table = |next: &str| next.starts_with('[');
        let heading = |next: &str| next.starts_with('#');
        // What belongs to an item begins with its indentation, or closes it.
        let item = |next: &str| !next.starts_with([' ', '\t', '\n', '}', ')', ']']);
        vec![
            Self { path: "Cargo.toml", text: manifest, follows: table },
            Self { path: "README.md", text: NOTE, follows: heading },
            Self { path: "src/lib.rs", text: COMMENT, follows: item },
            Self { path: "src/main.rs", text: COMMENT, follows: item },
        ]
    }

    /// Lists what the edit can make of a project: with the paragraph at the file's end, where most owners
    /// write, or before another paragraph, the last one first.
    pub fn results<'t>(&'t self, project: &'t Tree) -> impl Iterator<Item = Tree> + 't {
        let file = project.get(self.path);
        let text = file.and_then(|file| str::from_utf8(&file.contents).ok());
        let with = move |text: String| {
            let executable = file.is_some_and(|file| file.executable);
            let mut edited = project.clone();
            edited.insert(self.path.to_owned(), File { contents: text.into(), executable });
            edited
        };
        let end = text.map(|text| format!("{text}\n{}", self.text));
        let inside = text.into_iter().flat_map(|text| {
            let begins = text.rmatch_indices("\n\n").map(|(at, gap)| at + gap.len()).chain([0]);
            let places = begins.filter(|at| (self.follows)(&text[*at..]));
            places.map(|at| format!("{}{}\n{}", &text[..at], self.text, &text[at..]))
        });
        end.into_iter().chain(inside).map(with)
    }
}

/// Adds the file that only the owner has.
pub fn add_own(project: &mut Tree) {
    if has_package(project) {
        let (path, text) = OWN;
        project.insert(path.to_owned(), File { contents: text.into(), executable: false });
    }
}

/// Tells whether a project is a package itself: the root of a workspace need not be.
fn has_package(project: &Tree) -> bool {
    project.toml("Cargo.toml").is_some_and(|manifest| manifest.contains_key("package"))
}
