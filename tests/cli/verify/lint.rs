//! What the lint finds without a look at any project.

use super::{change, lasting, scene, verify};
use crate::support::{Scene, assert_snapshot};

#[test]
fn defects_are_errors_with_a_place_and_a_remedy() {
    let mut text = String::new();
    for (title, prepare) in [
        ("a condition that never holds", never as fn(&Scene)),
        ("a check that is never made", never_checked),
        ("a branch that is never taken", branch),
        ("an else that is never taken", otherwise),
        ("a choice that nothing distinguishes", choice),
        ("a flag that makes no difference", flag),
        ("a placeholder that nothing uses", unused),
        ("a file with and without the suffix", twin),
        ("an ignore that matches nothing", ignore),
        ("braces of another language", braces),
        ("a variable that is not defined in a branch", undefined),
        ("a variable that some answers leave without a value", unasked),
        ("a second manifest", second),
    ] {
        let scene = scene(&[]);
        prepare(&scene);
        let outcome = verify(&scene, "--lint");
        assert_eq!(outcome.code, Some(1), "{title}: {outcome:#?}");
        assert_eq!(scene.list(), [""; 0], "{title}: something was written");
        text += &format!("## {title}\n{}\n", lasting(&outcome));
    }
    assert_snapshot("verify/lint.txt", &text);
}

fn never(scene: &Scene) {
    let old = "[conditional.'!grpc']";
    let new = "[conditional.'database == \"sqlite\" && database == \"postgres\"']";
    change(scene, "cargo-generate.toml", old, new);
}

fn never_checked(scene: &Scene) {
    let manifest = scene.read("template/cargo-generate.toml");
    let check = "[[firstlight.checks]]\nname = \"a\"\ncommand = [\"a\"]\nwhen = 'grpc && !grpc'\n";
    scene.write("template/cargo-generate.toml", manifest + check);
}

fn branch(scene: &Scene) {
    let text = "{% if grpc %}\nx {%- unless grpc %}y{% endunless %}\n{% endif %}\n";
    scene.write("template/a.txt.liquid", text);
}

fn otherwise(scene: &Scene) {
    let text = "{% if grpc or worker %}x{% elsif database == 'sqlite' %}y{% elsif database == 'postgres' %}z{% else %}never{% endif %}";
    scene.write("template/a.txt.liquid", text);
}

fn choice(scene: &Scene) {
    change(scene, "cargo-generate.toml", "\"postgres\"]", "\"postgres\", \"pg\"]");
    let text = "\"{% if database == 'sqlite' %}sqlite{% else %}postgres{% endif %}\"";
    change(scene, "src/main.rs.liquid", "\"{{database}}\"", text);
}

fn flag(scene: &Scene) {
    change(
        scene,
        "cargo-generate.toml",
        "[conditional.'!worker']\nignore = [\"src/worker.rs\"]\n",
        "",
    );
    let old = "{%- if worker %}\nmod worker;\n{%- endif %}\n";
    change(scene, "src/main.rs.liquid", old, "mod worker;\n{%- if worker %}\n{%- endif %}\n");
}

fn unused(scene: &Scene) {
    flag(scene);
    change(
        scene,
        "src/main.rs.liquid",
        "mod worker;\n{%- if worker %}\n{%- endif %}\n",
        "mod worker;\n",
    );
}

fn twin(scene: &Scene) {
    scene.write("template/Cargo.toml", "# never seen\n");
}

fn ignore(scene: &Scene) {
    change(scene, "cargo-generate.toml", "src/grpc.rs", "src/gprc.rs");
}

fn braces(scene: &Scene) {
    scene.write("template/ci.yml", "steps:\n  - run: echo ${{ github.sha }}\n");
}

fn undefined(scene: &Scene) {
    change(scene, "src/main.rs.liquid", "mod worker;", "mod worker; // {{ databse }}");
}

fn unasked(scene: &Scene) {
    let placeholder =
        "[conditional.grpc.placeholders.port]\nprompt = \"Port?\"\ndefault = \"50051\"\n";
    change(
        scene,
        "cargo-generate.toml",
        "[conditional.'!grpc']",
        &format!("{placeholder}\n[conditional.'!grpc']"),
    );
    scene.write("template/port.txt.liquid", "the port\nis {{ port }}\n");
}

fn second(scene: &Scene) {
    scene.write("template/docs/cargo-generate.toml", "[template]\n");
}

#[test]
fn what_is_odd_is_a_warning() {
    let scene = scene(&[]);
    change(&scene, "cargo-generate.toml", "fmt = false", "fmt = false\nexclude = [\"copied.txt\"]");
    change(
        &scene,
        "cargo-generate.toml",
        "\"copied.txt\"",
        "\"copied.txt\", \"foreign.yml\", \"other.txt\"",
    );
    scene.write("template/copied.txt", "a\n{{project-name}} ${{ database }}\n");
    scene.write("template/other.txt", "{{ crate_name }}\n");
    scene.write("template/foreign.yml", "a: ${{ database }} {{ $labels.job }}\n");
    let odd = "[conditional.'grpc || !grpc']\nignore = [\"never.txt\"]\n\n[firstlight]\n";
    change(&scene, "cargo-generate.toml", "[firstlight]\n", odd);
    scene.write("template/never.txt", "");
    scene.write("template/always.txt.liquid", "{% if grpc or grpc == false %}y{% endif %}\n");
    change(
        &scene,
        "src/main.rs.liquid",
        "    println!",
        "{%- if grpc %}\n    println!(\"x\");\n    println!(\"y\");\n{%- endif %}\n    println!",
    );
    let outcome = verify(&scene, "--lint");
    outcome.exits(0).prints("");
    assert_snapshot("verify/warnings.txt", &lasting(&outcome));
}

#[test]
fn what_too_many_answers_decide_about_is_named() {
    let scene = scene(&[]);
    let names: Vec<String> = (1..=13).map(|number| format!("flag{number}")).collect();
    let flag = |name: &String| {
        format!("[placeholders.{name}]\ntype = \"bool\"\nprompt = \"?\"\ndefault = true\n\n")
    };
    let flags: String = names.iter().map(flag).collect();
    let condition = format!("[conditional.'{}']\nignore = [\"b.txt\"]\n", names.join(" && "));
    change(
        &scene,
        "cargo-generate.toml",
        "[firstlight]",
        &format!("{flags}{condition}[firstlight]"),
    );
    scene.write(
        "template/a.txt.liquid",
        format!("a\n{{% if {} %}}{{% endif %}}\n", names.join(" or ")),
    );
    scene.write("template/b.txt", "b\n");
    verify(&scene, "--lint").exits(0).says(
        "warning: a.txt.liquid:1:1: more than 4096 combinations of answers decide about this: it is not judged\n\
         warning: b.txt:1:1: more than 4096 combinations of answers decide about this: it is not judged\n\
         warning: cargo-generate.toml:98:15: more than 4096 combinations of answers decide about this: it is not judged\n\n\
         hint: let fewer placeholders decide about it\n\n\
         The lint has found no errors.\n",
    );
}

#[test]
fn a_pattern_that_is_too_large_for_unicode_is_an_error() {
    let scene = scene(&[]);
    let text = "[placeholders.text]\nprompt = \"Text?\"\ntype = \"string\"\ndefault = \"a\"\n\
                regex = '^(\\w{1,200}){1,20}$'\n\n[conditional.'!grpc']\n";
    change(&scene, "cargo-generate.toml", "[conditional.'!grpc']\n", text);
    scene.write("template/text.txt.liquid", "{{text}}\n");
    let outcome = verify(&scene, "--lint");
    outcome.exits(1);
    let said = "it takes more than 10485760 bytes";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    // Whoever makes a project need not wait for it.
    scene.run("new demo --template template --yes --vcs none").outcome().exits(0);
    let refused = scene.run("new other --template template --text é --yes --vcs none").outcome();
    assert!(refused.exits(2).stderr.contains("a text in ASCII"), "{}", refused.stderr);
}

#[test]
fn what_is_sound_is_not_blamed() {
    let scene = scene(&[]);
    // What a filter cuts off says nothing about the branch.
    let text = "{% capture x %}{% if grpc %}a{% else %}b{% endif %}{% endcapture %}{{ x | slice: 0, 3 }}\n\
                {% for i in (1..2) %}{% ifchanged %}{% if worker %}a{% endif %}{% endifchanged %}{% endfor %}\n";
    scene.write("template/a.txt.liquid", text);
    // What comes after a branch that depends on the name, does so itself.
    let text = "{% if grpc %}a{% elsif crate_name contains '_' %}b{% elsif worker %}c{% else %}d{% endif %}\n\
                {% case database %}{% when crate_name %}a{% when 'sqlite' %}b{% else %}c{% endcase %}\n";
    scene.write("template/b.txt.liquid", text);
    let outcome = verify(&scene, "--lint");
    outcome.exits(0).says("The lint has found no errors.\n");
}
