//! The pieces of a text: what stands between the tags, which liquid would go through for some thousand
//! instructions a byte, and blocks of tags, which repeat themselves all over a template.

use std::collections::HashSet;
use std::mem;

use crate::markup::{self, Markup, Token};

/// Is what the names of the variables begin with.
const PREFIX: &str = "firstlight_";

/// Lists what a dash inside of braces removes outside of them: not all that is white.
const BLANKS: [char; 3] = [' ', '\n', '\r'];

/// Lists the tags that do no more to what is around them than to change what they name, or to leave it
/// out.
const CHANGING: &[&str] =
    &["assign", "capture", "endcapture", "for", "endfor", "break", "continue"];

/// Is one of the pieces that a text is put together from; what is rendered stays the same.
#[derive(Debug)]
pub enum Piece<'t> {
    /// Is written as it stands.
    Passage(&'t str),
    /// Is for liquid.
    Block(Block<'t>),
}

/// Is an output, a tag with all up to its end, or a whole text, with a variable in the place of each
/// run of what can be rendered before.
#[derive(Debug, Default)]
pub struct Block<'t> {
    /// The text.
    pub text: String,
    /// What the variables stand for, by their number.
    pub runs: Vec<Vec<Piece<'t>>>,
}

impl<'t> Block<'t> {
    fn run(&mut self, run: Vec<Piece<'t>>) {
        if !run.is_empty() {
            self.text += "{{";
            self.text += &variable(self.runs.len());
            self.text += "}}";
            self.runs.push(run);
        }
    }
}

/// Names the variable of a run.
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
        return vec![Piece::Block(Block { text: text.to_owned(), runs: Vec::new() })];
    }
    let mut splitter = Splitter { ends: ends(&markup), ..Splitter::default() };
    let mut done = 0;
    let (mut is_text, mut is_raw) = (true, false);
    for (index, &Markup { start, end, tag, .. }) in markup.iter().enumerate() {
        let (mut before, own) = (&text[done..start], &text[start..end]);
        if is_text && own[2..].starts_with('-') {
            before = before.trim_end_matches(BLANKS);
        }
        splitter.between(before, is_text);
        splitter.markup(index, own);
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

/// Finds for each markup that begins a block the one that ends it, if nothing in it does something to
/// what follows, or sees what another tag did.
fn ends(markup: &[Markup<'_>]) -> Vec<Option<usize>> {
    let mut ends = vec![None; markup.len()];
    let mut changed = HashSet::from(["forloop"]);
    for own in markup.iter().filter(|own| Kind::of(own) == Kind::Other) {
        // Where `raw` ends, and after how many cells a `tablerow`, liquid alone knows.
        if !own.tag.is_some_and(|tag| CHANGING.contains(&tag)) {
            return ends;
        }
        changed.extend(names(own));
    }
    // The blocks that have begun, and whether they may still be some.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for (index, own) in markup.iter().enumerate() {
        let is_free = !names(own).any(|name| changed.contains(name));
        let ended = match Kind::of(own) {
            Kind::Start => {
                open.push((index, is_free));
                continue;
            }
            Kind::End => open.pop().filter(|(_, was_free)| *was_free && is_free),
            Kind::Output => is_free.then_some((index, true)),
            Kind::Middle if is_free => continue,
            Kind::Middle | Kind::Other => None,
        };
        match (ended, open.last_mut()) {
            (Some((start, _)), _) => ends[start] = Some(index),
            (None, Some((_, outer_is_free))) => *outer_is_free = false,
            (None, None) => {}
        }
    }
    ends
}

fn names<'t>(markup: &Markup<'t>) -> impl Iterator<Item = &'t str> {
    markup.tokens.iter().filter_map(|(_, token)| match token {
        Token::Name(name) => Some(*name),
        _ => None,
    })
}

/// Is what a markup does to those around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Output,
    Start,
    Middle,
    End,
    Other,
}

impl Kind {
    fn of(markup: &Markup<'_>) -> Self {
        match markup.tag {
            None => Self::Output,
            Some("if" | "unless" | "case" | "comment") => Self::Start,
            Some("elsif" | "else" | "when") => Self::Middle,
            Some("endif" | "endunless" | "endcase" | "endcomment") => Self::End,
            Some(_) => Self::Other,
        }
    }
}

#[derive(Default)]
struct Splitter<'t> {
    /// Where the blocks end that begin with each markup.
    ends: Vec<Option<usize>>,
    /// What comes before, since the last markup that is in none of these blocks.
    run: Vec<Piece<'t>>,
    /// The block that has begun, and the markup that ends it.
    block: Option<(Block<'t>, usize)>,
    /// All that is in none of these blocks.
    whole: Block<'t>,
}

impl<'t> Splitter<'t> {
    fn between(&mut self, passage: &'t str, is_text: bool) {
        if passage.is_empty() {
            return;
        }
        match (&mut self.block, is_text) {
            (Some((block, _)), true) => block.run(vec![Piece::Passage(passage)]),
            (Some((block, _)), false) => block.text += passage,
            (None, true) => self.run.push(Piece::Passage(passage)),
            (None, false) => self.outside(passage),
        }
    }

    fn markup(&mut self, index: usize, own: &str) {
        let begins = || Some((Block::default(), self.ends[index]?));
        let Some((mut block, end)) = self.block.take().or_else(begins) else {
            return self.outside(own);
        };
        block.text += own;
        if index == end {
            self.run.push(Piece::Block(block));
        } else {
            self.block = Some((block, end));
        }
    }

    fn outside(&mut self, text: &str) {
        self.whole.run(mem::take(&mut self.run));
        self.whole.text += text;
    }

    fn finish(mut self) -> Vec<Piece<'t>> {
        if self.whole.text.is_empty() {
            return self.run;
        }
        self.whole.run(self.run);
        vec![Piece::Block(self.whole)]
    }
}
