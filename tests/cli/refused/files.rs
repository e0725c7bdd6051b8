//! Files and folders of a template that are refused.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::Transcript;
use crate::support::{MANIFEST, Scene, assert_snapshot};

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
        ("a comment with half a raw block", "a\n{% comment %}{% raw %}{% endcomment %}"),
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
        ("a division that overflows", "one\n{{ -9223372036854775808 | divided_by: -1 }}"),
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
    transcript.fault(
        "several files and paths, in the order of the template",
        &[
            ("z.txt", "{{ 4 | divided_by: 0 }}"),
            ("{{team}}.txt", "one\n{{ 4 | divided_by: 0 }}"),
            ("{{team | append: '*'}}.txt", ""),
        ],
    );
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
