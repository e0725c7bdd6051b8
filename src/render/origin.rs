//! Where a line of a rendered file stands in the template.

use std::fmt::Write;
use std::ops::Range;

use liquid::Object;

use super::{is_ignored, rules, variables};
use crate::answers::Answers;
use crate::engine::Engine;
use crate::fault::Place;
use crate::markup::{self, Markup};
use crate::template::Template;

/// Finds what a line of a project's file comes from: the beginning of a line of the template, or the
/// whole file if it cannot be told.
///
/// `contents` is what the file at `path` was rendered to, and `line` counts from 1.
pub fn origin(
    template: &Template,
    answers: &Answers,
    path: &str,
    contents: &[u8],
    line: usize,
) -> Place {
    let rules = rules(&template.manifest, &answers.values);
    let variables = variables(answers);
    let becomes = |target: &str| {
        template.engine.render(target, &variables).is_ok_and(|target| target == path)
    };
    let mut sources = template.sources();
    let source = sources.find(|(target, ..)| !is_ignored(&rules, target) && becomes(target));
    let Some((_, file, source)) = source else { return Place::file(path) };
    let Ok(text) = str::from_utf8(&source.contents) else { return Place::file(file) };
    let line = match origins(&template.engine, text, &variables) {
        _ if text.as_bytes() == contents => line,
        Some((plain, lines)) if plain.as_bytes() == contents && !lines.is_empty() => {
            lines[line.min(lines.len()) - 1]
        }
        _ => return Place::file(file),
    };
    let before = text.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
    let own = text[before..].lines().next().unwrap_or_default();
    Place::offset(file, text, before + own.len() - own.trim_start().len())
}

/// Renders a text, and tells from which line of it each line comes.
fn origins(engine: &Engine, text: &str, variables: &Object) -> Option<(String, Vec<usize>)> {
    let marked = marked(text);
    let rendered = engine.render(&marked, variables).ok()?;
    let mut plain = String::new();
    let mut lines: Vec<usize> = Vec::new();
    for line in rendered.split_inclusive('\n') {
        let mut parts = line.split('\u{1}');
        plain += parts.next().unwrap_or_default();
        let mut mark = None;
        for part in parts {
            let (number, rest) = part.split_once('\u{2}')?;
            mark = mark.or(number.parse().ok());
            plain += rest;
        }
        // A line without a mark is one more of a value.
        let last = lines.last().copied().unwrap_or(1);
        lines.push(mark.unwrap_or(last));
    }
    Some((plain, lines))
}

/// Puts the number of each line in front of what it has between the tags, but nowhere where a dash in
/// a tag removes what is white: what the text is rendered to stays the same.
fn marked(text: &str) -> String {
    let mut marked = String::new();
    let mut done = 0;
    let mut is_text = true;
    for Markup { start, end, tag, .. } in markup::scan(text).0 {
        if is_text {
            mark(&mut marked, text, done..start);
        } else {
            marked += &text[done..start];
        }
        marked += &text[start..end];
        // Between `case` and the first `when` there may be nothing.
        is_text = tag != Some("case");
        done = end;
    }
    mark(&mut marked, text, done..text.len());
    marked
}

fn mark(marked: &mut String, text: &str, passage: Range<usize>) {
    let (before, after) = (&text[..passage.start], &text[passage.end..]);
    let own = &text[passage];
    let kept_from = if before.ends_with("-}}") || before.ends_with("-%}") {
        own.len() - own.trim_start().len()
    } else {
        0
    };
    let is_trimmed = after.starts_with("{{-") || after.starts_with("{%-");
    let kept_to = if is_trimmed { own.trim_end().len() } else { own.len() };
    let first = before.matches('\n').count() + 1;
    let mut at = 0;
    for (line, part) in (first..).zip(own.split_inclusive('\n')) {
        let end = at + part.len();
        let place = kept_from.clamp(at, end);
        *marked += &own[at..place];
        if place < end.min(kept_to) {
            write!(marked, "\u{1}{line}\u{2}").expect("a string takes all");
        }
        *marked += &own[place..end];
        at = end;
    }
}
