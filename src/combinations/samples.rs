//! Texts and names that break a naive template.

use crate::answers::Value;
use crate::manifest::Placeholder;
use crate::name::{MAX_LENGTH, Name};

/// Is the name that most combinations have.
const NAME: &str = "sample-project";

/// Is the shortest name.
const SHORT: &str = "a";

/// Is a name of the greatest length, with digits and dashes.
const LONG: &str = "a1-b2-c3-a-name-of-63-characters-that-nobody-would-ever-give-it";

/// Lists what one language or another takes for more than text.
const FRAGMENTS: [&str; 8] = [
    "it's \"quoted\"",
    "naïve 漢字 🦀",
    "<b> & $HOME `id` %d",
    "#{x} # y: z",
    "{braces}",
    "{{ tags }} {% if %}",
    r"C:\new\table",
    "*/ // --",
];

/// Lists texts of usual shapes, for a placeholder without a default.
const PLAIN: [&str; 16] = [
    "some text",
    "some-text",
    "some_text",
    "SomeText",
    "text",
    "Text",
    "TEXT",
    "a",
    "A",
    "1",
    "8080",
    "0.1.0",
    "2024",
    "example.com",
    "ada@example.com",
    "https://example.com/a",
];

/// Lists the names that combinations get in turn, the plain one first.
pub fn names() -> Vec<Name> {
    debug_assert_eq!(LONG.len(), MAX_LENGTH);
    [NAME, SHORT, LONG].map(|name| Name::parse(name).expect("it is one")).to_vec()
}

/// Lists the texts that combinations give a placeholder in turn, a plain one first; none if no text
/// is known that it accepts.
pub fn texts(placeholder: &Placeholder) -> Vec<Value> {
    let accepts = |text: &str| placeholder.accept(text).ok();
    let mut own = placeholder.default.iter().chain(&placeholder.samples).cloned();
    let plain = own.next().or_else(|| PLAIN.iter().find_map(|text| accepts(text)));
    let mut found: Vec<Value> = Vec::new();
    for value in plain.into_iter().chain(own).chain(odd(accepts)).chain(accepts("")) {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// Puts as much as is accepted into one text, and a backslash at its end.
fn odd(accepts: impl Fn(&str) -> Option<Value>) -> Option<Value> {
    let mut text = String::new();
    for fragment in FRAGMENTS {
        let space = if text.is_empty() { "" } else { " " };
        let longer = format!("{text}{space}{fragment}");
        // One sign of a fragment may be refused, and the others not.
        if accepts(&longer).is_some() {
            text = longer;
            continue;
        }
        for sign in fragment.chars().filter(|c| !c.is_alphanumeric() && *c != ' ') {
            let longer = format!("{text}{sign}z");
            if !text.contains(sign) && accepts(&longer).is_some() {
                text = longer;
            }
        }
    }
    accepts(&format!("{text}\\")).or_else(|| accepts(&text).filter(|_| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Place;
    use crate::manifest::{Kind, Pattern};

    fn text(regex: Option<&str>) -> Vec<String> {
        let placeholder = Placeholder {
            name: "x".to_owned(),
            kind: Kind::Text,
            prompt: "X?".to_owned(),
            default: None,
            regex: regex.map(|regex| {
                Pattern::new(regex.to_owned()).unwrap_or_else(|error| panic!("{error}"))
            }),
            hint: None,
            samples: Vec::new(),
            condition: None,
            condition_text: None,
            place: Place::file("x"),
        };
        texts(&placeholder).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_text_without_a_regex_gets_all_that_is_odd() {
        let found = text(None);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], "some text");
        for part in ["\"", "'", "漢", "{{ tags }}", "{% if %}", "#{x}", r"C:\new", "$HOME", "`id`"]
        {
            assert!(found[1].contains(part), "{part}: {}", found[1]);
        }
        assert!(found[1].ends_with('\\'), "{}", found[1]);
        assert_eq!(found[2], "");
    }

    #[test]
    fn a_regex_is_obeyed() {
        assert_eq!(text(Some("^[0-9]+$")), ["1"]);
        assert_eq!(text(Some("^[A-Z]+$")), ["TEXT"]);
        assert_eq!(text(Some("^no such$")), Vec::<String>::new());
        assert_eq!(text(Some(r#"^[^"\\{}]+$"#)).len(), 2);
        let found = text(Some("^[^<`]+$"));
        assert!(found[1].contains("&z") && !found[1].contains('<'), "{}", found[1]);
    }
}
