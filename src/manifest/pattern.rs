//! What the answer to a question has to match.

use std::fmt;

use regex_automata::meta::{BuildError, Config, Regex};
use regex_automata::nfa::thompson::WhichCaptures;

/// Is a regular expression, in the syntax of the crate `regex`.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Reads a regular expression.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn new(text: String) -> Result<Self, String> {
        // One line is matched, once: what long searches gain is less than its making takes.
        let once = Config::new().dfa(false).hybrid(false).which_captures(WhichCaptures::None);
        let regex = Regex::builder().configure(once).build(&text);
        regex.map(|regex| Self { text, regex }).map_err(|error| reason(&error))
    }

    /// Tells whether a text matches somewhere.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Gives it as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn reason(error: &BuildError) -> String {
    if let Some(limit) = error.size_limit() {
        return format!("it takes more than {limit} bytes");
    }
    let said = error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string);
    said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
