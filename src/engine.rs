//! liquid as cargo-generate has it, without its scripts, and with a place for every error.

mod guard;
mod pieces;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write};
use std::sync::{Arc, PoisonError, RwLock};

use liquid::{Object, Parser, ParserBuilder, Template, ValueView};
use liquid_core::model::{KStringCow, KStringRef};

use self::guard::guarded;
use self::pieces::{Block, Piece};
use crate::fault::Problem;
use crate::filters::CASES;
use crate::markup;

/// Parses and renders texts, and keeps what they were parsed to.
pub struct Engine {
    parser: Parser,
    /// What the blocks of all texts were parsed to.
    parsed: RwLock<HashMap<String, Arc<Template>>>,
}

/// Is a text that can be rendered, as often as it takes.
pub struct Parsed<'e, 't> {
    engine: &'e Engine,
    text: &'t str,
    /// Empty if there is nothing to render.
    parts: Vec<Part<'t>>,
}

enum Part<'t> {
    Passage(&'t str),
    /// With the runs that are variables of it.
    Block(Arc<Template>, Vec<Vec<Part<'t>>>),
}

/// Is what is wrong with a text, and at which byte.
pub type Located = (usize, Problem);

impl Engine {
    /// Builds the engine.
    pub fn new() -> Self {
        let parser = CASES
            .into_iter()
            .fold(ParserBuilder::with_stdlib(), ParserBuilder::filter)
            .build()
            .expect("without partials nothing can fail");
        Self { parser, parsed: RwLock::default() }
    }

    /// Parses a text.
    ///
    /// # Errors
    /// Tells what liquid refuses.
    pub fn parse<'t>(&self, text: &'t str) -> Result<Parsed<'_, 't>, Located> {
        // liquid takes its time to find nothing, and most files and nearly all paths have nothing.
        if !markup::is_marked(text) {
            return Ok(Parsed { engine: self, text, parts: Vec::new() });
        }
        match self.parts(pieces::split(text)) {
            Some(parts) => Ok(Parsed { engine: self, text, parts }),
            None => self.parse_whole(text),
        }
    }

    fn parts<'t>(&self, pieces: Vec<Piece<'t>>) -> Option<Vec<Part<'t>>> {
        let part = |piece| match piece {
            Piece::Passage(passage) => Some(Part::Passage(passage)),
            Piece::Block(Block { text, runs }) => {
                let runs = runs.into_iter().map(|run| self.parts(run)).collect::<Option<_>>()?;
                Some(Part::Block(self.block(text)?, runs))
            }
        };
        pieces.into_iter().map(part).collect()
    }

    fn block(&self, text: String) -> Option<Arc<Template>> {
        let known = self.parsed.read().unwrap_or_else(PoisonError::into_inner).get(&text).cloned();
        if known.is_some() {
            return known;
        }
        let template = Arc::new(self.parse_alone(&text).ok()?);
        let mut parsed = self.parsed.write().unwrap_or_else(PoisonError::into_inner);
        parsed.insert(text, Arc::clone(&template));
        Some(template)
    }

    fn parse_alone(&self, text: &str) -> Result<Template, liquid::Error> {
        guarded(|| self.parser.parse(text))
    }

    /// Parses a text that has something wrong in it, so that the place of the error is one of the whole text.
    fn parse_whole<'t>(&self, text: &'t str) -> Result<Parsed<'_, 't>, Located> {
        let template = self.parse_alone(text).map_err(|error| {
            let said = error.to_string();
            let at = position(&said).map(|(line, column)| offset(text, line, column));
            (at.unwrap_or_else(|| self.first_refused(text)), Problem::Liquid(reason(&said)))
        })?;
        Ok(Parsed { engine: self, text, parts: vec![Part::Block(Arc::new(template), Vec::new())] })
    }

    /// Renders a text; one without tags is given back as it is.
    ///
    /// # Errors
    /// Tells what liquid refuses with these variables.
    pub fn render<'t>(&self, text: &'t str, variables: &Object) -> Result<Cow<'t, str>, Located> {
        self.parse(text)?.render(variables)
    }

    /// Finds the markup that liquid refuses without saying where, by parsing each on its own.
    fn first_refused(&self, text: &str) -> usize {
        let all = markup::scan(text).0;
        let refused = |index: usize| {
            let markup = &all[index];
            let own = &text[markup.start..markup.end];
            let whole = match markup.tag {
                // What is in these may be wrong, too, and what follows is their end.
                Some("comment" | "raw") => {
                    let end = all.get(index + 1).map_or(text.len(), |end| end.end);
                    text[markup.start..end].to_owned()
                }
                None | Some("assign" | "increment" | "decrement" | "cycle") => own.to_owned(),
                Some("elsif") => own.replacen("elsif", "if", 1) + "{% endif %}",
                Some("when") => format!("{{% case 1 %}}{own}{{% endcase %}}"),
                Some(tag) if is_inside_block(tag) => return false,
                Some(tag) => format!("{own}{{% end{tag} %}}"),
            };
            self.parse_alone(&whole).is_err()
        };
        (0..all.len()).find(|&index| refused(index)).map_or(0, |index| all[index].start)
    }

    /// Finds the markup that cannot be rendered: liquid does not say which, so the text is rendered
    /// again with a mark before each, and the last mark that is written tells.
    fn last_reached(&self, text: &str, variables: &Object) -> usize {
        let mut marked = String::new();
        let mut done = 0;
        for markup in markup::scan(text).0 {
            if !markup.tag.is_some_and(is_inside_block) {
                marked += &text[done..markup.start];
                write!(marked, "\u{1}{}\u{2}", markup.start).expect("a string takes all");
                done = markup.start;
            }
        }
        marked += &text[done..];
        let mut written = Vec::new();
        if let Ok(template) = self.parse_alone(&marked) {
            // It fails as it did without the marks.
            let _ = guarded(|| template.render_to(&mut written, variables));
        }
        let written = String::from_utf8_lossy(&written);
        let last = written.rsplit('\u{1}').next().and_then(|rest| rest.split('\u{2}').next());
        last.and_then(|last| last.parse().ok()).unwrap_or(0)
    }
}

impl<'t> Parsed<'_, 't> {
    /// Renders the text; one without tags is given back as it is.
    ///
    /// # Errors
    /// Tells what liquid refuses with these variables.
    pub fn render(&self, variables: &Object) -> Result<Cow<'t, str>, Located> {
        if self.parts.is_empty() {
            return Ok(Cow::Borrowed(self.text));
        }
        let rendered = write(&self.parts, variables, self.text.len()).or_else(|error| {
            // What failed may be in a branch that is not taken.
            let whole = self.is_rendered_ahead().then(|| self.engine.block(self.text.to_owned()));
            let whole = whole.flatten().ok_or(error)?;
            write(&[Part::Block(whole, Vec::new())], variables, 0)
        });
        let rendered = rendered.map_err(|error| {
            let at = self.engine.last_reached(self.text, variables);
            (at, explain(&error.to_string()))
        });
        Ok(Cow::Owned(rendered?))
    }

    /// Tells whether branches are rendered before the block that they are in.
    fn is_rendered_ahead(&self) -> bool {
        let is_block = |part: &Part<'_>| matches!(part, Part::Block(..));
        let runs = self.parts.iter().filter_map(|part| match part {
            Part::Passage(_) => None,
            Part::Block(_, runs) => Some(runs),
        });
        runs.flatten().flatten().any(is_block)
    }
}

/// Renders parts, into a text that has room for some bytes.
fn write(parts: &[Part<'_>], variables: &Object, room: usize) -> Result<String, liquid::Error> {
    let values = parts.iter().map(|part| match part {
        Part::Passage(_) => Ok(Vec::new()),
        Part::Block(_, runs) => runs.iter().map(|run| value(run, variables)).collect(),
    });
    let values: Vec<Vec<_>> = values.collect::<Result<_, _>>()?;
    let names: Vec<_> =
        (0..values.iter().map(Vec::len).max().unwrap_or(0)).map(pieces::variable).collect();
    let mut all: BTreeMap<_, &dyn ValueView> = BTreeMap::new();
    all.extend(variables.iter().map(|(name, value)| (name.as_ref(), value as &dyn ValueView)));
    let mut rendered = Vec::with_capacity(room);
    for (part, values) in parts.iter().zip(&values) {
        match part {
            Part::Passage(passage) => rendered.extend_from_slice(passage.as_bytes()),
            Part::Block(template, _) => {
                // No tag of such a block has a name like these, whatever the answers have.
                let values = values.iter().map(|value| value as &dyn ValueView);
                all.extend(names.iter().map(KStringRef::from).zip(values));
                guarded(|| template.render_to(&mut rendered, &all))?;
            }
        }
    }
    Ok(String::from_utf8(rendered).expect("liquid writes UTF-8"))
}

/// Renders a run, which is a passage more often than not.
fn value<'t>(run: &[Part<'t>], variables: &Object) -> Result<KStringCow<'t>, liquid::Error> {
    match run {
        [Part::Passage(passage)] => Ok(KStringCow::from_ref(passage)),
        run => write(run, variables, 0).map(KStringCow::from_string),
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

fn is_inside_block(tag: &str) -> bool {
    tag == "else" || tag == "elsif" || tag == "when" || tag.starts_with("end")
}

/// Takes the line and the column out of a message of liquid's parser.
fn position(said: &str) -> Option<(usize, usize)> {
    let found = said.lines().find_map(|line| line.split_once("--> "))?;
    let (line, column) = found.1.split_once(':')?;
    Some((line.trim().parse().ok()?, column.trim().parse().ok()?))
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1));
    let start: usize = before.map(str::len).sum();
    let columns = text[start..].chars().take(column.saturating_sub(1));
    start + columns.map(char::len_utf8).sum::<usize>()
}

fn reason(said: &str) -> String {
    let reason = said.lines().find_map(|line| line.trim().strip_prefix("= "));
    let reason = reason.or_else(|| said.lines().next()).unwrap_or_default();
    reason.trim_start_matches("liquid:").trim().to_owned()
}

/// Says why a text cannot be rendered, with what liquid adds to its message in lines of its own.
fn explain(said: &str) -> Problem {
    let detail = |key: &str| {
        said.lines().find_map(|line| line.trim_start().strip_prefix(key)?.strip_prefix('='))
    };
    if let Some(name) = detail("requested variable") {
        return Problem::NoValue(name.to_owned());
    }
    let details = ["cause", "filter", "requested index"].into_iter();
    let details = details.filter_map(|key| detail(key).map(|value| format!("{key}: {value}")));
    let details = details.collect::<Vec<_>>().join(", ");
    let reason = reason(said);
    Problem::Liquid(if details.is_empty() { reason } else { format!("{reason} ({details})") })
}
