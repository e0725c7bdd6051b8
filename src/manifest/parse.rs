//! From TOML to a manifest, with a place for everything that is wrong.

mod checks;
mod own;
mod questions;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use self::own::Own;
use super::placeholder::Placeholder;
use super::{Entry, FILE_NAME, Manifest, Rules};
use crate::answers::Value;
use crate::condition::{Condition, Operand};
use crate::fault::{Fault, Place, Problem, nearest};

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
        self.printable(document);
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
        let own = self.own(document, &mut placeholders);
        let conditional = conditional.into_iter().map(|(_, condition, rules)| (condition, rules));
        let conditional: Vec<_> = conditional.collect();
        self.one_of_include_and_exclude(&always, &conditional);
        let Own { version, seeded, next_steps, checks } = own?;
        Some(Manifest { version, seeded, next_steps, checks, always, conditional, placeholders })
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
            when: None,
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
                    let when = Entry { text: key.get_ref().to_string(), place: self.place(start) };
                    let rules = Rules { when: Some(when), ..self.rules(rules) };
                    found.push((start, condition, rules));
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
            condition.names(&mut |name| {
                if !placeholders.iter().any(|known| known.name == name.name) {
                    let known = placeholders.iter().map(|known| known.name.as_str());
                    let problem = Problem::Undefined(name.name.clone(), nearest(&name.name, known));
                    self.fault(start + name.offset, problem);
                }
            });
            condition.visit(&mut |left, right| {
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

    /// Refuses what would do something to the terminal that it is shown on.
    fn printable(&mut self, table: &DeTable<'_>) {
        for (key, item) in table {
            self.printable_text(key.get_ref(), key.span().start);
            self.printable_item(item);
        }
    }

    fn printable_item(&mut self, item: &Item<'_>) {
        match item.get_ref() {
            DeValue::String(text) => self.printable_text(text, item.span().start),
            DeValue::Array(array) => array.iter().for_each(|item| self.printable_item(item)),
            DeValue::Table(table) => self.printable(table),
            _ => {}
        }
    }

    fn printable_text(&mut self, text: &str, start: usize) {
        if let Some(found) = text.chars().find(|c| c.is_control() && !"\n\t".contains(*c)) {
            self.fault(start, Problem::ControlCharacter(found.escape_default().to_string()));
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
