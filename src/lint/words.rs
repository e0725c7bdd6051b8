//! The words of one text's markup: variables, filters and tags, and whether they exist.

use std::collections::BTreeSet;

use crate::answers::Value;
use crate::fault::{Problem, nearest};
use crate::filters::{CASES, STANDARD};
use crate::manifest::{Manifest, Placeholder};
use crate::markup::{self, Defect, LITERALS, Markup, Token};

const BUILT_IN: [&str; 4] = ["project-name", "crate_name", "crate_type", "is_init"];
const MACHINE: [&str; 4] = ["authors", "username", "os-arch", "within_cargo_project"];
const BLOCKS: [&str; 9] =
    ["if", "unless", "case", "for", "tablerow", "capture", "ifchanged", "raw", "comment"];
const TAGS: [&str; 6] = ["assign", "break", "continue", "cycle", "increment", "decrement"];
const PARTIALS: [&str; 2] = ["include", "render"];

/// Reads the markup of one text.
pub struct Words<'t> {
    manifest: &'t Manifest,
    text: &'t str,
    /// The placeholders that the text uses.
    pub used: BTreeSet<String>,
    /// What is wrong, by offset.
    pub problems: Vec<(usize, Problem)>,
    assigned: BTreeSet<&'t str>,
    open: Vec<Block<'t>>,
}

/// Is a block that is not closed yet.
struct Block<'t> {
    tag: &'t str,
    offset: usize,
    /// What is defined inside of it alone.
    locals: Vec<&'t str>,
    /// What a `case` is about, if it is a variable.
    subject: Option<&'t str>,
}

impl<'t> Words<'t> {
    /// Starts at the beginning of a text.
    pub fn new(manifest: &'t Manifest, text: &'t str) -> Self {
        Self {
            manifest,
            text,
            used: BTreeSet::new(),
            problems: Vec::new(),
            assigned: BTreeSet::new(),
            open: Vec::new(),
        }
    }

    /// Reads it all.
    pub fn read(&mut self) {
        let (found, defects) = markup::scan(self.text);
        for (offset, excerpt, defect) in defects {
            let excerpt = excerpt.to_owned();
            let problem = match defect {
                Defect::Foreign => Problem::ForeignBraces(excerpt),
                Defect::Unclosed => Problem::Unclosed(excerpt),
            };
            self.problems.push((offset, problem));
        }
        for markup in found {
            match markup.tag {
                Some(tag) => self.tag(tag, &markup),
                None => self.tokens(&markup, 0),
            }
        }
        for block in std::mem::take(&mut self.open) {
            self.problems.push((block.offset, Problem::Unclosed(block.tag.to_owned())));
        }
        self.problems.sort_by_key(|(offset, _)| *offset);
    }

    fn tag(&mut self, tag: &'t str, markup: &Markup<'t>) {
        self.words(tag, markup);
        if BLOCKS.contains(&tag) {
            self.open.push(Block::new(tag, markup));
        } else if tag == "else" || tag == "elsif" || tag == "when" {
            self.branch(tag, markup.start);
        } else if let Some(block) = tag.strip_prefix("end").filter(|block| BLOCKS.contains(block)) {
            if self.open.last().is_some_and(|open| open.tag == block) {
                self.open.pop();
            } else {
                self.problem(markup.start, Problem::StrayTag(tag.to_owned()));
            }
        } else if PARTIALS.contains(&tag) {
            self.problem(markup.start, Problem::RefusedTag(tag.to_owned()));
        } else if !TAGS.contains(&tag) {
            let known = BLOCKS.into_iter().chain(TAGS).chain(["else", "elsif", "when"]);
            let near = nearest(tag, known);
            self.problem(markup.start, Problem::UnknownTag(tag.to_owned(), near));
        }
    }

    fn branch(&mut self, tag: &str, start: usize) {
        let blocks: &[&str] = match tag {
            "elsif" => &["if"],
            "when" => &["case"],
            _ => &["if", "unless", "case", "for"],
        };
        match self.open.last_mut() {
            // A loop's variable has no value where the loop has no turn.
            Some(open) if blocks.contains(&open.tag) => open.locals.clear(),
            _ => self.problem(start, Problem::StrayTag(tag.to_owned())),
        }
    }

    fn words(&mut self, tag: &str, markup: &Markup<'t>) {
        let first = markup.first_name();
        match tag {
            "raw" | "comment" | "include" | "render" => {}
            "assign" | "increment" | "decrement" | "capture" => {
                self.tokens(markup, 1);
                self.assigned.extend(first);
            }
            "for" | "tablerow" => self.tokens(markup, 1),
            "if" | "elsif" | "unless" if first == Some("not") => {
                self.problem(markup.start, Problem::IfNot);
            }
            _ => {
                self.tokens(markup, 0);
                self.comparisons(tag, markup);
            }
        }
    }

    fn tokens(&mut self, markup: &Markup<'t>, from: usize) {
        let keywords = keywords(markup.tag);
        for (index, (offset, found)) in markup.tokens.iter().enumerate().skip(from) {
            let Token::Name(name) = *found else { continue };
            match index.checked_sub(1).and_then(|before| markup.token(before)) {
                Some(Token::Sign('|')) => self.filter(name, *offset),
                Some(Token::Sign('.')) => {}
                // A keyword argument, such as `limit: 3`.
                _ if markup.token(index + 1) == Some(Token::Sign(':')) => {}
                _ if keywords.contains(&name) || LITERALS.contains(&name) => {}
                _ => {
                    let fields = matches!(markup.token(index + 1), Some(Token::Sign('.' | '[')));
                    self.variable(name, *offset, fields, markup.start);
                }
            }
        }
    }

    /// Checks that a variable is only compared with what it can be.
    fn comparisons(&mut self, tag: &str, markup: &Markup<'t>) {
        if tag == "when" {
            let Some(subject) = self.open.last().and_then(|open| open.subject) else { return };
            for (offset, token) in &markup.tokens {
                if let Token::Text(text) = token {
                    self.compared(subject, text, *offset);
                }
            }
        }
        for index in 1..markup.tokens.len() {
            let width = match (markup.token(index), markup.token(index + 1)) {
                (Some(Token::Sign('!')), _) => 1,
                (Some(Token::Sign('=')), Some(Token::Sign('=')))
                | (Some(Token::Sign('<')), Some(Token::Sign('>'))) => 2,
                _ => continue,
            };
            let sides = (markup.tokens[index - 1], markup.tokens.get(index + width).copied());
            if let ((offset, Token::Name(name)), Some((_, Token::Text(text))))
            | ((_, Token::Text(text)), Some((offset, Token::Name(name)))) = sides
            {
                self.compared(name, text, offset);
            }
        }
    }

    fn compared(&mut self, name: &str, text: &str, offset: usize) {
        if self.is_local(name) {
            return;
        }
        let domain = self.manifest.placeholder(name).and_then(Placeholder::domain);
        if domain.is_some_and(|domain| !domain.contains(&Value::Text(text.to_owned()))) {
            self.problem(offset, Problem::NeverEqual(name.to_owned(), text.to_owned()));
        }
    }

    fn is_local(&self, name: &str) -> bool {
        self.assigned.contains(name) || self.open.iter().any(|open| open.locals.contains(&name))
    }

    fn filter(&mut self, name: &str, offset: usize) {
        let known = || STANDARD.into_iter().chain(CASES.into_iter().map(|case| case.name));
        if known().any(|filter| filter == name) {
            return;
        }
        let own = name.to_owned();
        let problem = match name {
            "date" => Problem::RefusedFilter(own, "it can read the clock"),
            "rhai" => Problem::RefusedFilter(own, "no code of a template is ever run"),
            _ => Problem::UnknownFilter(own, nearest(name, known())),
        };
        self.problem(offset, problem);
    }

    fn variable(&mut self, name: &'t str, offset: usize, fields: bool, start: usize) {
        let placeholder = self.manifest.placeholder(name).is_some();
        if placeholder {
            self.used.insert(name.to_owned());
        }
        if self.is_local(name) {
            return;
        }
        if placeholder || BUILT_IN.contains(&name) {
            if fields {
                self.problem(offset, Problem::NoFields(name.to_owned()));
            }
        } else if self.text[..start].ends_with('$') {
            let line = self.text[start - 1..].lines().next().unwrap_or_default();
            let end = line.find("}}").map_or(line.len(), |end| end + 2);
            self.problem(start - 1, Problem::ForeignBraces(line[..end].to_owned()));
        } else if MACHINE.contains(&name) {
            self.problem(offset, Problem::NotDeterministic(name.to_owned()));
        } else {
            let declared = self.manifest.placeholders.iter().map(|known| known.name.as_str());
            let near = nearest(name, declared.chain(BUILT_IN));
            self.problem(offset, Problem::Undefined(name.to_owned(), near));
        }
    }

    fn problem(&mut self, offset: usize, problem: Problem) {
        if self.problems.last() != Some(&(offset, problem.clone())) {
            self.problems.push((offset, problem));
        }
    }
}

impl<'t> Block<'t> {
    fn new(tag: &'t str, markup: &Markup<'t>) -> Self {
        let first = markup.first_name();
        let own = match tag {
            "for" => Some("forloop"),
            "tablerow" => Some("tablerow"),
            _ => None,
        };
        let locals = own.into_iter().flat_map(|own| first.into_iter().chain([own])).collect();
        let subject = first.filter(|_| tag == "case" && markup.tokens.len() == 1);
        Self { tag, offset: markup.start, locals, subject }
    }
}

/// Lists the words that are no variables inside of a tag.
fn keywords(tag: Option<&str>) -> &'static [&'static str] {
    match tag {
        Some("if" | "elsif" | "unless") => &["and", "or", "contains"],
        Some("when") => &["or"],
        Some("for" | "tablerow") => &["in", "reversed"],
        _ => &[],
    }
}
