//! The passages between the tags, which liquid would go through for some thousand instructions a byte.

use crate::markup::{self, Markup, Token};

/// Is what the names of the variables begin with.
const PREFIX: &str = "firstlight_";

/// Is the length from which a passage costs liquid more than a variable, in bytes.
const SHORTEST: usize = 12;

/// Lists what a dash inside of braces removes outside of them: not all that is white.
const BLANKS: [char; 3] = [' ', '\n', '\r'];

/// Is a text with a variable in the place of each longer passage: what is rendered stays the same.
pub struct Short<'t> {
    /// The text.
    pub text: String,
    /// What the variables stand for, by their number.
    pub passages: Vec<&'t str>,
}

/// Names the variable of a passage.
pub fn variable(number: usize) -> String {
    format!("{PREFIX}{number}")
}

fn has_such_a_name(markup: &Markup<'_>) -> bool {
    let is_such =
        |token: &Token<'_>| matches!(token, Token::Name(name) if name.starts_with(PREFIX));
    markup.tokens.iter().any(|(_, token)| is_such(token))
}

impl<'t> Short<'t> {
    /// Puts the variables into a text.
    pub fn new(text: &'t str) -> Self {
        let (markup, defects) = markup::scan(text);
        // Braces that are none of liquid's, liquid shall see, and a text may have such names itself.
        if !defects.is_empty() || markup.iter().any(has_such_a_name) {
            return Self { text: text.to_owned(), passages: Vec::new() };
        }
        let mut short = Self { text: String::new(), passages: Vec::new() };
        let mut done = 0;
        let (mut is_text, mut is_raw) = (true, false);
        for Markup { start, end, tag, .. } in markup {
            let (mut before, own) = (&text[done..start], &text[start..end]);
            if is_text && own[2..].starts_with('-') {
                before = before.trim_end_matches(BLANKS);
            }
            short.append(before, is_text);
            short.text += own;
            // What follows these is not rendered, or not as liquid; where `raw` ends, liquid knows best.
            is_raw |= tag == Some("raw");
            is_text = !is_raw && !matches!(tag, Some("case" | "comment"));
            done = end;
            if is_text && own[..own.len() - 2].ends_with('-') {
                done = text.len() - text[done..].trim_start_matches(BLANKS).len();
            }
        }
        short.append(&text[done..], is_text);
        short
    }

    fn append(&mut self, passage: &'t str, is_text: bool) {
        if !is_text || passage.len() < SHORTEST {
            self.text += passage;
            return;
        }
        self.text += "{{";
        self.text += &variable(self.passages.len());
        self.text += "}}";
        self.passages.push(passage);
    }
}
