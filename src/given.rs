//! Answers that somebody gave without being asked: flags, `-d`, a file, the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::answers::Value;
use crate::error::Complaint;
use crate::fault::{Place, nearest};
use crate::manifest::{Manifest, Placeholder};

/// Is the beginning of the names of environment variables.
const PREFIX: &str = "FIRSTLIGHT_";

/// Collects answers by layers; a later layer wins over an earlier one.
#[derive(Debug)]
pub struct Given<'m> {
    manifest: &'m Manifest,
    values: BTreeMap<String, Value>,
    complaints: Vec<Complaint>,
}

/// Says why a file of values cannot be used.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("cannot read `{0}`: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("`{0}` is not TOML: {1}")]
    NotToml(Place, String),
    #[error("`{0}`: `{1}` is neither a string nor true or false")]
    WrongType(PathBuf, String),
}

impl<'m> Given<'m> {
    /// Starts without any.
    pub fn new(manifest: &'m Manifest) -> Self {
        Self { manifest, values: BTreeMap::new(), complaints: Vec::new() }
    }

    /// Adds the variables that begin with `FIRSTLIGHT_`.
    pub fn environment(&mut self, variables: impl Iterator<Item = (OsString, OsString)>) {
        let ours = |(name, value): (OsString, OsString)| {
            let name = name.to_string_lossy().into_owned();
            name.starts_with(PREFIX).then_some((name, value))
        };
        let mut pairs: Vec<_> = variables.filter_map(ours).collect();
        pairs.sort();
        for (name, value) in pairs {
            let manifest = self.manifest;
            let placeholder = manifest.placeholders.iter().find(|known| known.variable() == name);
            match (placeholder, value.to_str()) {
                (Some(placeholder), Some(value)) => {
                    self.accept(placeholder, value, &format!("`{name}`"));
                }
                (Some(_), None) => {
                    let hint = "write it in UTF-8".to_owned();
                    self.complaints.push(Complaint::new(&format!("`{name}` is not text"), hint));
                }
                (None, _) => {
                    // With the prefix, which all have in common, any two names would be alike.
                    let own = |name: &str| name[PREFIX.len()..].to_owned();
                    let known = manifest.placeholders.iter().map(|known| own(&known.variable()));
                    let known: Vec<String> = known.collect();
                    let near = nearest(&own(&name), known.iter().map(String::as_str));
                    self.unknown("variable", &name, near.map(|near| format!("{PREFIX}{near}")));
                }
            }
        }
    }

    /// Adds the values of a TOML file: at its top, or under `[values]` as cargo-generate has it.
    pub fn file(&mut self, path: &Path) {
        match read(path) {
            Ok(pairs) => {
                for (name, value) in pairs {
                    self.named(&name, &value, &format!("`{name}` in `{}`", path.display()));
                }
            }
            Err(error) => {
                let hint = match error {
                    FileError::Unreadable(..) => "give the path of a TOML file",
                    _ => "write one `placeholder = \"value\"` a line",
                };
                let hint = hint.to_owned();
                self.complaints.push(Complaint::new(&error, hint));
            }
        }
    }

    /// Adds `key=value` pairs, as `-d` takes them.
    pub fn definitions(&mut self, definitions: &[String]) {
        self.pairs(definitions, "-d ");
    }

    /// Adds `key=value` pairs, as `set` takes them.
    pub fn changes(&mut self, changes: &[String]) {
        self.pairs(changes, "");
    }

    fn pairs(&mut self, pairs: &[String], option: &str) {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for pair in pairs {
            let Some((name, value)) = pair.split_once('=') else {
                let hint = format!("write `{option}placeholder=value`");
                self.complaints
                    .push(Complaint::new(&format!("`{option}{pair}` has no value"), hint));
                continue;
            };
            match seen.insert(name, value) {
                Some(earlier) if earlier != value => {
                    let message =
                        format!("`{option}{name}` is given twice: `{earlier}` and `{value}`");
                    self.complaints
                        .push(Complaint::new(&message, "keep one of the two".to_owned()));
                }
                _ => self.named(name, value, &format!("`{option}{name}`")),
            }
        }
    }

    /// Adds the value of a placeholder's own flag.
    pub fn flag(&mut self, name: &str, value: &str) {
        if let Some(placeholder) = self.manifest.placeholder(name) {
            self.accept(placeholder, value, &format!("`--{}`", placeholder.flag()));
        }
    }

    /// Gives the answers.
    ///
    /// # Errors
    /// Lists everything that was wrong.
    pub fn finish(self) -> Result<BTreeMap<String, Value>, Vec<Complaint>> {
        if self.complaints.is_empty() { Ok(self.values) } else { Err(self.complaints) }
    }

    fn named(&mut self, name: &str, value: &str, origin: &str) {
        let manifest = self.manifest;
        match manifest.placeholder(name) {
            Some(placeholder) => self.accept(placeholder, value, origin),
            None => {
                let known = manifest.placeholders.iter().map(|known| known.name.as_str());
                self.unknown("placeholder", name, nearest(name, known));
            }
        }
    }

    fn unknown(&mut self, what: &str, name: &str, near: Option<String>) {
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`firstlight options` lists what the template asks for".to_owned(),
        };
        self.complaints.push(Complaint::new(&format!("the template has no {what} `{name}`"), hint));
    }

    fn accept(&mut self, placeholder: &Placeholder, value: &str, origin: &str) {
        match placeholder.accept(value) {
            Ok(value) => drop(self.values.insert(placeholder.name.clone(), value)),
            Err(expected) => {
                let message = format!("{origin} cannot be `{value}`");
                self.complaints.push(Complaint::new(&message, format!("give {expected}")));
            }
        }
    }
}

fn read(path: &Path) -> Result<Vec<(String, String)>, FileError> {
    let own = || path.to_owned();
    let text = fs::read_to_string(path).map_err(|error| FileError::Unreadable(own(), error))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let offset = error.span().map_or(0, |span| span.start);
        let place = Place::offset(&path.to_string_lossy(), &text, offset);
        FileError::NotToml(place, error.message().to_owned())
    })?;
    let values = match (table.len(), table.get("values")) {
        (1, Some(toml::Value::Table(values))) => values.clone(),
        _ => table,
    };
    let pair = |(name, value)| match value {
        toml::Value::String(text) => Ok((name, text)),
        toml::Value::Boolean(flag) => Ok((name, flag.to_string())),
        _ => Err(FileError::WrongType(own(), name)),
    };
    values.into_iter().map(pair).collect()
}
