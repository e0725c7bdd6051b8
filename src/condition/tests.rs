//! What expressions mean, and where they stop making sense.

use std::collections::BTreeMap;

use super::*;

fn answers() -> BTreeMap<String, Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    BTreeMap::from([
        ("on".to_owned(), Value::Flag(true)),
        ("off".to_owned(), Value::Flag(false)),
        ("db".to_owned(), text("pg")),
        ("other".to_owned(), text("pg")),
    ])
}

#[test]
fn an_expression_holds_as_in_rhai() {
    for (text, holds) in [
        ("on", true),
        ("off", false),
        ("true", true),
        ("false", false),
        ("!on", false),
        ("!!on", true),
        ("!(on && off)", true),
        ("on && off", false),
        ("on || off", true),
        // `&&` binds closer than `||`.
        ("on || on && off", true),
        ("(on || on) && off", false),
        ("off && off || on", true),
        ("db == \"pg\"", true),
        ("\"pg\" == db", true),
        ("db != \"pg\"", false),
        ("db == \"my\"", false),
        ("db == other", true),
        ("on == true", true),
        ("off != false", false),
        ("(db == \"pg\") && !off", true),
        (" on\t&&\non ", true),
    ] {
        assert_eq!(Condition::parse(text).unwrap().holds(&answers()), holds, "{text}");
    }
}

#[test]
fn what_is_not_answered_makes_an_expression_false() {
    for (text, holds) in [
        ("unknown", false),
        ("!unknown", false),
        ("unknown == \"a\"", false),
        ("unknown != \"a\"", false),
        ("on || unknown", true),
        ("unknown || on", false),
        ("off && unknown", false),
        // A text is no condition.
        ("db", false),
    ] {
        assert_eq!(Condition::parse(text).unwrap().holds(&answers()), holds, "{text}");
    }
}

#[test]
fn an_expression_that_makes_no_sense_is_refused_where_it_stops() {
    for (text, offset, message) in [
        ("", 0, "the expression ends too early"),
        ("on &&", 5, "the expression ends too early"),
        ("(on", 3, "`)` is expected"),
        ("on)", 2, "`)` is not expected"),
        ("on off", 3, "`off` is not expected"),
        ("on & off", 3, "`&` is not expected"),
        ("db = \"pg\"", 3, "`=` is not expected"),
        ("\"pg\"", 0, "a string is not a condition"),
        ("!db == \"pg\"", 4, "`==` is not expected"),
        ("db == \"p", 6, "a string without escapes and with a closing quote is expected"),
        ("db == \"a\\n\"", 6, "a string without escapes and with a closing quote is expected"),
        ("db == 'pg'", 6, "`'` is not expected"),
        ("f(on)", 1, "`(` is not expected"),
        ("é", 0, "`é` is not expected"),
    ] {
        let error = Condition::parse(text).unwrap_err();
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{text}");
    }
}

#[test]
fn every_name_is_found_where_it_stands() {
    let condition = Condition::parse("a && !(b || c == d) || \"x\" != e").unwrap();
    let mut names = Vec::new();
    condition.names(&mut |name| names.push((name.offset, name.name.clone())));
    let expected = [(0, "a"), (7, "b"), (12, "c"), (17, "d"), (30, "e")];
    assert_eq!(names, expected.map(|(offset, name)| (offset, name.to_owned())));
}
