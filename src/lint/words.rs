//! The words of one text's markup: variables, filters and tags, and whether they exist.

use std::collections::BTreeSet;

use crate::fault::{Problem, nearest};
use crate::filters::{CASES, STANDARD};
use crate::manifest::Manifest;
use crate::markup::{self, Defect, Markup, Token};

const BUILT_IN: [&str; 4] = ["project-name", "crate_name", "crate_type", "is_init"];
const MACHINE: [&str; 4] = ["authors", "username", "os-arch", "within_cargo_project"];
const BLOCKS: [&str; 9] =
    ["if", "unless", "case", "for", "tablerow", "capture", "ifchanged", "raw", "comment"];
const TAGS: [&str; 6] = ["assign", "break", "continue", "cycle", "increment", "decrement"];
const PARTIALS: [&str; 2] = ["include", "render"];
const KEYWORDS: [&str; 11] =
    ["and", "or", "contains", "in", "reversed", "true", "false", "nil", "null", "empty", "blank"];

/// Reads the markup of one text.
pub struct Words<'t> {
    manifest: &'t Manifest,
    text: &'t str,
    /// The placeholders that the text uses.
    pub used: BTreeSet<String>,
    /// What is wrong, by offset.
    pub problems: Vec<(usize, Problem)>,
    local: BTreeSet<&'t str>,
    open: Vec<(&'t str, usize)>,
}

impl<'t> Words<'t> {
    /// Starts at the beginning of a text.
    pub fn new(manifest: &'t Manifest, text: &'t str) -> Self {
        Self {
            manifest,
            text,
            used: BTreeSet::new(),
            problems: Vec::new(),
            local: BTreeSet::new(),
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
        for (tag, offset) in std::mem::take(&mut self.open) {
            self.problems.push((offset, Problem::Unclosed(tag.to_owned())));
        }
        self.problems.sort_by_key(|(offset, _)| *offset);
    }

    fn tag(&mut self, tag: &'t str, markup: &Markup<'t>) {
        if BLOCKS.contains(&tag) {
            self.open.push((tag, markup.start));
        } else if tag == "else" || tag == "elsif" || tag == "when" {
            self.branch(tag, markup.start);
        } else if let Some(block) = tag.strip_prefix("end").filter(|block| BLOCKS.contains(block)) {
            if self.open.last().is_some_and(|(open, _)| *open == block) {
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
        self.words(tag, markup);
    }

    fn branch(&mut self, tag: &str, start: usize) {
        let blocks: &[&str] = match tag {
            "elsif" => &["if"],
            "when" => &["case"],
            _ => &["if", "unless", "case", "for"],
        };
        if !self.open.last().is_some_and(|(open, _)| blocks.contains(open)) {
            self.problem(start, Problem::StrayTag(tag.to_owned()));
        }
    }

    fn words(&mut self, tag: &str, markup: &Markup<'t>) {
        let first = match markup.tokens.first() {
            Some((_, Token::Name(name))) => Some(*name),
            _ => None,
        };
        match tag {
            "raw" | "comment" | "include" | "render" => {}
            "assign" | "increment" | "decrement" | "capture" => {
                self.tokens(markup, 1);
                self.local.extend(first);
            }
            "for" | "tablerow" => {
                self.tokens(markup, 1);
                self.local.extend(first);
                self.local.insert(if tag == "for" { "forloop" } else { "tablerowloop" });
            }
            "if" | "elsif" | "unless" if first == Some("not") => {
                self.problem(markup.start, Problem::IfNot);
            }
            _ => self.tokens(markup, 0),
        }
    }

    fn tokens(&mut self, markup: &Markup<'t>, from: usize) {
        let token = |index: usize| markup.tokens.get(index).map(|(_, token)| *token);
        for (index, (offset, found)) in markup.tokens.iter().enumerate().skip(from) {
            let Token::Name(name) = *found else { continue };
            match index.checked_sub(1).and_then(token) {
                Some(Token::Sign('|')) => self.filter(name, *offset),
                Some(Token::Sign('.')) => {}
                // A keyword argument, such as `limit: 3`.
                _ if token(index + 1) == Some(Token::Sign(':')) => {}
                _ if KEYWORDS.contains(&name) => {}
                _ => {
                    let fields = matches!(token(index + 1), Some(Token::Sign('.' | '[')));
                    self.variable(name, *offset, fields, markup.start);
                }
            }
        }
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
        if self.local.contains(name) {
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
