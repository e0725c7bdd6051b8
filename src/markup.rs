//! The liquid in a text, as far as the strict pass needs it: tags, outputs and their words.

#[cfg(test)]
mod tests;

use std::ops::Range;

use memchr::memmem;

/// Lists the words that stand for a value.
pub const LITERALS: [&str; 6] = ["true", "false", "nil", "null", "empty", "blank"];

/// Is one `{{ … }}` or `{% … %}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markup<'t> {
    /// The offset of its first brace, in bytes.
    pub start: usize,
    /// The offset behind its last brace.
    pub end: usize,
    /// The tag's name; none for an output.
    pub tag: Option<&'t str>,
    /// What follows.
    pub tokens: Vec<(usize, Token<'t>)>,
}

/// Is one word or sign inside of braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'t> {
    /// A variable, a filter, a keyword.
    Name(&'t str),
    /// A string, without its quotes.
    Text(&'t str),
    /// A number.
    Number,
    /// A sign.
    Sign(char),
}

/// Tells why braces are not liquid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defect {
    /// They hold what liquid has no words for.
    Foreign,
    /// The file ends before they do.
    Unclosed,
}

impl<'t> Markup<'t> {
    /// Gives a token by its index.
    pub fn token(&self, index: usize) -> Option<Token<'t>> {
        self.tokens.get(index).map(|(_, token)| *token)
    }

    /// Gives the first word, if it is a name.
    pub fn first_name(&self) -> Option<&'t str> {
        match self.token(0) {
            Some(Token::Name(name)) => Some(name),
            _ => None,
        }
    }
}

/// Finds all markup outside of `raw` and `comment` blocks, and all braces that are none.
///
/// A defect comes with its offset and with the text of the braces.
pub fn scan(text: &str) -> (Vec<Markup<'_>>, Vec<(usize, &str, Defect)>) {
    let mut found = Vec::new();
    let mut defects = Vec::new();
    let mut openings = Openings::new(text);
    let mut at = 0;
    while let Some(offset) = openings.next(at) {
        match braces(text, offset) {
            Ok((markup, end)) => {
                at = match markup.tag {
                    // Without an end the block takes all that follows.
                    Some(block @ ("raw" | "comment")) => {
                        skip(text, end, block).unwrap_or(text.len())
                    }
                    _ => end,
                };
                found.push(markup);
            }
            Err(defect) => {
                defects.push((offset, excerpt(text, offset), defect));
                at = offset + 2;
            }
        }
    }
    (found, defects)
}

/// Tells whether the text holds any opening braces of liquid.
pub fn is_marked(text: &str) -> bool {
    Openings::new(text).next(0).is_some()
}

/// Finds opening braces of liquid. Each pair is looked for on its own, as code in other languages is
/// full of single ones.
struct Openings<'t> {
    bytes: &'t [u8],
    next: [Option<usize>; 2],
}

impl<'t> Openings<'t> {
    const PAIRS: [&'static [u8]; 2] = [b"{{", b"{%"];

    fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        // Most texts without pairs are paths, which have no single ones either.
        let first = memchr::memchr(b'{', bytes);
        let next = Self::PAIRS.map(|pair| Self::find(bytes, first?, pair));
        Self { bytes, next }
    }

    /// Finds the first at some offset or behind it, which is never less than the time before.
    fn next(&mut self, from: usize) -> Option<usize> {
        for (next, pair) in self.next.iter_mut().zip(Self::PAIRS) {
            if next.is_some_and(|next| next < from) {
                *next = Self::find(self.bytes, from, pair);
            }
        }
        self.next.into_iter().flatten().min()
    }

    fn find(bytes: &[u8], from: usize, pair: &[u8]) -> Option<usize> {
        memmem::find(&bytes[from..], pair).map(|found| from + found)
    }
}

fn excerpt(text: &str, offset: usize) -> &str {
    let line = text[offset..].lines().next().unwrap_or_default();
    let close = if line.starts_with("{%") { "%}" } else { "}}" };
    let end = line.find(close).map_or(line.len(), |end| end + close.len());
    &line[..line.floor_char_boundary(end.min(60))]
}

fn braces(text: &str, start: usize) -> Result<(Markup<'_>, usize), Defect> {
    let is_tag = text[start..].starts_with("{%");
    let close = if is_tag { "%}" } else { "}}" };
    let mut at = start + 2;
    at += usize::from(text[at..].starts_with('-'));
    let mut tokens = Vec::new();
    loop {
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else { return Err(Defect::Unclosed) };
        let dash = usize::from(first == '-');
        if rest[dash..].starts_with(close) {
            let end = at + dash + 2;
            return finish(start..end, is_tag, tokens).map(|markup| (markup, end));
        }
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = token(rest, first)?;
        tokens.push((at, token));
        at += length;
    }
}

fn finish(
    span: Range<usize>,
    is_tag: bool,
    mut tokens: Vec<(usize, Token<'_>)>,
) -> Result<Markup<'_>, Defect> {
    let tag = match (is_tag, tokens.first().copied()) {
        (true, Some((_, Token::Name(name)))) => {
            tokens.remove(0);
            Some(name)
        }
        (false, Some((_, Token::Name(_) | Token::Text(_) | Token::Number))) => None,
        _ => return Err(Defect::Foreign),
    };
    let foreign =
        |token: &(usize, Token<'_>)| matches!(token.1, Token::Sign('=' | '<' | '>' | '!' | '('));
    if tag.is_none() && (tokens.iter().any(foreign) || is_constant(&tokens)) {
        return Err(Defect::Foreign);
    }
    Ok(Markup { start: span.start, end: span.end, tag, tokens })
}

/// Tells whether an output always prints the same, as `{{4}}` of a regular expression would: nobody
/// writes that in liquid.
fn is_constant(tokens: &[(usize, Token<'_>)]) -> bool {
    let literal = match tokens.first() {
        Some((_, Token::Name(name))) => LITERALS.contains(name),
        first => first.is_some(),
    };
    literal && !tokens.iter().any(|(_, token)| *token == Token::Sign('|'))
}

fn token(rest: &str, first: char) -> Result<(Token<'_>, usize), Defect> {
    match first {
        '"' | '\'' => {
            let text = &rest[1..];
            let text = &text[..text.find(first).ok_or(Defect::Unclosed)?];
            Ok((Token::Text(text), text.len() + 2))
        }
        'A'..='Z' | 'a'..='z' | '_' => {
            let letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            let end = rest.find(|c| !letter(c)).unwrap_or(rest.len());
            let closes = rest[end..].starts_with("}}") || rest[end..].starts_with("%}");
            let name = &rest[..end];
            // The dash of `-}}` belongs to the braces.
            let name = if closes { name.strip_suffix('-').unwrap_or(name) } else { name };
            Ok((Token::Name(name), name.len()))
        }
        '0'..='9' | '-' | '+' => {
            let end =
                rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| end + 1);
            Ok((Token::Number, end))
        }
        '|' | ':' | ',' | '.' | '[' | ']' | '(' | ')' | '=' | '<' | '>' => {
            Ok((Token::Sign(first), 1))
        }
        '!' if rest.starts_with("!=") => Ok((Token::Sign('!'), 2)),
        _ => Err(Defect::Foreign),
    }
}

/// Finds where the block that starts before `from` is closed: the offset of its closing tag.
fn skip(text: &str, from: usize, block: &str) -> Option<usize> {
    let end = format!("end{block}");
    let mut depth = 1;
    let mut at = from;
    while let Some(found) = text[at..].find("{%").map(|found| at + found) {
        let inner = text[found + 2..].trim_start_matches('-').trim_start();
        let length =
            inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let name = &inner[..length];
        if name == end {
            depth -= 1;
            if depth == 0 {
                return Some(found);
            }
        } else if name == block && block == "comment" {
            depth += 1;
        }
        at = found + 2;
    }
    None
}
