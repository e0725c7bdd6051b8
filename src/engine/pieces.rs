//! The pieces of a text: what stands between the tags, which liquid would go through for some thousand
//! instructions a byte, and blocks of tags, which repeat themselves all over a template.

use std::mem;

use crate::markup::{self, Markup};

/// Is what the names of the variables begin with.
const PREFIX: &str = "firstlight_";

/// Lists what a dash inside of braces removes outside of them: not all that is white.
const BLANKS: [char; 3] = [' ', '\n', '\r'];

/// Is one of the pieces that a text is put together from; what is rendered stays the same.
#[derive(Debug)]
pub enum Piece<'t> {
    /// Is written as it stands.
    Passage(&'t str),
    /// Is for liquid.
    Block(Block<'t>),
}

/// Is an output, or a tag with all up to its end, with a variable in the place of each passage.
#[derive(Debug, Default)]
pub struct Block<'t> {
    /// The text.
    pub text: String,
    /// What the variables stand for, by their number.
    pub passages: Vec<&'t str>,
}

/// Names the variable of a passage.
pub fn variable(number: usize) -> String {
    format!("{PREFIX}{number}")
}

/// Takes a text apart.
pub fn split(text: &str) -> Vec<Piece<'_>> {
    let (markup, defects) = markup::scan(text);
    // Braces that are none of liquid's, liquid shall see, and a text may have such names itself.
    if !defects.is_empty()
        || memchr::memmem::find(text.as_bytes(), PREFIX.as_bytes()).is_some()
        || has_braces_in_comments(text, &markup)
    {
        return vec![Piece::Block(Block { text: text.to_owned(), passages: Vec::new() })];
    }
    let mut splitter = Splitter { is_whole: !is_divisible(&markup), ..Splitter::default() };
    let mut done = 0;
    let (mut is_text, mut is_raw) = (true, false);
    for Markup { start, end, tag, .. } in markup {
        let (mut before, own) = (&text[done..start], &text[start..end]);
        if is_text && own[2..].starts_with('-') {
            before = before.trim_end_matches(BLANKS);
        }
        splitter.between(before, is_text);
        splitter.markup(own, tag);
        // What follows these is not rendered, or not as liquid; where `raw` ends, liquid knows best.
        is_raw |= tag == Some("raw");
        is_text = !is_raw && tag != Some("comment");
        done = end;
        if is_text && own[..own.len() - 2].ends_with('-') {
            done = text.len() - text[done..].trim_start_matches(BLANKS).len();
        }
    }
    splitter.between(&text[done..], is_text);
    splitter.finish()
}

/// Tells whether tags in a comment may hide its end: liquid parses what it does not render.
fn has_braces_in_comments(text: &str, markup: &[Markup<'_>]) -> bool {
    let ends = markup.iter().skip(1).map(|next| next.start).chain([text.len()]);
    let mut comments = markup.iter().zip(ends).filter(|(own, _)| own.tag == Some("comment"));
    comments.any(|(own, end)| markup::is_marked(&text[own.end..end]))
}

/// Tells whether nothing in a text sees what came before it: there are outputs and branches, and
/// nothing else.
fn is_divisible(markup: &[Markup<'_>]) -> bool {
    markup.iter().filter_map(|markup| markup.tag).try_fold(0, step) == Some(0)
}

/// Tells in how many tags we are behind one; none if there is no telling.
fn step(depth: usize, tag: &str) -> Option<usize> {
    match tag {
        "if" | "unless" | "case" | "comment" => Some(depth + 1),
        "elsif" | "else" | "when" => (depth > 0).then_some(depth),
        "endif" | "endunless" | "endcase" | "endcomment" => depth.checked_sub(1),
        _ => None,
    }
}

#[derive(Default)]
struct Splitter<'t> {
    pieces: Vec<Piece<'t>>,
    /// What has begun, and is no piece yet.
    block: Block<'t>,
    /// Whether all of the text is one block.
    is_whole: bool,
    /// In how many tags we are, if it is not.
    depth: usize,
}

impl<'t> Splitter<'t> {
    fn between(&mut self, passage: &'t str, is_text: bool) {
        if passage.is_empty() {
            return;
        }
        let Block { text, passages } = &mut self.block;
        if !is_text {
            *text += passage;
        } else if self.is_whole || self.depth > 0 {
            *text += "{{";
            *text += &variable(passages.len());
            *text += "}}";
            passages.push(passage);
        } else {
            self.pieces.push(Piece::Passage(passage));
        }
    }

    fn markup(&mut self, markup: &str, tag: Option<&str>) {
        self.block.text += markup;
        if let Some(depth) = tag.and_then(|tag| step(self.depth, tag)) {
            self.depth = depth;
        }
        if self.depth == 0 && !self.is_whole {
            self.pieces.push(Piece::Block(mem::take(&mut self.block)));
        }
    }

    fn finish(mut self) -> Vec<Piece<'t>> {
        if self.is_whole {
            self.pieces.push(Piece::Block(self.block));
        }
        self.pieces
    }
}
