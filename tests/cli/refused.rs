//! Bad input: each kind with its message and its exit code, and nothing written.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::{MANIFEST, Scene, assert_snapshot};

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

#[test]
fn names_that_something_else_has_or_nobody_can_use() {
    let mut transcript = Transcript::default();
    let long = "a".repeat(64);
    for (title, name) in [
        ("upper-case letters", "UserService"),
        ("underscores", "user_service"),
        ("a digit first", "2fast"),
        ("a dash at the end", "user-"),
        ("two dashes", "user--service"),
        ("letters outside of ASCII", "benützer"),
        ("nothing that a name could be made of", "_"),
        ("a keyword", "match"),
        ("a keyword after the suggested change", "Match"),
        ("a reserved keyword", "yield"),
        ("a keyword of the latest edition", "gen"),
        ("a weak keyword", "union"),
        ("the entry point", "main"),
        ("the standard library", "std"),
        ("the core library", "core"),
        ("the test crate", "test"),
        ("a crate of the compiler", "proc-macro"),
        ("a folder of cargo", "deps"),
        ("a device on Windows", "nul"),
        ("a numbered device on Windows", "com1"),
        ("a name that is too long", long.as_str()),
    ] {
        transcript.case(title, &format!("new {name} --yes"), 2, nothing);
    }
    let with = |manifest: &'static str, lock: &'static str| {
        move |scene: &Scene| {
            scene.write("template/Cargo.toml.liquid", manifest);
            scene.write("template/Cargo.lock", lock);
        }
    };
    let new = |name: &str| format!("new {name} --template template --yes --team a");
    transcript.case(
        "a dependency",
        &new("serde-json"),
        2,
        with("[dependencies]\nserde_json = \"1\"\n", ""),
    );
    let platform = "[target.'cfg(unix)'.dev-dependencies]\nnix = \"1\"\n";
    transcript.case("a dependency of one platform's tests", &new("nix"), 2, with(platform, ""));
    let renamed = "[build-dependencies]\nproto = { package = \"prost\", version = \"1\" }\n";
    transcript.case("a dependency under another name", &new("prost"), 2, with(renamed, ""));
    let lock = "[[package]]\nname = \"bytes\"\nversion = \"1.0.0\"\nsource = \"registry\"\n";
    transcript.case("a dependency of a dependency", &new("bytes"), 2, with("", lock));
    assert_snapshot("refused-names.txt", &transcript.text);
}

#[test]
fn destinations_that_cannot_be_written_to() {
    let mut transcript = Transcript::default();
    let new = |path: &str| format!("new {path} --template template --yes --team a");
    transcript.case("the folder itself", &new("."), 2, nothing);
    transcript.case("the folder above", &new(".."), 2, nothing);
    transcript.case("a path that ends in a dot", &new("one/."), 2, nothing);
    transcript.case("the root", &new("/"), 2, nothing);
    transcript.case("a folder that is not empty", &new("one"), 2, |scene| {
        scene.write("one/.hidden", "");
    });
    transcript.case("a file", &new("one"), 2, |scene| scene.write("one", ""));
    transcript.case("a link to an empty folder", &new("one"), 2, |scene| {
        fs::create_dir(scene.path("elsewhere")).unwrap();
        symlink("elsewhere", scene.path("one")).unwrap();
    });
    transcript.case("a link to nothing", &new("one"), 2, |scene| {
        symlink("nowhere", scene.path("one")).unwrap();
    });
    assert_snapshot("refused-destinations.txt", &transcript.text);
}

#[test]
fn a_path_through_a_file_is_refused() {
    let scene = Scene::new();
    scene.write("file", "");
    let outcome = scene.run("new file/one --template template --yes --team a").outcome();
    let file = scene.path("file");
    let said = format!(
        "error: `{}` is a file, not a folder to put a project into\n\nhint: choose another path\n",
        file.display()
    );
    outcome.exits(2).prints("").says(&said);
}

#[test]
fn answers_that_are_missing_or_wrong() {
    let mut transcript = Transcript::default();
    let new = |rest: &str| format!("new one --template template {rest}");
    transcript.case("no answers", &new(""), 2, nothing);
    transcript.case("an answer without a default", &new("--yes"), 2, nothing);
    transcript.case(
        "a choice that does not exist, as a flag",
        &new("--database mysql"),
        2,
        nothing,
    );
    transcript.case("a choice that does not exist", &new("-d database=mysql"), 2, nothing);
    transcript.case("a flag that is neither true nor false", &new("-d grpc=yes"), 2, nothing);
    transcript.case("a text that the regex refuses", &new("--team A-Team"), 2, nothing);
    transcript.case("a placeholder that does not exist", &new("-d databse=sqlite"), 2, nothing);
    transcript.case("a definition without a value", &new("-d database"), 2, nothing);
    let twice = new("-d database=sqlite -d database=postgres --yes");
    transcript.case("two values for one placeholder", &twice, 2, nothing);
    transcript.case("a flag twice", &new("--team a --team b"), 2, nothing);
    let several = new("-d grpc=1 -d nothing=2 -d team=3");
    transcript.case("several mistakes at once", &several, 2, nothing);
    let values = new("--yes --team a --values values.toml");
    transcript.case("a file of values that is missing", &values, 2, nothing);
    transcript.case("a file of values that is no TOML", &values, 2, |scene| {
        scene.write("values.toml", "database: sqlite\n");
    });
    transcript.case("a number in a file of values", &values, 2, |scene| {
        scene.write("values.toml", "team = 7\n");
    });
    transcript.case("an unknown name in a file of values", &values, 2, |scene| {
        scene.write("values.toml", "teem = \"a\"\n");
    });
    transcript.case("a template that does not exist", "options --template nowhere", 2, nothing);
    let conditional = |scene: &Scene| {
        let port = "\n[conditional.grpc.placeholders.port]\nprompt = \"Port?\"\n";
        scene.write("template/cargo-generate.toml", format!("{MANIFEST}{port}"));
        scene.write("template/port.txt", "{% if grpc %}{{port}}{% endif %}");
    };
    let vain = new("--yes --team a --port 1");
    transcript.case("an answer to a question that is not asked", &vain, 2, conditional);
    let missing = new("--yes --team a --grpc");
    transcript.case("no answer to a question of a condition", &missing, 2, conditional);
    assert_snapshot("refused-answers.txt", &transcript.text);
}

#[test]
fn variables_that_are_wrong() {
    let scene = Scene::new();
    let new = "new one --template template --yes --team a";
    let unknown = "error: the template has no variable `FIRSTLIGHT_DATABSE`\n\nhint: did you mean `FIRSTLIGHT_DATABASE`?\n";
    scene.run(new).env("FIRSTLIGHT_DATABSE", "sqlite").outcome().exits(2).prints("").says(unknown);
    let wrong = "error: `FIRSTLIGHT_GRPC` cannot be `on`\n\nhint: give true or false\n";
    scene.run(new).env("FIRSTLIGHT_GRPC", "on").outcome().exits(2).prints("").says(wrong);
    assert_eq!(scene.list(), Vec::<String>::new());
}

#[test]
fn manifests_with_defects() {
    let mut transcript = Transcript::default();
    transcript.case("no manifest", "options --template template", 1, |scene| {
        fs::remove_file(scene.path("template/cargo-generate.toml")).unwrap();
    });
    transcript.fault("a second manifest", &[("deep/cargo-generate.toml", "")]);
    transcript.manifest("no TOML", "fmt = false", "fmt = = false");
    transcript.manifest("a table that is misspelt", "[placeholders.team]", "[placholders.team]");
    transcript.manifest("a key that is misspelt", "default = false", "defualt = false");
    transcript.manifest("rustfmt", "fmt = false", "fmt = true");
    transcript.manifest("no word about rustfmt", "fmt = false", "");
    transcript.manifest("scripts", "[template]", "[hooks]\npre = [\"a.rhai\"]\n[template]");
    transcript.manifest("several templates", "fmt = false", "fmt = false\nsub_templates = [\"a\"]");
    transcript.manifest("no version", "version = \"1.2.3\"", "");
    transcript.manifest("a version that is none", "1.2.3", "v1");
    assert_snapshot("refused-manifests.txt", &transcript.text);
}

#[test]
fn placeholders_with_defects() {
    let mut transcript = Transcript::default();
    transcript.manifest("no prompt", "prompt = \"With gRPC?\"", "");
    transcript.manifest("a type that does not exist", "type = \"bool\"", "type = \"boolean\"");
    transcript.manifest("a list for an answer", "type = \"bool\"", "type = \"array\"");
    transcript.manifest(
        "no choices",
        "choices = [\"sqlite\", { value = \"postgres\", label = \"PostgreSQL\" }]",
        "choices = []",
    );
    transcript.manifest("a choice twice", "[\"sqlite\", {", "[\"sqlite\", \"sqlite\", {");
    transcript.manifest(
        "a default that is no choice",
        "default = \"sqlite\"",
        "default = \"mysql\"",
    );
    transcript.manifest("a default of the wrong type", "default = false", "default = \"false\"");
    transcript.manifest(
        "a default that the regex refuses",
        "regex = \"^[a-z]+$\"",
        "regex = \"^[a-z]+$\"\ndefault = \"A\"",
    );
    transcript.manifest("a regex that does not compile", "^[a-z]+$", "^[a-z+$");
    transcript.manifest("a regex for a flag", "default = false", "default = false\nregex = \"x\"");
    transcript.manifest("a reserved name", "[placeholders.team]", "[placeholders.username]");
    transcript.manifest(
        "a name that firstlight uses",
        "[placeholders.team]",
        "[placeholders.dry_run]",
    );
    transcript.manifest(
        "a name that is no variable",
        "[placeholders.team]",
        "[placeholders.\"my team\"]",
    );
    let twice = "[placeholders.te-am]\nprompt = \"?\"\n[placeholders.te_am]\nprompt = \"?\"\n[placeholders.team]";
    transcript.manifest("two names for one flag", "[placeholders.team]", twice);
    let again = "[conditional.grpc.placeholders.team]\nprompt = \"?\"\n[firstlight]";
    transcript.manifest("a placeholder twice", "[firstlight]", again);
    transcript.manifest(
        "a placeholder that nothing uses",
        "[placeholders.team]",
        "[placeholders.extra]\nprompt = \"?\"\n[placeholders.team]",
    );
    assert_snapshot("refused-placeholders.txt", &transcript.text);
}

#[test]
fn conditions_and_paths_with_defects() {
    let mut transcript = Transcript::default();
    transcript.manifest(
        "a condition that does not parse",
        "[firstlight]",
        "[conditional.'grpc && (database']\nignore = [\"all.txt\"]\n[firstlight]",
    );
    transcript.manifest(
        "a condition in another language",
        "[firstlight]",
        "[conditional.\"not grpc\"]\nignore = [\"all.txt\"]\n[firstlight]",
    );
    transcript.manifest(
        "an unknown name in a condition",
        "[firstlight]",
        "[conditional.'grcp']\nignore = [\"all.txt\"]\n[firstlight]",
    );
    transcript.manifest(
        "a comparison that never holds",
        "[firstlight]",
        "[conditional.'database == \"postgre\"']\nignore = [\"all.txt\"]\n[firstlight]",
    );
    transcript.manifest(
        "a choice as a condition",
        "[firstlight]",
        "[conditional.database]\nignore = [\"all.txt\"]\n[firstlight]",
    );
    transcript.manifest(
        "an ignored path that does not exist",
        "fmt = false",
        "fmt = false\nignore = [\"all.txt.liquid\"]",
    );
    transcript.manifest(
        "an ignored path outside",
        "fmt = false",
        "fmt = false\nignore = [\"../all.txt\"]",
    );
    transcript.manifest(
        "an excluded path that does not exist",
        "fmt = false",
        "fmt = false\nexclude = [\"*.yml\"]",
    );
    transcript.manifest("a pattern that is none", "fmt = false", "fmt = false\nexclude = [\"{a\"]");
    transcript.manifest(
        "a seeded path that does not exist",
        "version",
        "seeded = [\"migrations\"]\nversion",
    );
    transcript.manifest(
        "include with exclude",
        "fmt = false",
        "fmt = false\ninclude = [\"*\"]\nexclude = [\"all.txt\"]",
    );
    transcript.manifest(
        "include with a conditional exclude",
        "fmt = false",
        "fmt = false\ninclude = [\"*\"]\n[conditional.grpc]\nexclude = [\"all.txt\"]",
    );
    transcript.manifest("a list that is none", "fmt = false", "fmt = false\nignore = \"all.txt\"");
    assert_snapshot("refused-conditions-and-paths.txt", &transcript.text);
}

#[test]
fn files_with_defects() {
    let mut transcript = Transcript::default();
    for (title, text) in [
        ("a variable that does not exist", "one\n  {{ databse }}\n"),
        (
            "a variable that does not exist in a branch that is not taken",
            "{% if grpc %}{{ dtabase }}{% endif %}",
        ),
        ("a condition on a variable that does not exist", "{% if grcp %}x{% endif %}"),
        ("a variable that differs between machines", "{{ authors }}"),
        ("a field of a text", "{{ database.name }}"),
        ("a filter that does not exist", "{{ team | kebabcase }}"),
        ("a filter that reads the clock", "{{ 'now' | date: '%Y' }}"),
        ("a filter that runs a script", "{{ 'a.rhai' | rhai }}"),
        ("a tag that does not exist", "{% fi grpc %}"),
        ("a tag for partials", "{% include 'a.txt' %}"),
        ("if not", "{% if not grpc %}x{% endif %}"),
        ("braces of GitHub", "a: ${{ matrix.os }}\n"),
        ("an expression of GitHub", "a: ${{ hashFiles('Cargo.lock') }}\n"),
        ("braces of Prometheus", "a: {{ $labels.instance }}\n"),
        ("braces of Helm", "a: {{ .Values.image }}\n"),
        ("braces of Grafana", "{{instance}}"),
        ("braces of Rust", "format!(\"{{}}\")"),
        ("operators in braces", "{{ grpc == true }}"),
        ("braces that are never closed", "a {{ database\n"),
        ("a string that is never closed", "a {{ 'database }}\n"),
        ("a block that is never closed", "a\n{% if grpc %}\nb\n"),
        ("a tag that closes nothing", "a {% endif %}\n"),
        ("an else of nothing", "{% else %}"),
        ("blocks that cross", "{% if grpc %}{% for x in (1..2) %}{% endif %}{% endfor %}"),
        ("arguments that a filter does not take", "{{ team | upcase: 1 }}"),
        ("a comparison without a side", "{% if database == %}x{% endif %}"),
        ("a choice that does not exist", "a\n{% if database == \"postgress\" %}x{% endif %}"),
        (
            "a choice that does not exist, on the left",
            "{% unless 'sqlit' != database %}x{% endunless %}",
        ),
        (
            "a choice that does not exist, in an elsif",
            "{% if grpc %}{% elsif grpc or database <> 'my' %}{% endif %}",
        ),
        (
            "a choice that does not exist, in a case",
            "{% case database %}\n{% when 'sqlite', 'mysql' %}x{% endcase %}",
        ),
        ("a text for a flag", "{% if grpc == 'true' %}x{% endif %}"),
        ("a number in braces", "a{{4}}"),
        ("a fraction in braces", "{{ 0.5 }}"),
        ("a string in braces", "{{\"x\"}}"),
        ("a keyword in braces", "{{ nil }}"),
        ("a keyword of tags in braces", "{{ contains }}"),
        ("a keyword of another tag", "{% if reversed %}x{% endif %}"),
        (
            "the variable of a loop after it",
            "{% for x in (1..2) %}{{x}}{% endfor %}{{x}}{{forloop.index}}",
        ),
        (
            "the variable of a loop where it has no turn",
            "{% for x in (1..2) %}{% else %}{{x}}{% endfor %}",
        ),
        ("several defects at once", "{{ a }}\n{{ team | b }}\n{% c %}\n"),
    ] {
        transcript.fault(title, &[("bad.txt", text)]);
    }
    assert_snapshot("refused-files.txt", &transcript.text);
}

#[test]
fn files_that_only_some_answers_show_to_be_wrong() {
    let mut transcript = Transcript::default();
    let port = "\n[conditional.grpc.placeholders.port]\nprompt = \"Port?\"\n";
    let with_port = format!("{MANIFEST}{port}");
    for (title, text) in [
        ("the placeholder of a condition that does not hold", "one\n  {{team}} {{ port }}\n"),
        ("the same in a block", "{% if grpc == false %}\n  {{-port}}{% endif %}"),
        ("the same in a case", "{% case team %}{% when 'a' %}é {{port | upcase}}{% endcase %}"),
        (
            "a variable of a branch that is not taken",
            "{% if grpc %}{% assign x = 1 %}{% endif %}\n{{x}}",
        ),
        ("a division by zero", "one\ntwo {{ 4 | divided_by: 0 }}"),
        (
            "a division by zero in a loop",
            "{% for i in (0..1) %}\n{{ 4 | divided_by: i }}{% endfor %}",
        ),
        ("an index that does not exist", "{% assign words = team | split: ' ' %}{{words[7]}}"),
    ] {
        transcript.fault(
            title,
            &[
                ("cargo-generate.toml", &with_port),
                ("bad.txt", text),
                ("b.txt", "{% if grpc %}{{port}}{% endif %}"),
            ],
        );
    }
    assert_snapshot("refused-answers-of-files.txt", &transcript.text);
}

#[test]
fn next_steps_with_defects() {
    let mut transcript = Transcript::default();
    for (title, step) in [
        ("a step with a variable that does not exist", "echo {{taem}}"),
        (
            "a step with a choice that does not exist",
            "{% if database == 'postgress' %}a{% endif %}",
        ),
        ("a step with braces of Docker", "docker ps --format '{{.Names}}'"),
        ("a step that cannot be rendered", "{{ 4 | divided_by: 0 }}"),
    ] {
        transcript.manifest(title, "\"cargo run\"", &format!("\"cargo run\",\n  \"{step}\""));
    }
    transcript.case(
        "a step that cannot be rendered, in a dry run",
        "new one --template template --yes --team a --dry-run",
        1,
        |scene| {
            let steps = "\"{{ 4 | divided_by: 0 }}\"";
            scene.write("template/cargo-generate.toml", MANIFEST.replace("\"cargo run\"", steps));
        },
    );
    assert_snapshot("refused-next-steps.txt", &transcript.text);
}

#[test]
fn folders_with_defects() {
    let mut transcript = Transcript::default();
    let new = "new one --template template --yes --team a --vcs none";
    transcript.case("a file that is not UTF-8", new, 1, |scene| {
        scene.write("template/image.png", b"one\ntwo\xff\n");
    });
    transcript.case("a symbolic link", new, 1, |scene| {
        symlink("all.txt.liquid", scene.path("template/link.txt")).unwrap();
    });
    transcript.case("a link out of the template", new, 1, |scene| {
        symlink("/etc", scene.path("template/etc")).unwrap();
    });
    transcript.case("a named pipe", new, 1, |scene| {
        let pipe = scene.path("template/pipe");
        assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    });
    transcript.case("an executable file with tags in its path", new, 1, |scene| {
        scene.write("template/{{team}}.sh", "");
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(scene.path("template/{{team}}.sh"), executable).unwrap();
    });
    transcript.fault("tags in a path that do not exist", &[("{{tame}}.txt", "")]);
    transcript.fault("a path that renders to nothing", &[("{% if grpc %}x{% endif %}", "")]);
    transcript.fault("a path that leaves the tree", &[("{{ '..' | strip }}/x.txt", "")]);
    transcript.fault(
        "a path that leaves the tree in one component",
        &[("{{ '..%2Fx' | url_decode }}", "")],
    );
    transcript.fault("a path that is absolute", &[("{{ '%2Fx' | url_decode }}", "")]);
    transcript.fault("a path that Windows refuses", &[("a:b.txt", "")]);
    transcript.fault("a path that is a device on Windows", &[("aux.txt", "")]);
    transcript.fault("a path twice", &[("{{team}}.txt", ""), ("a.txt", "")]);
    transcript.fault("a file that is also a folder", &[("{{team}}", ""), ("a/b.txt", "")]);
    transcript.fault("a file of firstlight", &[(".firstlight/record.toml", "")]);
    transcript.fault("a file of firstlight by a detour", &[("{{ '.firstlight' | strip }}/x", "")]);
    transcript.fault("a file of firstlight in capitals", &[(".FirstLight/x", "")]);
    transcript.fault(
        "a file of firstlight in capitals by a detour",
        &[("{{'.FIRSTLIGHT'|strip}}/x", "")],
    );
    transcript.fault("a file of git", &[("{{ \".git\" | strip }}/config", "")]);
    transcript.fault("a file of git by its suffix", &[(".git.liquid", "")]);
    transcript.fault("a file of git inside of a folder", &[("a/.git.liquid", "")]);
    transcript.fault("a file of git in capitals", &[(".Git/config", "")]);
    transcript
        .fault("a file of git in capitals by a detour", &[("a/{{ '.git' | upcase }}/config", "")]);
    transcript.fault("a file of git by its short name", &[("GIT~1/config", "")]);
    transcript.fault(
        "a file of git by its name in an answer",
        &[("{{ team | replace: 'a', 'git~1' }}", "")],
    );
    transcript.fault(
        "two paths that are one where cases count for nothing",
        &[("{{team}}.txt", ""), ("A.txt", "")],
    );
    transcript.fault("a list of cargo-generate's own", &[(".genignore", "")]);
    let excluded = MANIFEST.replace("fmt = false", "fmt = false\nexclude = [\"*team*\"]");
    let folder = [("cargo-generate.toml", excluded.as_str()), ("{{team}}/x.txt", "")];
    transcript.fault("a folder with tags that is excluded", &folder);
    assert_snapshot("refused-folders.txt", &transcript.text);
}

#[test]
fn whatever_is_wrong_with_a_template_options_tells_it_too() {
    let scene = Scene::new();
    scene.write("template/bad.txt", "{{ nothing }}");
    let said = "\
error: bad.txt:1:4: the variable `nothing` is not defined

hint: declare it under [placeholders], correct its name, or list the file under `exclude` if the braces are another language's
";
    scene.run("options --template template").outcome().exits(1).prints("").says(said);
}
