//! The passages between the tags, which liquid would go through for some thousand instructions a byte.

use liquid::Object;
use liquid_core::Value;

use crate::markup::{self, Markup};

/// Is the length from which a passage costs liquid more than a variable, in bytes.
const SHORTEST: usize = 12;

/// Lists what a dash inside of braces removes outside of them: not all that is white.
const BLANKS: [char; 3] = [' ', '\n', '\r'];

/// Puts a variable in the place of each longer passage, and gives the variables: what is rendered
/// stays the same.
pub fn take_out(text: &str) -> (String, Object) {
    let mut passages = Object::new();
    let (markup, defects) = markup::scan(text);
    // Braces that are none of liquid's, liquid shall see.
    if !defects.is_empty() {
        return (text.to_owned(), passages);
    }
    let mut short = String::new();
    let mut done = 0;
    let (mut is_text, mut is_raw) = (true, false);
    for Markup { start, end, tag, .. } in markup {
        let (mut before, own) = (&text[done..start], &text[start..end]);
        if is_text && own[2..].starts_with('-') {
            before = before.trim_end_matches(BLANKS);
        }
        append(&mut short, before, is_text, &mut passages);
        short += own;
        // What follows these is not rendered, or not as liquid; where `raw` ends, liquid knows best.
        is_raw |= tag == Some("raw");
        is_text = !is_raw && !matches!(tag, Some("case" | "comment"));
        done = end;
        if is_text && own[..own.len() - 2].ends_with('-') {
            done = text.len() - text[done..].trim_start_matches(BLANKS).len();
        }
    }
    append(&mut short, &text[done..], is_text, &mut passages);
    (short, passages)
}

fn append(short: &mut String, passage: &str, is_text: bool, passages: &mut Object) {
    if !is_text || passage.len() < SHORTEST {
        *short += passage;
        return;
    }
    let name = format!("firstlight_passage_{}", short.len());
    *short += &format!("{{{{{name}}}}}");
    passages.insert(name.into(), Value::scalar(passage.to_owned()));
}
