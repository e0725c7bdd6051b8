//! Templates in git repositories.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value as Json;

use crate::life::Life;
use crate::support::{Scene, clean};

/// Is a repository with the template at its top, or in a folder of it.
struct Repository {
    scene: Scene,
}

impl Repository {
    fn new(files: &[(&str, &str)]) -> Self {
        let repository = Self { scene: Scene::new() };
        fs::create_dir(repository.scene.path("repo")).unwrap();
        repository.git("init --quiet --initial-branch main");
        repository.release("0.1.0", files);
        repository
    }

    /// Commits files as a version, and gives the commit.
    fn release(&self, version: &str, files: &[(&str, &str)]) -> String {
        let manifest = format!("[template]\nfmt = false\n[firstlight]\nversion = \"{version}\"\n");
        self.scene.write("repo/cargo-generate.toml", manifest);
        for (path, contents) in files {
            self.scene.write(&format!("repo/{path}"), contents);
        }
        self.git("add --all");
        self.git("-c user.name=a -c user.email=a@example.com commit --quiet -m x");
        self.git(&format!("tag v{version}"));
        self.git("rev-parse HEAD").trim().to_owned()
    }

    fn git(&self, line: &str) -> String {
        let mut command = Command::new("git");
        clean(&mut command);
        let output =
            command.args(line.split(' ')).current_dir(self.scene.path("repo")).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn url(&self) -> String {
        format!("file://{}", self.scene.path("repo").canonicalize().unwrap().display())
    }

    fn record(&self) -> String {
        self.scene.read("one/.firstlight/record.toml")
    }
}

#[test]
fn a_project_follows_the_branch_it_was_made_from() {
    let repository = Repository::new(&[("a.txt", "a\n")]);
    let (scene, url) = (&repository.scene, repository.url());
    let first = repository.git("rev-parse HEAD");
    let outcome = scene.run(&format!("new one --template {url}#main --yes --vcs none")).outcome();
    outcome.exits(0);
    let again = format!("firstlight new one '--template={url}#{}'", first.trim());
    assert!(outcome.stderr.contains(&again), "{outcome:?}");
    let origin = format!(
        "source = \"{url}\"\nversion = \"0.1.0\"\nrevision = \"main\"\ncommit = \"{}\"\n",
        first.trim()
    );
    assert!(repository.record().contains(&origin), "{}", repository.record());
    let second = repository.release("0.2.0", &[("a.txt", "A\n")]);
    let outcome = scene.run("status --project one").outcome();
    outcome.exits(0).prints("");
    assert!(outcome.stderr.contains("was not asked for a newer version"), "{outcome:?}");
    let line = format!("status --project one --template {url}#main");
    scene.run(&line).outcome().exits(0).prints("changed   a.txt\n");
    let outcome = scene.run("update --project one --json").outcome();
    outcome.exits(0);
    let json: Json = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(json["template"]["commit"], second.as_str());
    assert!(repository.record().contains(&format!("commit = \"{second}\"")));
    assert_eq!(scene.read("one/a.txt"), "A\n");
}

#[test]
fn a_tag_and_a_commit_are_revisions() {
    let repository = Repository::new(&[("a.txt", "a\n")]);
    let second = repository.release("0.2.0", &[("a.txt", "A\n")]);
    repository.release("0.3.0", &[("a.txt", "AA\n")]);
    let (scene, url) = (&repository.scene, repository.url());
    scene.run(&format!("new one --template {url}#v0.1.0 --yes --vcs none")).outcome().exits(0);
    assert_eq!(scene.read("one/a.txt"), "a\n");
    // A tag does not move.
    scene.run("update --project one").outcome().exits(0).prints("");
    scene.run(&format!("update --project one --template {url}#{second}")).outcome().exits(0);
    assert_eq!(scene.read("one/a.txt"), "A\n");
    scene.run(&format!("update --project one --template {url}")).outcome().exits(0);
    assert_eq!(scene.read("one/a.txt"), "AA\n");
    let downgrade = format!("update --project one --template {url}#v0.1.0");
    scene.run(&downgrade).outcome().exits(1);
}

#[test]
fn set_takes_the_commit_of_the_record() {
    let repository = Repository::new(&[]);
    let manifest = "[template]\nfmt = false\n[firstlight]\nversion = \"0.1.0\"\n\
                    [placeholders.team]\nprompt = \"Whose?\"\ndefault = \"us\"\n";
    repository.scene.write("repo/cargo-generate.toml", manifest);
    repository.scene.write("repo/a.txt.liquid", "{{team}}\n");
    repository.git("add --all");
    repository.git("-c user.name=a -c user.email=a@example.com commit --quiet -m x");
    let (scene, url) = (&repository.scene, repository.url());
    scene.run(&format!("new one --template {url} --yes --vcs none")).outcome().exits(0);
    let before = repository.record();
    repository.scene.write("repo/a.txt.liquid", "{{team}}!\n");
    repository.git("add --all");
    repository.git("-c user.name=a -c user.email=a@example.com commit --quiet -m x");
    scene.run("set --project one team=them").outcome().exits(0);
    assert_eq!(scene.read("one/a.txt"), "them\n");
    let commit =
        |record: &str| record.lines().find(|line| line.starts_with("commit")).map(str::to_owned);
    assert_eq!(commit(&repository.record()), commit(&before));
}

#[test]
fn a_template_may_be_in_a_folder_beside_its_changelog() {
    let repository = Repository::new(&[]);
    let release = |version: &str, text: &str| {
        repository.git("rm -r --quiet --cached .");
        let _ = fs::remove_file(repository.scene.path("repo/cargo-generate.toml"));
        let manifest = format!("[template]\nfmt = false\n[firstlight]\nversion = \"{version}\"\n");
        repository.scene.write("repo/template/cargo-generate.toml", manifest);
        repository.scene.write("repo/template/a.txt", text);
        repository.scene.write("repo/CHANGELOG.md", "## 0.2.0\n- better\n");
        repository.git("add --all");
        repository.git("-c user.name=a -c user.email=a@example.com commit --quiet -m x");
    };
    let (scene, url) = (&repository.scene, repository.url());
    release("0.1.0", "a\n");
    scene.run(&format!("new one --template {url} --yes --vcs none")).outcome().exits(0);
    release("0.2.0", "A\n");
    let outcome = scene.run("update --project one").outcome();
    outcome.exits(0).prints("updated   a.txt\n");
    assert!(outcome.stderr.contains("## 0.2.0\n- better"), "{outcome:?}");
}

#[test]
fn nothing_of_a_template_or_of_the_machine_is_run() {
    let repository = Repository::new(&[("a.txt", "a\n")]);
    let scene = &repository.scene;
    // A hook that git would copy into every repository, and one for all of them.
    for folder in ["git-template/hooks", "hooks"] {
        let hook = format!("{folder}/post-checkout");
        scene.write(&hook, "#!/bin/sh\ntouch \"$RAN\"\n");
        fs::set_permissions(scene.path(&hook), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (hooks, own) = (scene.path("hooks"), scene.path("git-template"));
    let config = format!(
        "[core]\nhooksPath = {}\n[init]\ntemplateDir = {}\n",
        hooks.display(),
        own.display()
    );
    scene.write("gitconfig", config);
    let line = format!("new one --template {} --yes --vcs none", repository.url());
    let run = scene.run(&line).env("RAN", scene.path("ran"));
    run.env("GIT_CONFIG_GLOBAL", scene.path("gitconfig")).outcome().exits(0);
    assert!(!scene.path("ran").exists());
    for url in ["ext::sh -c touch% ran", "ext::sh -c 'touch ran; echo https://a'"] {
        let words = ["new", "two", "--yes", "--template", url];
        let outcome = scene.run_words(&words).outcome();
        outcome.exits(2).prints("");
        assert!(outcome.stderr.contains("templates are not fetched over `ext`"), "{outcome:?}");
    }
    for url in ["--upload-pack=touch ran:a", "file:///a#--upload-pack=x", "http://a.b/c"] {
        scene
            .run(&format!("new two --yes --template={url}").replace(" ran", ""))
            .outcome()
            .exits(2);
    }
    assert!(!scene.path("ran").exists());
}

#[test]
fn what_cannot_be_fetched_is_told_without_secrets() {
    let scene = Scene::new();
    let path = scene.fake_git("case \"$*\" in *fetch*) for a; do u=$b; b=$a; done; echo \"fatal: cannot access '$u'\" >&2; exit 128;; esac");
    let line = "new one --yes --template https://user:s3cret@example.invalid/a#v1";
    let outcome = scene.run(line).env("PATH", path).outcome();
    outcome.exits(1).prints("");
    let said = "error: cannot fetch the template `https://example.invalid/a`: \
                `git fetch` failed: fatal: cannot access 'https://example.invalid/a'\n";
    assert!(outcome.stderr.starts_with(said), "{outcome:?}");
    assert_eq!(scene.list(), Vec::<String>::new());
    // A git that is not there, and a repository that is not.
    let outcome = scene
        .run("new one --yes --template https://example.invalid/a")
        .env("PATH", "/nowhere")
        .outcome();
    outcome.exits(1);
    assert!(outcome.stderr.contains("`git` is not installed"), "{outcome:?}");
    let outcome = scene.run("new one --yes --template file:///nowhere/a").outcome();
    outcome.exits(1);
    assert!(outcome.stderr.contains("hint: check the address"), "{outcome:?}");
}

#[test]
fn a_project_can_move_to_another_template() {
    let life = Life::new(&[("a.txt", "a\n")]);
    let repository = Repository::new(&[("a.txt", "A\n")]);
    life.run(&format!("update --template {}", repository.url())).outcome().exits(0);
    assert_eq!(life.read("a.txt"), "A\n");
    assert!(life.read(".firstlight/record.toml").contains("commit = "));
    repository.release("0.2.0", &[("a.txt", "AA\n")]);
    life.update().exits(0);
    assert_eq!(life.read("a.txt"), "AA\n");
}
