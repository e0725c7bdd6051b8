//! The placeholders of a manifest.

use toml::de::{DeArray, DeTable, DeValue};

use super::{Item, Reader};
use crate::answers::Value;
use crate::fault::Problem;
use crate::manifest::pattern::Pattern;
use crate::manifest::placeholder::{Choice, Kind, Placeholder};

/// Names what cargo-generate fills in itself; `username` is one that it fills without saying so.
const RESERVED: [&str; 8] = [
    "authors",
    "os-arch",
    "project-name",
    "crate_name",
    "crate_type",
    "within_cargo_project",
    "is_init",
    "username",
];

/// Names the flags of firstlight itself.
const FLAGS: [&str; 12] = [
    "template", "project", "define", "values", "yes", "vcs", "dry-run", "json", "help", "version",
    "quiet", "color",
];

impl Reader<'_> {
    pub(super) fn placeholders(
        &mut self,
        table: &DeTable<'_>,
        condition: Option<(usize, &str)>,
        found: &mut Vec<Placeholder>,
    ) {
        for (key, item) in table {
            let start = key.span().start;
            let name = key.get_ref().as_ref();
            let letters = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if RESERVED.contains(&name) || FLAGS.contains(&name.replace('_', "-").as_str()) {
                self.fault(start, Problem::ReservedName(name.to_owned()));
            } else if !name.starts_with(|c: char| c.is_ascii_alphabetic())
                || !name.chars().all(letters)
            {
                self.fault(start, Problem::BadName(name.to_owned()));
            }
            let Some(table) = item.get_ref().as_table() else {
                self.wrong(item, name, "a table");
                continue;
            };
            self.only(table, &["type", "prompt", "choices", "default", "regex"]);
            if let Some(mut placeholder) = self.placeholder(name, start, table) {
                placeholder.condition = condition.map(|(index, _)| index);
                placeholder.condition_text = condition.map(|(_, text)| text.to_owned());
                found.push(placeholder);
            }
        }
    }

    fn placeholder(
        &mut self,
        name: &str,
        start: usize,
        table: &DeTable<'_>,
    ) -> Option<Placeholder> {
        let place = self.place(start);
        let kind = self.kind(table)?;
        let regex = self.regex(&kind, table);
        let prompt = match table.get("prompt") {
            Some(item) => self.string(item, "prompt")?,
            None => {
                self.fault(
                    start,
                    Problem::Missing("prompt", "add the question: `prompt = \"…?\"`"),
                );
                return None;
            }
        };
        let mut placeholder = Placeholder {
            name: name.to_owned(),
            kind,
            prompt,
            default: None,
            regex,
            hint: None,
            samples: Vec::new(),
            condition: None,
            condition_text: None,
            place,
        };
        placeholder.default =
            table.get("default").and_then(|item| self.default(&placeholder, item));
        self.choices_match(&placeholder, table);
        Some(placeholder)
    }

    fn kind(&mut self, table: &DeTable<'_>) -> Option<Kind> {
        let written = match table.get("type") {
            Some(item) => (self.string(item, "type")?, item.span().start),
            None => ("string".to_owned(), 0),
        };
        let choices = table.get("choices");
        match (written.0.as_str(), choices) {
            ("string", Some(item)) => self.choices(item).map(Kind::Choice),
            ("string" | "text" | "editor", None) => Some(Kind::Text),
            ("bool", None) => Some(Kind::Flag),
            ("text" | "editor" | "bool", Some(item)) => {
                let why = "only a placeholder of the type `string` has choices";
                self.fault(item.span().start, Problem::Unsupported("choices".to_owned(), why));
                None
            }
            ("array", _) => {
                let why = "use one placeholder of the type `bool` for each element";
                self.fault(written.1, Problem::Unsupported("array".to_owned(), why));
                None
            }
            _ => {
                let problem = Problem::WrongType("type".to_owned(), "string, text, editor or bool");
                self.fault(written.1, problem);
                None
            }
        }
    }

    fn choices(&mut self, item: &Item<'_>) -> Option<Vec<Choice>> {
        let Some(array) = item.get_ref().as_array() else {
            self.wrong(item, "choices", "a list of strings");
            return None;
        };
        if array.is_empty() {
            self.fault(item.span().start, Problem::NoChoices);
            return None;
        }
        self.each_choice(array)
    }

    fn each_choice(&mut self, array: &DeArray<'_>) -> Option<Vec<Choice>> {
        let mut choices: Vec<Choice> = Vec::new();
        for element in array {
            let value = element.get_ref();
            let field = |name| value.get(name).and_then(|field| field.get_ref().as_str());
            let Some(text) = value.as_str().or_else(|| field("value")) else {
                self.wrong(element, "choices", "strings, or tables with `value` and `label`");
                return None;
            };
            if choices.iter().any(|choice| choice.value == text) {
                self.fault(element.span().start, Problem::ChoiceTwice(text.to_owned()));
            }
            let label = field("label").unwrap_or(text).to_owned();
            choices.push(Choice { value: text.to_owned(), label });
        }
        Some(choices)
    }

    fn regex(&mut self, kind: &Kind, table: &DeTable<'_>) -> Option<Pattern> {
        let item = table.get("regex")?;
        if *kind == Kind::Flag {
            let why = "a flag is true or false";
            self.fault(item.span().start, Problem::Unsupported("regex".to_owned(), why));
            return None;
        }
        let text = self.string(item, "regex")?;
        match Pattern::new(text) {
            Ok(regex) => Some(regex),
            Err(reason) => {
                self.fault(item.span().start, Problem::BadRegex(reason));
                None
            }
        }
    }

    fn choices_match(&mut self, placeholder: &Placeholder, table: &DeTable<'_>) {
        if let (Kind::Choice(choices), Some(item)) = (&placeholder.kind, table.get("choices")) {
            for choice in choices {
                if placeholder.accept(&choice.value).is_err() {
                    self.fault(item.span().start, Problem::RegexRefuses(choice.value.clone()));
                }
            }
        }
    }

    fn default(&mut self, placeholder: &Placeholder, item: &Item<'_>) -> Option<Value> {
        let start = item.span().start;
        match (&placeholder.kind, item.get_ref()) {
            (Kind::Flag, DeValue::Boolean(value)) => Some(Value::Flag(*value)),
            (Kind::Flag, _) => {
                self.wrong(item, "default", "true or false");
                None
            }
            (kind, DeValue::String(text)) => match placeholder.accept(text) {
                Ok(value) => Some(value),
                Err(_) => {
                    let text = text.clone().into_owned();
                    let known = |choice: &Choice| choice.value == text;
                    let choice =
                        matches!(kind, Kind::Choice(choices) if !choices.iter().any(known));
                    let problem =
                        if choice { Problem::DefaultNotAChoice } else { Problem::RegexRefuses };
                    self.fault(start, problem(text));
                    None
                }
            },
            _ => {
                self.wrong(item, "default", "a string");
                None
            }
        }
    }
}
