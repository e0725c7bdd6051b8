//! What `--keep` leaves of projects that have failed.

use super::{ONE, commit, scene, verify};

#[test]
fn a_project_is_kept_as_it_failed() {
    let mess = "echo said; echo made >new.txt; rm src/grpc.rs; ln -s nowhere link; mkfifo pipe; \
                mkdir -p built/deep; echo x >built/CACHEDIR.TAG; false";
    let scene = scene(&[("mess", &["sh", "-c", mess]), ("after", &["true"])]);
    verify(&scene, &format!("{ONE} --keep kept")).exits(1);
    assert_eq!(scene.read("kept/01/new.txt"), "made\n");
    assert_eq!(scene.path("kept/01/link").read_link().unwrap().to_str(), Some("nowhere"));
    assert!(scene.path("kept/01/src/main.rs").exists());
    for gone in ["src/grpc.rs", "pipe", "built"] {
        assert!(!scene.path(&format!("kept/01/{gone}")).exists(), "{gone}");
    }
    assert_eq!(scene.read("kept/01-mess.log"), "said\n");
}

#[test]
fn an_update_that_conflicts_is_kept_with_its_marks() {
    let scene = scene(&[("true", &["true"])]);
    scene.write("template/README.md", "Words.\n");
    commit(&scene);
    scene.write("template/README.md", "Other words.\n");
    verify(&scene, &format!("{ONE} --update-from HEAD --keep kept")).exits(1);
    let readme = scene.read("kept/01/README.md");
    assert!(readme.starts_with("<<<<<<< yours\nWords.\n\n## Notes\n"), "{readme}");
    assert!(readme.ends_with("=======\nOther words.\n>>>>>>> template 1.2.3\n"), "{readme}");
    let log = scene.read("kept/01-update.log");
    assert!(log.contains("README.md: you and the template changed the same lines"), "{log}");
}
