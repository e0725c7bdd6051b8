//! The checks of a manifest.

use std::time::Duration;

use toml::de::DeTable;

use super::{Item, Reader};
use crate::condition::Condition;
use crate::fault::Problem;
use crate::manifest::check::Check;
use crate::manifest::placeholder::Placeholder;
use crate::manifest::{Entry, Rules};
use crate::render::is_portable;

/// Lists what a check may have.
const KEYS: [&str; 7] =
    ["name", "command", "environment", "when", "timeout", "exclusive", "background"];

impl Reader<'_> {
    pub(super) fn checks(&mut self, item: &Item<'_>, placeholders: &[Placeholder]) -> Vec<Check> {
        let Some(array) = item.get_ref().as_array() else {
            self.wrong(item, "checks", "a list of tables");
            return Vec::new();
        };
        let mut checks: Vec<Check> = Vec::new();
        for element in array {
            let Some(table) = element.get_ref().as_table() else {
                self.wrong(element, "checks", "a list of tables");
                continue;
            };
            self.only(table, &KEYS);
            let Some(check) = self.check(element, table, placeholders) else { continue };
            if checks.iter().any(|other| other.name == check.name) {
                self.fault(element.span().start, Problem::CheckTwice(check.name));
            } else {
                checks.push(check);
            }
        }
        checks
    }

    fn check(
        &mut self,
        element: &Item<'_>,
        table: &DeTable<'_>,
        placeholders: &[Placeholder],
    ) -> Option<Check> {
        let start = element.span().start;
        let (Some(name), Some(command)) = (table.get("name"), table.get("command")) else {
            let remedy = "write `{ name = \"test\", command = [\"cargo\", \"test\"] }`";
            self.fault(start, Problem::Missing("name` or `command", remedy));
            return None;
        };
        let (start, name) = (name.span().start, self.string(name, "name")?);
        // The output of a check that fails is kept in a file of its name.
        if name.is_empty() || name.contains('/') || !is_portable(&format!("00-{name}.log")) {
            self.fault(start, Problem::BadCheckName(name.clone()));
        }
        let words = self.entries("command", command);
        if words.is_empty() {
            self.wrong(command, "command", "a list of strings, the program first");
        }
        let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let mut check = Check::new(&name, &words);
        for (key, item) in self.table(table, "environment").into_iter().flatten() {
            let name = key.get_ref().as_ref();
            check = check.with(name, &self.string(item, name)?);
        }
        if let Some(item) = table.get("timeout") {
            check.limit = Duration::from_secs(self.seconds(item)?);
        }
        check.exclusive = self.flag(table, "exclusive")?;
        check.background = self.flag(table, "background")?;
        if let Some(item) = table.get("when") {
            check.when = Some(self.when(item, placeholders)?);
        }
        Some(check)
    }

    fn seconds(&mut self, item: &Item<'_>) -> Option<u64> {
        let seconds = item.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
        if seconds.is_none() {
            self.wrong(item, "timeout", "a number of seconds");
        }
        seconds
    }

    fn flag(&mut self, table: &DeTable<'_>, key: &'static str) -> Option<bool> {
        let Some(item) = table.get(key) else { return Some(false) };
        let flag = item.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(item, key, "true or false");
        }
        flag
    }

    fn when(
        &mut self,
        item: &Item<'_>,
        placeholders: &[Placeholder],
    ) -> Option<(Condition, Entry)> {
        let text = self.string(item, "when")?;
        // One further: the expression stands in quotes.
        let start = item.span().start + 1;
        match Condition::parse(&text) {
            Ok(condition) => {
                self.operands(&[(start, condition.clone(), Rules::default())], placeholders);
                Some((condition, Entry { text, place: self.place(start) }))
            }
            Err(error) => {
                self.fault(start + error.offset, Problem::BadCondition(error.message));
                None
            }
        }
    }
}
