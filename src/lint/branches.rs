//! The branches of a text: which of them answers reach.

use std::borrow::Cow;
use std::fmt::Write;

use crate::fault::Problem;
use crate::markup::{self, LITERALS, Markup, Token};

/// Lists the words of conditions.
const KEYWORDS: [&str; 3] = ["and", "or", "contains"];

/// Is a text with a mark at each of its branches, so that rendering it tells which were reached.
pub struct Branches {
    /// The text with marks.
    pub marked: String,
    found: Vec<Branch>,
    /// How many marks there are.
    marks: usize,
}

struct Branch {
    offset: usize,
    label: String,
    is_else: bool,
    /// The mark in front of its block.
    entry: usize,
    /// The mark at its own beginning.
    start: usize,
    /// Whether its block has no other branch.
    alone: bool,
}

struct Open {
    tag: String,
    entry: Option<usize>,
    branches: Vec<usize>,
}

impl Branches {
    /// Puts the marks into a text; none if it has no branches that depend on `answers` alone.
    pub fn new(text: &str, is_answer: impl Fn(&str) -> bool) -> Option<Self> {
        let mut branches = Self { marked: String::new(), found: Vec::new(), marks: 0 };
        let mut open: Vec<Open> = Vec::new();
        let mut done = 0;
        for markup in markup::scan(text).0 {
            let Some(tag) = markup.tag else { continue };
            // A mark would become part of what these capture or compare.
            let hidden = |open: &[Open]| {
                open.iter().any(|block| matches!(block.tag.as_str(), "capture" | "ifchanged"))
            };
            // What depends on the name, or on a variable of the text, answers cannot tell.
            let foreign = markup.tokens.iter().any(|(_, token)| {
                let word = |name| KEYWORDS.contains(name) || LITERALS.contains(name);
                matches!(token, Token::Name(name) if !word(name) && !is_answer(name))
            });
            match tag {
                "if" | "unless" | "case" | "for" | "tablerow" | "capture" | "ifchanged" => {
                    branches.marked += &text[done..markup.start];
                    done = markup.start;
                    let judged =
                        matches!(tag, "if" | "unless" | "case") && !foreign && !hidden(&open);
                    let entry = judged.then(|| branches.mark());
                    open.push(Open { tag: tag.to_owned(), entry, branches: Vec::new() });
                }
                _ if tag.starts_with("end") => {
                    if let Some(block) = open.pop() {
                        branches.close(&block);
                    }
                }
                _ => {}
            }
            if matches!(tag, "if" | "unless" | "else" | "elsif" | "when")
                && let Some(block) = open.last_mut()
            {
                if foreign {
                    // Whether it is taken decides about those that follow, too.
                    block.entry = None;
                }
                let Some(entry) = block.entry else { continue };
                branches.marked += &text[done..markup.end];
                done = markup.end;
                block.branches.push(branches.found.len());
                branches.branch(text, &markup, entry);
            }
        }
        branches.marked += &text[done..];
        (!branches.found.is_empty()).then_some(branches)
    }

    fn mark(&mut self) -> usize {
        let mark = self.marks;
        self.marks += 1;
        write!(self.marked, "\u{1}{mark}\u{2}").expect("a string takes all");
        mark
    }

    fn branch(&mut self, text: &str, markup: &Markup<'_>, entry: usize) {
        let start = self.mark();
        self.found.push(Branch {
            offset: markup.start,
            label: text[markup.start..markup.end].to_owned(),
            is_else: markup.tag == Some("else"),
            entry,
            start,
            alone: false,
        });
    }

    fn close(&mut self, block: &Open) {
        if let &[only] = block.branches.as_slice() {
            self.found[only].alone = true;
        }
    }

    /// Lists the branches that were never or always taken, though their block was reached, by what
    /// the marked text was rendered to.
    pub fn problems(&self, rendered: &[Cow<'_, str>]) -> impl Iterator<Item = (usize, Problem)> {
        let mut counts = vec![0; self.marks];
        for mark in rendered.iter().flat_map(|rendered| rendered.split('\u{1}').skip(1)) {
            let mark = mark.split('\u{2}').next().and_then(|mark| mark.parse::<usize>().ok());
            if let Some(count) = mark.and_then(|mark| counts.get_mut(mark)) {
                *count += 1;
            }
        }
        self.found.iter().filter_map(move |branch| {
            let (entered, reached): (usize, usize) = (counts[branch.entry], counts[branch.start]);
            let label = branch.label.clone();
            if entered > 0 && reached == 0 {
                Some((branch.offset, Problem::NeverHolds(label)))
            } else if entered > 0 && reached == entered && branch.alone && !branch.is_else {
                Some((branch.offset, Problem::AlwaysHolds(label)))
            } else {
                None
            }
        })
    }
}
