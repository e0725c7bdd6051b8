//! What the answer to a question has to match.

use std::sync::OnceLock;

use regex_automata::meta::{BuildError, Config, Regex};
use regex_automata::nfa::thompson::WhichCaptures;

/// Is a regular expression, in the syntax of the crate `regex`.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    /// Is made when something is matched: it takes longer than all else in a manifest.
    regex: OnceLock<Regex>,
}

impl Pattern {
    /// Reads a regular expression.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn new(text: String) -> Result<Self, String> {
        let regex = build(&text)?.into();
        Ok(Self { text, regex })
    }

    /// Takes what is known to be a regular expression.
    pub fn proven(text: String) -> Self {
        Self { text, regex: OnceLock::new() }
    }

    /// Tells whether a text matches somewhere.
    pub fn matches(&self, text: &str) -> bool {
        let regex = self.regex.get_or_init(|| build(&self.text).expect("it is known to be one"));
        regex.is_match(text)
    }

    /// Gives it as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn build(text: &str) -> Result<Regex, String> {
    // One line is matched, once: what long searches gain is less than its making takes.
    let once = Config::new().dfa(false).hybrid(false).which_captures(WhichCaptures::None);
    Regex::builder().configure(once).build(text).map_err(|error| reason(&error))
}

fn reason(error: &BuildError) -> String {
    if let Some(limit) = error.size_limit() {
        return format!("it takes more than {limit} bytes");
    }
    let said = error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string);
    said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
