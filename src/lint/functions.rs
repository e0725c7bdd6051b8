//! Which tags of a Rust file stand inside of a function.

use crate::markup;

/// Lists the tags that open a block inside of a function's body, with their offsets.
///
/// The lexer knows comments, strings, characters and braces, which is what it takes: the file is no
/// Rust before it is rendered, so that no parser can read it.
pub fn tags(text: &str) -> Vec<(usize, &str)> {
    let mut lexer = Lexer { text, at: 0, depth: Vec::new(), header: None, nested: 0 };
    let mut blocks: Vec<Vec<bool>> = Vec::new();
    let mut found = Vec::new();
    for markup in markup::scan(text).0 {
        lexer.advance(markup.start);
        lexer.at = lexer.at.max(markup.end);
        match markup.tag {
            Some("if" | "unless" | "case" | "for") => {
                if lexer.depth.contains(&true) {
                    found.push((markup.start, &text[markup.start..markup.end]));
                }
                blocks.push(lexer.depth.clone());
            }
            // Each branch begins where the first one did.
            Some("else" | "elsif" | "when") => {
                if let Some(depth) = blocks.last() {
                    lexer.depth.clone_from(depth);
                }
            }
            Some("endif" | "endunless" | "endcase" | "endfor") => drop(blocks.pop()),
            _ => {}
        }
    }
    found
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// For each open brace, whether it opens a function's body.
    depth: Vec<bool>,
    /// The nesting of parentheses at which a function's header has begun.
    header: Option<usize>,
    nested: usize,
}

impl Lexer<'_> {
    fn advance(&mut self, end: usize) {
        while self.at < end {
            let rest = &self.text[self.at..];
            self.at += self.token(rest);
        }
    }

    /// Takes one token and gives its length.
    fn token(&mut self, rest: &str) -> usize {
        let Some(first) = rest.chars().next() else { return 1 };
        match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => comment(rest),
            '"' => string(rest),
            '\'' => character(rest),
            'r' | 'b' | 'c' if raw(rest).is_some() => raw(rest).unwrap_or(1),
            _ if first.is_alphabetic() || first == '_' => self.word(rest),
            _ => {
                self.sign(first);
                first.len_utf8()
            }
        }
    }

    fn word(&mut self, rest: &str) -> usize {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        // Without a name it is the type of a function.
        if &rest[..end] == "fn" && !rest[end..].trim_start().starts_with('(') {
            self.header = Some(self.nested);
        }
        end
    }

    fn sign(&mut self, sign: char) {
        match sign {
            '(' | '[' => self.nested += 1,
            ')' | ']' => self.nested = self.nested.saturating_sub(1),
            '{' => {
                let body = self.header.take_if(|nested| *nested == self.nested).is_some();
                self.depth.push(body);
            }
            '}' => drop(self.depth.pop()),
            ';' => drop(self.header.take_if(|nested| *nested == self.nested)),
            _ => {}
        }
    }
}

fn comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(found) = rest[at..].find(['/', '*']).map(|found| at + found) {
        let (step, length) = match &rest.as_bytes()[found..] {
            [b'/', b'*', ..] => (1, 2),
            [b'*', b'/', ..] => (-1, 2),
            _ => (0, 1),
        };
        depth += step;
        at = found + length;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (offset, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return offset + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Gives the length of a character, or of the quote alone if it begins a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let from = at + escaped.len_utf8();
            rest[from..].find('\'').map_or(rest.len(), |end| from + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

/// Gives the length of a raw string, if one begins here.
fn raw(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix(['b', 'c']).unwrap_or(rest).strip_prefix('r')?;
    let start = rest.len() - inner.len();
    let hashes = inner.find(|c| c != '#')?;
    inner[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let body = start + hashes + 1;
    Some(rest[body..].find(&close).map_or(rest.len(), |end| body + end + close.len()))
}

#[cfg(test)]
mod tests {
    use super::tags;

    #[test]
    fn only_tags_inside_of_a_body_are_found() {
        for (text, found) in [
            ("{% if x %}\nfn a() {}\n{% endif %}", 0),
            ("fn a() {\n{% if x %}\nb();\n{% endif %}}", 1),
            ("fn a(b: [u8; 2]) -> C\nwhere\n    D: E,\n{ {% if x %}{% endif %} }", 1),
            ("struct A {\n{% if x %}\n    b: fn(u8) -> u8,\n{% endif %}\n}", 0),
            ("trait A { fn b(&self); {% if x %}{% endif %} }", 0),
            (
                "impl A { fn b<'a>(c: &'a str) { d('{', \"}\", r#\"\"}\"#) } {% if x %}{% endif %} }",
                0,
            ),
            ("impl A { fn b() { if c { {% unless x %}{% endunless %} } } }", 1),
            ("/* fn a() { /* */ { */ {% if x %}{% endif %}", 0),
            ("// fn a() {\n{% if x %}{% endif %}", 0),
            ("{% if x %}fn a() {\n{% else %}fn b() {\n{% endif %} } {% if x %}{% endif %}", 0),
            ("fn a() { '\\''; '\\u{7d}'; b'}'; {% case x %}{% endcase %} }", 1),
        ] {
            assert_eq!(tags(text).len(), found, "{text}");
        }
    }
}
