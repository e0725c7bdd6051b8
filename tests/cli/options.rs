//! `firstlight options`.

use crate::support::Scene;

#[test]
fn the_placeholders_are_listed_for_people() {
    let text = "\
Template: template 1.2.3

database: Which database?
  choices   sqlite, postgres
  default   sqlite
  flag      --database
  variable  FIRSTLIGHT_DATABASE

grpc: With gRPC?
  choices   true, false
  default   false
  flag      --grpc
  variable  FIRSTLIGHT_GRPC

team: Whose is it?
  text      ^[a-z]+$
  flag      --team
  variable  FIRSTLIGHT_TEAM
";
    Scene::new().run("options --template template").outcome().exits(0).prints(text).says("");
}

#[test]
fn the_placeholders_are_listed_for_programs() {
    let json = r#"{
  "schema": 1,
  "template": {
    "source": "template",
    "version": "1.2.3"
  },
  "placeholders": [
    {
      "name": "database",
      "type": "choice",
      "prompt": "Which database?",
      "choices": [
        {
          "value": "sqlite",
          "label": "sqlite"
        },
        {
          "value": "postgres",
          "label": "PostgreSQL"
        }
      ],
      "default": "sqlite",
      "regex": null,
      "hint": null,
      "condition": null,
      "flag": "--database",
      "variable": "FIRSTLIGHT_DATABASE"
    },
    {
      "name": "grpc",
      "type": "bool",
      "prompt": "With gRPC?",
      "choices": null,
      "default": false,
      "regex": null,
      "hint": null,
      "condition": null,
      "flag": "--grpc",
      "variable": "FIRSTLIGHT_GRPC"
    },
    {
      "name": "team",
      "type": "text",
      "prompt": "Whose is it?",
      "choices": null,
      "default": null,
      "regex": "^[a-z]+$",
      "hint": null,
      "condition": null,
      "flag": "--team",
      "variable": "FIRSTLIGHT_TEAM"
    }
  ]
}
"#;
    let scene = Scene::new();
    scene.run("options --json --template=template").outcome().exits(0).prints(json).says("");
}

#[test]
fn a_placeholder_of_a_condition_names_it() {
    let scene = Scene::new();
    let port = "\n[conditional.grpc.placeholders.port]\nprompt = \"Port?\"\n";
    scene.write("template/cargo-generate.toml", format!("{}{port}", crate::support::MANIFEST));
    scene.write("template/port.txt", "{% if grpc %}{{port}}{% endif %}");
    let outcome = scene.run("options --template template").outcome();
    outcome.exits(0).says("");
    let last = "port: Port?\n  text      any\n  only if   grpc\n  flag      --port\n  variable  FIRSTLIGHT_PORT\n";
    assert!(outcome.stdout.ends_with(last), "{}", outcome.stdout);
}

#[test]
fn a_hint_stands_for_the_regex_wherever_it_is_told() {
    let scene = Scene::new();
    let hints = "\n[firstlight.hints]\nteam = \"lower-case letters\"\n";
    scene.write("template/cargo-generate.toml", format!("{}{hints}", crate::support::MANIFEST));
    let outcome = scene.run("options --template template").outcome();
    outcome.exits(0);
    assert!(outcome.stdout.contains("\n  text      lower-case letters\n"), "{}", outcome.stdout);
    let json = scene.run("options --template template --json").outcome().stdout;
    assert!(json.contains("\"hint\": \"lower-case letters\""), "{json}");
    let said = "error: `--team` cannot be `A`\n\nhint: give lower-case letters\n";
    let new = scene.run("new one --template template --yes --team A");
    new.outcome().exits(2).prints("").says(said);
}
