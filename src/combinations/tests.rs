use std::collections::{BTreeMap, BTreeSet};

use super::{Combinations, Error, Wanted, chain, choose};
use crate::answers::{Answers, Value};
use crate::manifest::Manifest;

const MANIFEST: &str = r#"
[template]
fmt = false

[placeholders.database]
prompt = "Which?"
choices = ["none", "sqlite", "postgres"]

[placeholders.grpc]
type = "bool"
prompt = "gRPC?"

[placeholders.metrics]
type = "bool"
prompt = "Metrics?"

[placeholders.description]
prompt = "What?"
default = "A service"

[conditional.'database != "none"'.placeholders.migrations]
type = "bool"
prompt = "Migrations?"

[conditional.'grpc && database == "postgres"'.placeholders.listen]
prompt = "Listen?"
choices = ["socket", "port"]

[firstlight]
version = "1.0.0"
"#;

fn manifest(text: &str) -> Manifest {
    Manifest::parse(text).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn chosen(strength: Option<usize>, only: &[(&str, Value)]) -> Combinations {
    let mut wanted = Wanted { strength, only: BTreeMap::new(), name: None };
    for (name, value) in only {
        wanted.only.entry((*name).to_owned()).or_default().push(value.clone());
    }
    choose(&manifest(MANIFEST), &wanted).unwrap_or_else(|error| panic!("{error}"))
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// Lists what pairs of choices occur, those of questions that are not asked left out.
fn pairs(all: &[Answers]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for answers in all {
        let values = || answers.values.iter().filter(|(name, _)| *name != "description");
        for (first, one) in values() {
            for (second, two) in values().filter(|(second, _)| *second > first) {
                found.insert(format!("{first}={one} {second}={two}"));
            }
        }
    }
    found
}

#[test]
fn a_question_is_answered_if_and_only_if_it_is_asked() {
    for answers in chosen(None, &[]).answers.iter().chain(&chosen(Some(2), &[]).answers) {
        let values = &answers.values;
        let postgres = values["database"] == text("postgres");
        let grpc = values["grpc"] == Value::Flag(true);
        assert_eq!(values.contains_key("migrations"), values["database"] != text("none"));
        assert_eq!(values.contains_key("listen"), postgres && grpc);
    }
}

#[test]
fn every_pair_that_can_occur_does() {
    let all = chosen(None, &[]);
    // 4 without a database, 8 with SQLite, 4 and 8 with PostgreSQL.
    assert_eq!(all.possible, Some(24));
    assert_eq!(all.answers.len(), 24);
    let few = chosen(Some(2), &[]);
    assert_eq!(few.possible, Some(24));
    assert_eq!(pairs(&few.answers), pairs(&all.answers));
    assert!(few.answers.len() <= 10, "{}", few.answers.len());
}

#[test]
fn only_what_is_wanted_is_chosen() {
    let some = chosen(None, &[("database", text("postgres")), ("grpc", Value::Flag(true))]);
    assert_eq!(some.answers.len(), 8);
    // A question that is only asked under a condition demands the condition.
    let listening = chosen(None, &[("listen", text("port"))]);
    assert_eq!(listening.answers.len(), 4);
    for answers in &listening.answers {
        assert_eq!(answers.values["grpc"], Value::Flag(true));
        assert_eq!(answers.values["database"], text("postgres"));
    }
    let both = chosen(None, &[("database", text("none")), ("database", text("sqlite"))]);
    assert_eq!(both.answers.len(), 12);
    let own = chosen(None, &[("description", text("mine"))]);
    assert!(own.answers.iter().all(|answers| answers.values["description"] == text("mine")));
}

#[test]
fn what_rules_itself_out_is_an_error() {
    let only = [("listen", text("port")), ("grpc", Value::Flag(false))];
    let only = only.map(|(name, value)| (name.to_owned(), vec![value]));
    let wanted = Wanted { strength: Some(2), only: only.into_iter().collect(), name: None };
    assert_eq!(choose(&manifest(MANIFEST), &wanted).map(|_| ()), Err(Error::None));
}

#[test]
fn texts_and_names_take_turns_and_begin_plainly() {
    let answers = chosen(Some(2), &[]).answers;
    assert_eq!(answers[0].name.as_str(), "sample-project");
    assert_eq!(answers[0].values["description"], text("A service"));
    let names: BTreeSet<&str> = answers.iter().map(|answers| answers.name.as_str()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let texts: BTreeSet<&Value> =
        answers.iter().map(|answers| &answers.values["description"]).collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
}

#[test]
fn a_template_without_choices_still_meets_every_name() {
    let manifest = manifest("[template]\nfmt = false\n[firstlight]\nversion = \"1.0.0\"\n");
    let wanted = Wanted { strength: Some(2), only: BTreeMap::new(), name: None };
    let found = choose(&manifest, &wanted).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((found.possible, found.answers.len()), (Some(1), 3));
}

#[test]
fn a_text_that_nothing_is_known_to_match_is_an_error() {
    let text = MANIFEST.replace("default = \"A service\"", "regex = \"^no such text$\"");
    let wanted = Wanted { strength: Some(2), only: BTreeMap::new(), name: None };
    let error = choose(&manifest(&text), &wanted).map(|_| ());
    assert_eq!(error, Err(Error::NoText("description".to_owned())));
}

#[test]
fn a_condition_of_too_many_answers_is_an_error() {
    // Of the first a row has no value that it needs, the second holds for none of the rows.
    for operator in [" || ", " && "] {
        let flags: Vec<String> = (0..9).map(|number| format!("f{number}")).collect();
        let flag = |name: &String| {
            format!("[placeholders.{name}]\ntype = \"bool\"\nprompt = \"Which?\"\n")
        };
        let text = format!(
            "[template]\nfmt = false\n{}[conditional.'{}'.placeholders.gated]\ntype = \"bool\"\n\
             prompt = \"Which?\"\n[firstlight]\nversion = \"1.0.0\"\n",
            flags.iter().map(flag).collect::<String>(),
            flags.join(operator)
        );
        let manifest = manifest(&text);
        let mut wanted = Wanted { strength: Some(2), only: BTreeMap::new(), name: None };
        let error = choose(&manifest, &wanted).map(|_| ());
        assert_eq!(error, Err(Error::TooIntricate("gated".to_owned())));
        // Narrowed down, it can be decided.
        let pinned =
            flags[..1].iter().map(|name| (name.clone(), vec![Value::Flag(operator == " && ")]));
        wanted.only.extend(pinned);
        let found = choose(&manifest, &wanted).unwrap_or_else(|error| panic!("{error}"));
        let holds = |answers: &Answers| {
            let mut flags = flags.iter().map(|name| answers.values[name] == Value::Flag(true));
            if operator == " && " { flags.all(|flag| flag) } else { flags.any(|flag| flag) }
        };
        let is_asked = |answers: &Answers| answers.values.contains_key("gated");
        assert!(found.answers.iter().all(|answers| is_asked(answers) == holds(answers)));
        assert!(found.answers.iter().any(is_asked));
    }
}

#[test]
fn neighbours_differ_in_little() {
    let places: [usize; 5] = [0, 30, 10, 31, 11];
    let order = chain(places.len(), |a, b| places[a].abs_diff(places[b]));
    assert_eq!(order, [0, 2, 4, 1, 3]);
    assert_eq!(chain(0, |_, _| 0), [0; 0]);
}
