//! From TOML to a manifest, with a place for everything that is wrong.

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::placeholder::{Choice, Kind, Placeholder};
use super::{Entry, FILE_NAME, Manifest, Rules};
use crate::answers::Value;
use crate::condition::{Condition, Operand};
use crate::fault::{Fault, Place, Problem, nearest};

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
const FLAGS: [&str; 11] = [
    "template", "define", "values", "yes", "vcs", "dry-run", "json", "help", "version", "quiet",
    "color",
];

pub fn manifest(text: &str) -> Result<Manifest, Vec<Fault>> {
    let document = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        let place = Place::offset(FILE_NAME, text, offset);
        vec![Fault { place, problem: Problem::Toml(error.message().to_owned()) }]
    })?;
    let mut reader = Reader { text, faults: Vec::new() };
    let manifest = reader.document(document.get_ref());
    match manifest {
        Some(manifest) if reader.faults.is_empty() => Ok(manifest),
        _ => Err(reader.faults),
    }
}

type Item<'i> = Spanned<DeValue<'i>>;

struct Reader<'t> {
    text: &'t str,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn place(&self, offset: usize) -> Place {
        Place::offset(FILE_NAME, self.text, offset)
    }

    fn fault(&mut self, offset: usize, problem: Problem) {
        let place = self.place(offset);
        self.faults.push(Fault { place, problem });
    }

    fn document(&mut self, document: &DeTable<'_>) -> Option<Manifest> {
        const KEYS: [&str; 5] = ["template", "placeholders", "conditional", "hooks", "firstlight"];
        self.only(document, &KEYS);
        if let Some((key, _)) = document.iter().find(|(key, _)| key.get_ref() == "hooks") {
            let why = "no code of a template is ever run";
            self.fault(key.span().start, Problem::Unsupported("hooks".to_owned(), why));
        }
        let always = self.template(document);
        let mut placeholders = Vec::new();
        if let Some(table) = self.table(document, "placeholders") {
            self.placeholders(table, None, &mut placeholders);
        }
        let conditional = self.conditional(document, &mut placeholders);
        self.unique(&placeholders);
        self.operands(&conditional, &placeholders);
        let own = self.own(document);
        let conditional = conditional.into_iter().map(|(_, condition, rules)| (condition, rules));
        let conditional: Vec<_> = conditional.collect();
        self.one_of_include_and_exclude(&always, &conditional);
        let (version, seeded, next_steps) = own?;
        Some(Manifest { version, seeded, next_steps, always, conditional, placeholders })
    }

    fn template(&mut self, document: &DeTable<'_>) -> Rules {
        let table = self.table(document, "template");
        let fmt = table.and_then(|table| table.get("fmt"));
        if fmt.and_then(|fmt| fmt.get_ref().as_bool()) != Some(false) {
            let remedy = "write `fmt = false` under [template], and keep the template formatted: \
                          the rustfmt at hand would change what is rendered";
            self.fault(
                fmt.map_or(0, |fmt| fmt.span().start),
                Problem::Missing("fmt = false", remedy),
            );
        }
        let Some(table) = table else { return Rules::default() };
        for (key, why) in [
            ("sub_templates", "one folder is one template"),
            ("init", "a project gets a folder of its own"),
            ("vcs", "the user decides with `--vcs`"),
        ] {
            if let Some((found, _)) = table.iter().find(|(found, _)| found.get_ref() == key) {
                self.fault(found.span().start, Problem::Unsupported(key.to_owned(), why));
            }
        }
        let known = ["include", "exclude", "ignore", "fmt", "cargo_generate_version"];
        self.only(table, &[&known[..], &["sub_templates", "init", "vcs"]].concat());
        self.rules(table)
    }

    fn rules(&mut self, table: &DeTable<'_>) -> Rules {
        Rules {
            include: table.get("include").map(|item| self.entries("include", item)),
            exclude: table.get("exclude").map(|item| self.entries("exclude", item)),
            ignore: table
                .get("ignore")
                .map(|item| self.entries("ignore", item))
                .unwrap_or_default(),
        }
    }

    fn entries(&mut self, key: &str, item: &Item<'_>) -> Vec<Entry> {
        let Some(array) = item.get_ref().as_array() else {
            self.wrong(item, key, "a list of strings");
            return Vec::new();
        };
        let mut entries = Vec::new();
        for element in array {
            match element.get_ref().as_str() {
                Some(text) => {
                    let place = self.place(element.span().start);
                    entries.push(Entry { text: text.to_owned(), place });
                }
                None => self.wrong(element, key, "a list of strings"),
            }
        }
        entries
    }

    fn own(
        &mut self,
        document: &DeTable<'_>,
    ) -> Option<(semver::Version, Vec<Entry>, Vec<String>)> {
        const REMEDY: &str = "add `version = \"0.1.0\"` under [firstlight]";
        let Some(table) = self.table(document, "firstlight") else {
            self.fault(0, Problem::Missing("version", REMEDY));
            return None;
        };
        self.only(table, &["version", "seeded", "next_steps"]);
        let seeded = table.get("seeded").map(|item| self.entries("seeded", item));
        let steps = table.get("next_steps").map(|item| self.entries("next_steps", item));
        let steps = steps.unwrap_or_default().into_iter().map(|entry| entry.text).collect();
        let Some(item) = table.get("version") else {
            self.fault(0, Problem::Missing("version", REMEDY));
            return None;
        };
        let written = self.string(item, "version")?;
        match semver::Version::parse(&written) {
            Ok(version) => Some((version, seeded.unwrap_or_default(), steps)),
            Err(_) => {
                self.fault(item.span().start, Problem::BadVersion(written));
                None
            }
        }
    }

    fn conditional(
        &mut self,
        document: &DeTable<'_>,
        placeholders: &mut Vec<Placeholder>,
    ) -> Vec<(usize, Condition, Rules)> {
        let mut found = Vec::new();
        let Some(table) = self.table(document, "conditional") else { return found };
        for (key, item) in table {
            // One further: an expression stands in quotes.
            let start = key.span().start + 1;
            let Some(rules) = item.get_ref().as_table() else {
                self.wrong(item, key.get_ref(), "a table");
                continue;
            };
            self.only(rules, &["include", "exclude", "ignore", "placeholders"]);
            match Condition::parse(key.get_ref()) {
                Ok(condition) => {
                    if let Some(table) = self.table(rules, "placeholders") {
                        let condition = Some((found.len(), key.get_ref().as_ref()));
                        self.placeholders(table, condition, placeholders);
                    }
                    found.push((start, condition, self.rules(rules)));
                }
                Err(error) => {
                    self.fault(start + error.offset, Problem::BadCondition(error.message));
                }
            }
        }
        found
    }

    /// Checks what conditions compare: known names, and values that they can have.
    fn operands(
        &mut self,
        conditional: &[(usize, Condition, Rules)],
        placeholders: &[Placeholder],
    ) {
        for (start, condition, _) in conditional {
            condition.visit(&mut |left, right| {
                for side in [Some(left), right].into_iter().flatten() {
                    if let Operand::Name(name) = side
                        && !placeholders.iter().any(|known| known.name == name.name)
                    {
                        let near =
                            nearest(&name.name, placeholders.iter().map(|p| p.name.as_str()));
                        self.fault(
                            start + name.offset,
                            Problem::Undefined(name.name.clone(), near),
                        );
                    }
                }
                let (name, value) = match (left, right) {
                    (Operand::Name(name), None) => (name, Value::Flag(true)),
                    (Operand::Name(name), Some(Operand::Literal(value)))
                    | (Operand::Literal(value), Some(Operand::Name(name))) => (name, value.clone()),
                    _ => return,
                };
                let known = placeholders.iter().find(|known| known.name == name.name);
                let possible = known.is_none_or(|known| match known.domain() {
                    Some(domain) => domain.contains(&value),
                    None => matches!(value, Value::Text(_)),
                });
                if !possible {
                    let problem = Problem::NeverEqual(name.name.clone(), value.to_string());
                    self.fault(start + name.offset, problem);
                }
            });
        }
    }

    fn unique(&mut self, placeholders: &[Placeholder]) {
        for (index, placeholder) in placeholders.iter().enumerate() {
            let earlier = &placeholders[..index];
            let twin =
                earlier.iter().find(|twin| twin.flag().eq_ignore_ascii_case(&placeholder.flag()));
            if let Some(twin) = twin {
                let name = placeholder.name.clone();
                let problem = if twin.name == name {
                    Problem::PlaceholderTwice(name)
                } else {
                    Problem::SameFlag(twin.name.clone(), name)
                };
                self.faults.push(Fault { place: placeholder.place.clone(), problem });
            }
        }
    }

    fn one_of_include_and_exclude(&mut self, always: &Rules, conditional: &[(Condition, Rules)]) {
        let rules = || std::iter::once(always).chain(conditional.iter().map(|(_, rules)| rules));
        let include = rules().find_map(|rules| rules.include.as_ref());
        let exclude = rules().find_map(|rules| rules.exclude.as_ref());
        if let (Some(_), Some(exclude)) = (include, exclude) {
            let place = exclude.first().map_or(Place::file(FILE_NAME), |entry| entry.place.clone());
            self.faults.push(Fault { place, problem: Problem::IncludeAndExclude });
        }
    }

    fn placeholders(
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

    fn regex(&mut self, kind: &Kind, table: &DeTable<'_>) -> Option<regex::Regex> {
        let item = table.get("regex")?;
        if *kind == Kind::Flag {
            let why = "a flag is true or false";
            self.fault(item.span().start, Problem::Unsupported("regex".to_owned(), why));
            return None;
        }
        match regex::Regex::new(&self.string(item, "regex")?) {
            Ok(regex) => Some(regex),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default();
                let reason = reason.trim_start_matches("error: ").to_owned();
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

    fn table<'a, 'i>(&mut self, parent: &'a DeTable<'i>, key: &str) -> Option<&'a DeTable<'i>> {
        let item = parent.get(key)?;
        let table = item.get_ref().as_table();
        if table.is_none() {
            self.wrong(item, key, "a table");
        }
        table
    }

    fn string(&mut self, item: &Item<'_>, key: &str) -> Option<String> {
        let found = item.get_ref().as_str().map(str::to_owned);
        if found.is_none() {
            self.wrong(item, key, "a string");
        }
        found
    }

    fn wrong(&mut self, item: &Item<'_>, key: &str, expected: &'static str) {
        self.fault(item.span().start, Problem::WrongType(key.to_owned(), expected));
    }

    fn only(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let near = nearest(name, known.iter().copied());
                self.fault(key.span().start, Problem::UnknownKey(name.to_owned(), near));
            }
        }
    }
}
