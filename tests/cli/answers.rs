//! Where answers come from, and which one wins.

use crate::support::Scene;

#[test]
fn a_flag_wins_over_a_definition_over_a_file_over_the_environment_over_the_default() {
    let scene = Scene::new();
    scene.write("values.toml", "database = \"sqlite\"\nteam = \"file\"\n");
    let template = "--template template --vcs none";
    let cases = [
        ("a1", "--yes --team t", None, "a1 sqlite false t\n"),
        ("a2", "--yes --team t", Some("postgres"), "a2 postgres false t\n"),
        ("a3", "--yes --values values.toml", Some("postgres"), "a3 sqlite false file\n"),
        (
            "a4",
            "--yes --values values.toml -d database=postgres -d team=define",
            None,
            "a4 postgres false define\n",
        ),
        (
            "a5",
            "--yes --values values.toml -d team=define --team flag --grpc",
            None,
            "a5 sqlite true flag\n",
        ),
        (
            "a6",
            "--define=grpc=true --database postgres --team t --grpc=false",
            None,
            "a6 postgres false t\n",
        ),
    ];
    for (name, flags, database, expected) in cases {
        let run = scene.run(&format!("new {name} {template} {flags}"));
        let run =
            database.into_iter().fold(run, |run, value| run.env("FIRSTLIGHT_DATABASE", value));
        run.outcome().exits(0).prints(&format!("{name}\n"));
        assert_eq!(scene.read(&format!("{name}/all.txt")), expected, "{name}");
    }
}

#[test]
fn a_values_file_may_be_one_of_cargo_generate() {
    let scene = Scene::new();
    scene.write("values.toml", "[values]\nteam = \"file\"\ngrpc = true\ndatabase = \"postgres\"\n");
    scene.run("new one --template template --vcs none --values values.toml").outcome().exits(0);
    assert_eq!(scene.read("one/all.txt"), "one postgres true file\n");
}

#[test]
fn the_same_definition_twice_is_one() {
    let scene = Scene::new();
    let line = "new one --template template --vcs none --yes -d team=t -d team=t";
    scene.run(line).outcome().exits(0);
    assert_eq!(scene.read("one/all.txt"), "one sqlite false t\n");
}

#[test]
fn a_value_may_hold_an_equals_sign_and_be_empty() {
    let scene = Scene::new();
    scene.write("template/cargo-generate.toml", "[template]\nfmt = false\n[placeholders]\na = { prompt = \"A?\" }\nb = { prompt = \"B?\" }\n[firstlight]\nversion = \"1.0.0\"\n");
    scene.write("template/all.txt.liquid", "<{{a}}><{{b}}>");
    scene.run("new one --template template --vcs none -d a=x=y -d b=").outcome().exits(0);
    assert_eq!(scene.read("one/all.txt"), "<x=y><>");
}

#[test]
fn the_record_holds_the_answers() {
    let scene = Scene::new();
    scene.run("new one --template template --vcs none --yes --team t --grpc").outcome().exits(0);
    let baseline = std::fs::read(scene.path("one/.firstlight/baseline.tar.zst")).unwrap();
    let record = format!(
        "\
# How this project was made. Keep this file and the baseline beside it under version control:
# firstlight reads them to tell what has changed since, and to merge newer templates.

schema = 1

[project]
name = \"one\"

[template]
source = \"{}\"
version = \"1.2.3\"

[answers]
database = \"sqlite\"
grpc = true
team = \"t\"

[baseline]
sha256 = \"{}\"
",
        scene.path("").canonicalize().unwrap().join("template").display(),
        firstlight::record::hash(&baseline)
    );
    assert_eq!(scene.read("one/.firstlight/record.toml"), record);
}
