//! The reference service, edited as people edit services, and a template that changes the same places.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use firstlight::patch::{self, Change, Patch};
use firstlight::tree::{File, Tree};

use crate::life::read;
use crate::support::{Scene, assert_snapshot};

/// Replaces a text that has to be there once.
fn replace(folder: &Path, path: &str, old: &str, new: &str) {
    let path = folder.join(path);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(text.matches(old).count(), 1, "`{old}` in {}", path.display());
    fs::write(path, text.replace(old, new)).unwrap();
}

/// Is what the service's owner has done since.
fn edit(project: &Path) {
    let users = "src/http/users/mod.rs";
    // A new endpoint.
    fs::write(project.join("src/http/users/search.rs"), "//! `GET /users/search`\n").unwrap();
    replace(project, users, "mod list;\n", "mod list;\nmod search;\n");
    replace(
        project,
        users,
        "        delete::delete_user\n    ))\n",
        "        delete::delete_user\n    )).routes(routes!(search::search_users))\n",
    );
    // A renamed field.
    replace(project, users, "    name: String,\n", "    full_name: String,\n");
    replace(
        project,
        users,
        "            name: user.name.into(),\n",
        "            full_name: user.name.into(),\n",
    );
    // A changed default.
    let timeout = "\"HTTP_REQUEST_TIMEOUT\", value_name = \"DURATION\", default_value = \"30s\"";
    replace(project, "src/config/mod.rs", timeout, &timeout.replace("30s", "10s"));
    // Deleted files.
    fs::remove_file(project.join("clippy.toml")).unwrap();
    fs::remove_file(project.join("rustfmt.toml")).unwrap();
    // A reformatted file.
    let path = project.join("src/http/users/get.rs");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, text.replace("    ", "  ")).unwrap();
    // A dependency, a migration, and a word on top of a file.
    replace(project, "Cargo.toml", "percent-encoding = ", "itoa = \"1.0\"\npercent-encoding = ");
    fs::write(project.join("migrations/0002_search.sql"), "CREATE INDEX x ON users (name);\n")
        .unwrap();
    replace(
        project,
        "src/healthcheck.rs",
        "use std::time::Duration;\n",
        "// Ours is slow to start.\nuse std::time::Duration;\n",
    );
    replace(project, "README.md", "## Run it\n", "Ask the team of accounts.\n\n## Run it\n");
}

/// Is what the template's maintainer has done in the meantime.
fn release(template: &Path) {
    let version = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
    replace(template, "cargo-generate.toml", &version, "version = \"99.0.0\"");
    let users = "src/http/users/mod.rs";
    // An endpoint beside theirs, and one after it.
    fs::write(template.join("src/http/users/export.rs"), "//! `GET /users/export`\n").unwrap();
    replace(template, users, "mod delete;\n", "mod delete;\nmod export;\n");
    replace(
        template,
        users,
        "        get::get_user,\n",
        "        get::get_user,\n        export::export_users,\n",
    );
    // Another type for the field that was renamed.
    replace(template, users, "    name: String,\n", "    name: Box<str>,\n");
    // Other defaults, one of which was changed.
    let config = "src/config/mod.rs.liquid";
    let timeout = "\"HTTP_REQUEST_TIMEOUT\", value_name = \"DURATION\", default_value = \"30s\"";
    replace(template, config, timeout, &timeout.replace("30s", "20s"));
    replace(template, config, "default_value = \"1024\"", "default_value = \"4096\"");
    // A file that was deleted is better now, one is not.
    replace(
        template,
        "clippy.toml",
        "allow-unwrap-in-tests = true\n",
        "allow-unwrap-in-tests = true\nallow-expect-in-tests = true\n",
    );
    // A line of the file that was reformatted.
    replace(template, "src/http/users/get.rs", "/// Returns a user.\n", "/// Returns one user.\n");
    // A version, a seeded file, a rename, and a file that is gone.
    replace(template, "Cargo.toml.liquid", "thiserror = \"2.0", "thiserror = \"2.9");
    replace(
        template,
        "migrations/0001_create_users.sql.liquid",
        "CREATE TABLE users (\n",
        "CREATE TABLE users ( -- all\n",
    );
    fs::rename(template.join("src/healthcheck.rs"), template.join("src/probe.rs")).unwrap();
    replace(template, "src/lib.rs.liquid", "pub mod healthcheck;\n", "pub mod probe;\n");
    fs::remove_file(template.join(".editorconfig")).unwrap();
}

fn tree(folder: &Path) -> Tree {
    let mut tree = Tree::default();
    for (path, (mode, contents)) in read(folder) {
        if !path.ends_with('/') && !path.starts_with(".firstlight/") {
            tree.insert(path, File { contents: contents.into(), executable: mode & 0o100 != 0 });
        }
    }
    tree
}

/// Leaves out of a difference what changes with every version of the template: numbers of lines, and whole
/// files.
fn brief(patch: &Patch) -> String {
    let text = String::from_utf8(patch.text.clone()).unwrap();
    let shown = if patch.change == Change::Edited { usize::MAX } else { 2 };
    let line = |line: &str| match line.strip_prefix("@@ ") {
        Some(_) => "@@\n".to_owned(),
        None => format!("{line}\n"),
    };
    text.lines().take(shown).map(line).collect()
}

#[test]
fn an_edited_service_is_updated_file_by_file() {
    let scene = Scene::new();
    fs::remove_dir_all(scene.path("template")).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("template");
    let copied = Command::new("cp").arg("-r").arg(own).arg(scene.path("template")).status();
    assert!(copied.unwrap().success());
    let line = "new user-service --template template --yes --vcs none --database postgres";
    scene.run(line).outcome().exits(0);
    let project = scene.path("user-service");
    edit(&project);
    let before = tree(&project);
    release(&scene.path("template"));
    scene.write("CHANGELOG.md", "## 99.0.0\n\n- Users can be exported.\n\n## 0.1.0\n\n- First.\n");
    let outcome = scene.run("update --project user-service").outcome();
    outcome.exits(3);
    let mut text = outcome.transcript();
    let template = scene.path("template").canonicalize().unwrap();
    text = text.replace(template.to_str().unwrap(), "TEMPLATE");
    for patch in patch::between(&before, &tree(&project)) {
        write!(text, "\n{}", brief(&patch)).unwrap();
    }
    assert_snapshot("reference-update.txt", &text);
    scene.run("undo --project user-service").outcome().exits(0);
    assert_eq!(tree(&project), before);
}

/// Is a project as the first released template left it: its record and its baseline.
const FIRST: &str = "tests/fixtures/template-0.1.0";

#[test]
fn a_project_of_the_first_template_is_updated_with_the_newest() {
    let scene = Scene::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join(FIRST);
    for name in ["record.toml", "baseline.tar.zst"] {
        scene.write(
            &format!("user-service/.firstlight/{name}"),
            fs::read(fixture.join(name)).unwrap(),
        );
    }
    let packed = fs::read(fixture.join("baseline.tar.zst")).unwrap();
    let baseline = firstlight::record::unpack(&packed).unwrap();
    for (path, file) in baseline.iter() {
        let path = format!("user-service/{path}");
        scene.write(&path, &file.contents);
        let mode = fs::Permissions::from_mode(if file.executable { 0o755 } else { 0o644 });
        fs::set_permissions(scene.path(&path), mode).unwrap();
    }
    let project = scene.path("user-service");
    let readme = project.join("README.md");
    fs::write(&readme, format!("Ours.\n\n{}", fs::read_to_string(&readme).unwrap())).unwrap();
    scene.write("user-service/src/ours.rs", "// Ours.\n");
    scene.run("update --project user-service").outcome().exits(0);
    // It is what the newest template makes, with the edits, and with the migrations that it had.
    let line = "new fresh/user-service --yes --vcs none --database postgres";
    scene.run(line).outcome().exits(0);
    let (mut updated, mut fresh) = (tree(&project), tree(&scene.path("fresh/user-service")));
    assert_eq!(updated.remove("src/ours.rs").unwrap().contents, "// Ours.\n");
    let readme = updated.remove("README.md").unwrap().contents;
    let fresh_readme = fresh.remove("README.md").unwrap().contents;
    assert_eq!(readme, [b"Ours.\n\n", &fresh_readme[..]].concat());
    let migrations = |path: &str| path.starts_with("migrations/");
    for (path, file) in baseline.iter().filter(|(path, _)| migrations(path)) {
        assert_eq!(updated.remove(path).as_ref(), Some(file));
        fresh.remove(path);
    }
    assert!(updated == fresh, "not what the newest template makes");
}
