//! Answers that a newer template asks for, or does not ask for any more.

use crate::life::Life;

const OLD: &str = "\
[placeholders.database]
prompt = \"Which database?\"
choices = [\"sqlite\", \"postgres\"]
default = \"sqlite\"

[placeholders.team]
prompt = \"Whose?\"
default = \"us\"
---";

const NEW: &str = "\
[placeholders.database]
prompt = \"Which database?\"
choices = [\"sqlite\", \"postgres\"]
default = \"postgres\"

[placeholders.cache]
prompt = \"Which cache?\"
choices = [\"none\", \"redis\"]
default = \"none\"
---";

fn life() -> Life {
    let life = Life::with_manifest(OLD, &[("a.txt.liquid", "{{database}} {{team}}\n")]);
    life.release_with_manifest("0.2.0", NEW, &[("a.txt.liquid", "{{database}} {{cache}}\n")]);
    life
}

#[test]
fn what_is_new_takes_its_default_and_what_is_gone_is_dropped_with_a_word() {
    let life = life();
    life.run("status").outcome().exits(0).prints("changed   a.txt\n");
    let outcome = life.update();
    outcome.exits(0).prints("updated   a.txt\n");
    let said = "\
Answers:
  cache = none, which is new: `firstlight set cache=…` changes it
  team is gone: nothing asks for it any more
";
    assert!(outcome.stderr.contains(said), "{outcome:?}");
    // The default of what was answered has changed, the answer has not.
    assert_eq!(life.read("a.txt"), "sqlite none\n");
    let record = life.read(".firstlight/record.toml");
    assert!(record.contains("[answers]\ncache = \"none\"\ndatabase = \"sqlite\"\n\n"), "{record}");
}

#[test]
fn what_is_new_can_be_answered_in_every_way() {
    life().run("update --cache redis").outcome().exits(0);
    for (line, variable) in
        [("update --cache redis", "none"), ("update -d cache=redis", "none"), ("update", "redis")]
    {
        let life = life();
        // What is answered is not open to the environment.
        let run = life.run(line).env("FIRSTLIGHT_CACHE", variable);
        run.env("FIRSTLIGHT_DATABASE", "postgres").outcome().exits(0);
        assert_eq!(life.read("a.txt"), "sqlite redis\n", "{line}");
    }
    let life = life();
    life.scene.write("values.toml", "cache = \"redis\"\n");
    life.run("update --values values.toml").outcome().exits(0);
    assert_eq!(life.read("a.txt"), "sqlite redis\n");
}

#[test]
fn what_is_answered_is_not_changed_by_an_update() {
    let life = life();
    let before = life.files();
    life.run("update --database sqlite --dry-run").outcome().exits(0);
    let outcome = life.run("update --database postgres").outcome();
    let said = "\
error: `database` is answered already, and not with `postgres`

hint: update first, then `firstlight set database=postgres`
";
    outcome.exits(2).prints("").says(said);
    assert_eq!(life.files(), before);
}

#[test]
fn what_has_no_default_has_to_be_given() {
    let life = life();
    let manifest = NEW.replace("default = \"none\"\n", "");
    life.release_with_manifest("0.2.0", &manifest, &[("a.txt.liquid", "{{database}} {{cache}}\n")]);
    let before = life.files();
    let outcome = life.update();
    outcome.exits(2).prints("");
    assert!(outcome.stderr.starts_with("error: answers are missing:\n  cache: --cache=none|redis"));
    let outcome = life.run("status").outcome();
    outcome.exits(0).prints("");
    assert!(outcome.stderr.contains("0.2.0 is available"), "{outcome:?}");
    assert_eq!(life.files(), before);
    life.run("update --cache none").outcome().exits(0);
}

#[test]
fn an_answer_that_is_not_taken_any_more_is_not_replaced_unasked() {
    let life = life();
    let manifest = NEW.replace("[\"sqlite\", \"postgres\"]", "[\"mysql\", \"postgres\"]");
    life.release_with_manifest("0.2.0", &manifest, &[("a.txt.liquid", "{{database}} {{cache}}\n")]);
    let outcome = life.update();
    outcome.exits(2);
    assert!(outcome.stderr.contains("  database: --database=mysql|postgres"), "{outcome:?}");
    life.run("update --database mysql").outcome().exits(0);
    assert_eq!(life.read("a.txt"), "mysql none\n");
}
