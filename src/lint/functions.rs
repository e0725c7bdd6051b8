//! How much of a Rust function depends on a tag.

use crate::markup::{self, Markup};

/// Lists the branches inside of functions that hold more than one statement: their tags, with offsets.
///
/// One statement is the use of what a feature has in files of its own. More than one is a part of
/// the feature, in a function that reads differently with every answer.
///
/// The lexer knows comments, strings, characters and brackets, which is what it takes: the file is no
/// Rust before it is rendered, so that no parser can read it.
pub fn branches(text: &str) -> Vec<(usize, &str)> {
    let mut lexer = Lexer { text, at: 0, open: Vec::new(), header: None, statements: 0 };
    let mut branches: Vec<Branch<'_>> = Vec::new();
    let mut found = Vec::new();
    for markup in markup::scan(text).0 {
        lexer.advance(markup.start);
        lexer.at = lexer.at.max(markup.end);
        match markup.tag {
            Some("if" | "unless" | "case" | "for") => branches.push(lexer.branch(&markup)),
            Some("else" | "elsif" | "when") => {
                if let Some(branch) = branches.pop() {
                    found.extend(branch.excess(&lexer));
                    // Each branch begins where the first one did.
                    lexer.open = branch.open;
                    branches.push(lexer.branch(&markup));
                }
            }
            Some("endif" | "endunless" | "endcase" | "endfor") => {
                found.extend(branches.pop().and_then(|branch| branch.excess(&lexer)));
            }
            _ => {}
        }
    }
    found
}

struct Branch<'t> {
    offset: usize,
    tag: &'t str,
    /// What was open where it began.
    open: Vec<Open>,
    /// How many statements there were before it.
    statements: usize,
}

impl<'t> Branch<'t> {
    /// Gives its tag if it holds too much for a function.
    fn excess(&self, lexer: &Lexer<'_>) -> Option<(usize, &'t str)> {
        let many = lexer.statements - self.statements > 1;
        (many && self.open.contains(&Open::Body)).then_some((self.offset, self.tag))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// A function's body.
    Body,
    Brace,
    /// A parenthesis or a square bracket.
    Bracket,
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Open>,
    /// How much was open where a function's header has begun.
    header: Option<usize>,
    /// How many statements have ended.
    statements: usize,
}

impl<'t> Lexer<'t> {
    fn branch(&self, markup: &Markup<'t>) -> Branch<'t> {
        Branch {
            offset: markup.start,
            tag: &self.text[markup.start..markup.end],
            open: self.open.clone(),
            statements: self.statements,
        }
    }

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
            self.header = Some(self.open.len());
        }
        end
    }

    fn sign(&mut self, sign: char) {
        match sign {
            '(' | '[' => self.open.push(Open::Bracket),
            '{' => {
                let body = self.header.take_if(|begun| *begun == self.open.len()).is_some();
                self.open.push(if body { Open::Body } else { Open::Brace });
            }
            ')' | ']' | '}' => drop(self.open.pop()),
            // In brackets it divides an array's element from its length.
            ';' if self.open.last() != Some(&Open::Bracket) => {
                self.statements += 1;
                self.header.take_if(|begun| *begun == self.open.len());
            }
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
    use super::branches;

    /// Gives the tags that hold too much.
    fn found(text: &str) -> Vec<&str> {
        branches(text).into_iter().map(|(_, tag)| tag).collect()
    }

    #[test]
    fn a_function_may_have_one_statement_under_a_tag() {
        for text in [
            "fn a() { {% if x %} b(); {% endif %} }",
            "fn a() { {% if x %} let b = [0; 4].map(|c| d(c)); {% endif %} e(); f(); }",
            "fn a() { {% if x %} if b { return c; } {% endif %} }",
            "fn a() { {% if x %} b(); {% else %} c(); {% endif %} }",
            "fn a() { {% if x %} b(\"; ;\", ';'); // ; ;\n {% endif %} }",
            "fn a() -> B { B { c{% if x %}, d: e(){% endif %} } }",
            "fn a() { match b { {% if x %} C => d(), E => f(), {% endif %} _ => g() } }",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn more_than_one_statement_is_found() {
        for (text, tag) in [
            ("fn a() { {% if x %} b(); c(); {% endif %} }", "{% if x %}"),
            ("fn a() { {% if x %} b(|| { c(); d() }); {% endif %} }", "{% if x %}"),
            ("fn a() { {% if x %} b(); {% else %} c(); d(); {% endif %} }", "{% else %}"),
            ("fn a() { {% case x %} {% when 'y' %} b(); c(); {% endcase %} }", "{% when 'y' %}"),
            (
                "fn a(b: [u8; 2]) -> C\nwhere\n    D: E,\n{ {% if x %}f(); g();{% endif %} }",
                "{% if x %}",
            ),
            (
                "impl A { fn b() { if c { {% unless x %} d(); e(); {% endunless %} } } }",
                "{% unless x %}",
            ),
            ("fn a() { '\\''; '\\u{7d}'; b'}'; {% if x %} c(); d(); {% endif %} }", "{% if x %}"),
        ] {
            assert_eq!(found(text), [tag], "{text}");
        }
    }

    #[test]
    fn statements_outside_of_a_function_do_not_count() {
        for text in [
            "{% if x %} mod a; mod b; {% endif %}",
            "{% if x %} fn a() { b(); c(); } {% endif %}",
            "trait A { fn b(&self); {% if x %} fn c(); fn d(); {% endif %} }",
            "struct A { b: fn(u8) -> u8, {% if x %} c: [u8; 2], d: [u8; 2] {% endif %} }",
            "impl A { fn b<'a>(c: &'a str) { d('{', \"}\", r#\"\"}\"#) } {% if x %} const E: F = G; const H: I = J; {% endif %} }",
            "/* fn a() { /* */ { */ {% if x %} use b; use c; {% endif %}",
            "// fn a() {\n{% if x %} use b; use c; {% endif %}",
            "{% if x %}fn a() {\n{% else %}fn b() {\n{% endif %} } {% if x %} use c; use d; {% endif %}",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
