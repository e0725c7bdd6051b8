//! Bad input: each kind with its message and its exit code, and nothing written.

mod calls;
mod files;
mod manifests;

use crate::support::{MANIFEST, Scene};

/// Collects what a table of cases says.
#[derive(Default)]
struct Transcript {
    text: String,
}

impl Transcript {
    /// Runs one case in a scene of its own, and checks that it wrote nothing.
    #[track_caller]
    fn case(&mut self, title: &str, line: &str, code: i32, prepare: impl FnOnce(&Scene)) {
        let scene = Scene::new();
        prepare(&scene);
        let before = scene.list();
        let outcome = scene.run(line).outcome();
        assert_eq!(outcome.code, Some(code), "{title}: {outcome:#?}");
        assert_eq!(scene.list(), before, "{title}: something was written");
        self.text += &format!("## {title}\n{}\n", outcome.transcript());
    }

    /// Changes the template and runs `new` with it.
    #[track_caller]
    fn fault(&mut self, title: &str, files: &[(&str, &str)]) {
        self.case(title, "new one --template template --yes --team a --vcs none", 1, |scene| {
            for (path, contents) in files {
                scene.write(&format!("template/{path}"), contents);
            }
        });
    }

    /// Changes the manifest by replacing one text with another.
    #[track_caller]
    fn manifest(&mut self, title: &str, old: &str, new: &str) {
        assert!(MANIFEST.contains(old), "{title}: {old}");
        self.fault(title, &[("cargo-generate.toml", &MANIFEST.replacen(old, new, 1))]);
    }
}

fn nothing(_: &Scene) {}
