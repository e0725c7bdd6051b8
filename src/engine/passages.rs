//! The passages between the tags, which liquid would go through for some thousand instructions a byte.

use liquid::Object;
use liquid_core::Value;

use crate::markup::{self, Markup};

/// Is the length from which a passage costs liquid more than a variable, in bytes.
const SHORTEST: usize = 32;

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
    let mut is_text = true;
    for Markup { start, end, tag, .. } in markup {
        append(&mut short, &text[done..start], is_text, &mut passages);
        short += &text[start..end];
        done = end;
        // What follows these is not rendered, or not as liquid.
        is_text = !matches!(tag, Some("case" | "comment" | "raw"));
    }
    append(&mut short, &text[done..], is_text, &mut passages);
    (short, passages)
}

fn append(short: &mut String, between: &str, is_text: bool, passages: &mut Object) {
    // Tags with a dash remove the white space around them.
    let passage = between.trim();
    if !is_text || passage.len() < SHORTEST {
        *short += between;
        return;
    }
    let name = format!("firstlight_passage_{}", short.len());
    let start = between.len() - between.trim_start().len();
    *short += &between[..start];
    *short += &format!("{{{{{name}}}}}");
    *short += &between[start + passage.len()..];
    passages.insert(name.into(), Value::scalar(passage.to_owned()));
}
