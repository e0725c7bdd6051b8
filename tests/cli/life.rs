//! A project and the versions of its template.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Outcome, Run, Scene};

/// Is a scene with the project `one`, made from `template` 0.1.0.
pub struct Life {
    pub scene: Scene,
}

/// Is everything in a folder by its path: the mode and the contents, or where a link leads.
pub type Files = BTreeMap<String, (u32, Vec<u8>)>;

impl Life {
    pub fn new(files: &[(&str, &str)]) -> Self {
        Self::with_manifest("", files)
    }

    /// Begins with a manifest that says more.
    pub fn with_manifest(manifest: &str, files: &[(&str, &str)]) -> Self {
        let life = Self { scene: Scene::new() };
        life.release_with_manifest("0.1.0", manifest, files);
        life.scene.run("new one --template template --yes --vcs none").outcome().exits(0);
        life
    }

    /// Makes the template another version with these files.
    pub fn release(&self, version: &str, files: &[(&str, &str)]) {
        self.release_with_manifest(version, "", files);
    }

    pub fn release_with_manifest(&self, version: &str, manifest: &str, files: &[(&str, &str)]) {
        fs::remove_dir_all(self.scene.path("template")).unwrap();
        let (own, rest) = manifest.split_once("---").unwrap_or(("", manifest));
        let manifest = format!(
            "[template]\nfmt = false\n{own}\n[firstlight]\nversion = \"{version}\"\n{rest}"
        );
        self.scene.write("template/cargo-generate.toml", manifest);
        for (path, contents) in files {
            self.scene.write(&format!("template/{path}"), contents);
        }
    }

    pub fn run(&self, line: &str) -> Run {
        self.scene.run(&format!("{line} --project one"))
    }

    #[track_caller]
    pub fn update(&self) -> Outcome {
        self.run("update").outcome()
    }

    pub fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        self.scene.write(&format!("one/{path}"), contents);
    }

    pub fn read(&self, path: &str) -> String {
        self.scene.read(&format!("one/{path}"))
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.scene.path("one").join(path)).unwrap();
    }

    pub fn exists(&self, path: &str) -> bool {
        fs::symlink_metadata(self.scene.path("one").join(path)).is_ok()
    }

    pub fn set_mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.scene.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn mode(&self, path: &str) -> u32 {
        self.scene.path("one").join(path).metadata().unwrap().permissions().mode() & 0o7777
    }

    /// Reads the whole project.
    pub fn files(&self) -> Files {
        read(&self.scene.path("one"))
    }
}

/// Reads a folder, with the folders in it.
pub fn read(folder: &Path) -> Files {
    fn walk(folder: &Path, prefix: &str, files: &mut Files) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            let found = entry.metadata().unwrap();
            let mode = found.permissions().mode() & 0o7777;
            if found.is_dir() {
                walk(&entry.path(), &format!("{path}/"), files);
                files.insert(format!("{path}/"), (mode, Vec::new()));
            } else if found.is_symlink() {
                let target = fs::read_link(entry.path()).unwrap();
                files.insert(path, (0, target.into_os_string().into_encoded_bytes()));
            } else {
                files.insert(path, (mode, fs::read(entry.path()).unwrap()));
            }
        }
    }
    let mut files = Files::new();
    walk(folder, "", &mut files);
    files
}
