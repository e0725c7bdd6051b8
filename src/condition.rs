//! The expressions of `[conditional.'…']`: the part of rhai that templates need.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::answers::Value;

/// Is a parsed expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// A name on its own; it must be a flag.
    Name(Name),
    /// A constant.
    Constant(bool),
    /// `!x`
    Not(Box<Condition>),
    /// `x && y`
    And(Box<Condition>, Box<Condition>),
    /// `x || y`
    Or(Box<Condition>, Box<Condition>),
    /// `x == y`, or `x != y` if the flag is false.
    Equal(Operand, Operand, bool),
}

/// Is one side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// A placeholder.
    Name(Name),
    /// A literal.
    Literal(Value),
}

/// Is a placeholder's name, and where in the expression it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub name: String,
    /// Its offset in bytes.
    pub offset: usize,
}

/// Tells where an expression stops making sense, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// The offset in bytes.
    pub offset: usize,
    /// What was expected or found.
    pub message: String,
}

impl Condition {
    /// Parses an expression.
    ///
    /// # Errors
    /// Tells the first token that does not fit.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let mut parser = Parser { tokens: tokens(text)?, next: 0, end: text.len() };
        let condition = parser.or()?;
        match parser.tokens.get(parser.next) {
            None => Ok(condition),
            Some((offset, token)) => Err(unexpected(*offset, token)),
        }
    }

    /// Tells whether the condition holds; as in cargo-generate, what is not answered makes it false.
    pub fn holds(&self, answers: &BTreeMap<String, Value>) -> bool {
        self.evaluate(answers).unwrap_or(false)
    }

    fn evaluate(&self, answers: &BTreeMap<String, Value>) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Name(name) => answers.get(&name.name)?.as_flag(),
            Self::Not(inner) => inner.evaluate(answers).map(|value| !value),
            Self::And(left, right) => Some(left.evaluate(answers)? && right.evaluate(answers)?),
            Self::Or(left, right) => Some(left.evaluate(answers)? || right.evaluate(answers)?),
            Self::Equal(left, right, wanted) => {
                Some((left.value(answers)? == right.value(answers)?) == *wanted)
            }
        }
    }

    /// Visits every name.
    pub fn names(&self, see: &mut impl FnMut(&Name)) {
        self.visit(&mut |left, right| {
            [Some(left), right].into_iter().flatten().filter_map(Operand::name).for_each(&mut *see);
        });
    }

    /// Visits every comparison and every lone name.
    pub fn visit(&self, see: &mut impl FnMut(&Operand, Option<&Operand>)) {
        match self {
            Self::Constant(_) => {}
            Self::Name(name) => see(&Operand::Name(name.clone()), None),
            Self::Not(inner) => inner.visit(see),
            Self::And(left, right) | Self::Or(left, right) => {
                left.visit(see);
                right.visit(see);
            }
            Self::Equal(left, right, _) => see(left, Some(right)),
        }
    }
}

impl Operand {
    fn name(&self) -> Option<&Name> {
        match self {
            Self::Name(name) => Some(name),
            Self::Literal(_) => None,
        }
    }

    fn value<'a>(&'a self, answers: &'a BTreeMap<String, Value>) -> Option<&'a Value> {
        match self {
            Self::Name(name) => answers.get(&name.name),
            Self::Literal(value) => Some(value),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    Text(String),
    Symbol(&'static str),
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, ParseError> {
    const SYMBOLS: [&str; 7] = ["==", "!=", "&&", "||", "!", "(", ")"];
    let mut found = Vec::new();
    let mut offset = 0;
    while let Some(first) = text[offset..].chars().next() {
        let rest = &text[offset..];
        let length = if first.is_whitespace() {
            first.len_utf8()
        } else if first.is_ascii_alphabetic() || first == '_' {
            let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = rest.find(|c| !name(c)).unwrap_or(rest.len());
            found.push((offset, Token::Name(rest[..end].to_owned())));
            end
        } else if first == '"' {
            let literal = string(rest).ok_or_else(|| ParseError {
                offset,
                message: "a string without escapes and with a closing quote is expected".to_owned(),
            })?;
            found.push((offset, Token::Text(literal.to_owned())));
            literal.len() + 2
        } else if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            found.push((offset, Token::Symbol(symbol)));
            symbol.len()
        } else {
            return Err(ParseError { offset, message: format!("`{first}` is not expected") });
        };
        offset += length;
    }
    Ok(found)
}

fn string(rest: &str) -> Option<&str> {
    let inner = &rest[1..];
    let literal = &inner[..inner.find('"')?];
    (!literal.contains(['\\', '\n'])).then_some(literal)
}

fn unexpected(offset: usize, token: &Token) -> ParseError {
    let shown = match token {
        Token::Name(name) => name,
        Token::Text(text) => text,
        Token::Symbol(symbol) => *symbol,
    };
    ParseError { offset, message: format!("`{shown}` is not expected") }
}

fn lone(operand: Operand, offset: usize) -> Result<Condition, ParseError> {
    match operand {
        Operand::Name(name) => Ok(Condition::Name(name)),
        Operand::Literal(Value::Flag(value)) => Ok(Condition::Constant(value)),
        Operand::Literal(Value::Text(_)) => {
            Err(ParseError { offset, message: "a string is not a condition".to_owned() })
        }
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
}

impl Parser {
    fn or(&mut self) -> Result<Condition, ParseError> {
        let mut left = self.and()?;
        while self.take("||") {
            left = Condition::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Condition, ParseError> {
        let mut left = self.not()?;
        while self.take("&&") {
            left = Condition::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Condition, ParseError> {
        if self.take("!") {
            return Ok(Condition::Not(Box::new(self.negated()?)));
        }
        if self.take("(") { self.closed() } else { self.comparison() }
    }

    /// Parses what follows a `!`: no bare comparison, because in rhai `!` binds to its left side alone.
    fn negated(&mut self) -> Result<Condition, ParseError> {
        if self.take("!") {
            return Ok(Condition::Not(Box::new(self.negated()?)));
        }
        if self.take("(") {
            return self.closed();
        }
        let start = self.offset();
        let operand = self.operand()?;
        lone(operand, start)
    }

    fn closed(&mut self) -> Result<Condition, ParseError> {
        let inner = self.or()?;
        if self.take(")") { Ok(inner) } else { Err(self.here("`)` is expected")) }
    }

    fn comparison(&mut self) -> Result<Condition, ParseError> {
        let start = self.offset();
        let left = self.operand()?;
        let equal = self.take("==");
        if equal || self.take("!=") {
            return Ok(Condition::Equal(left, self.operand()?, equal));
        }
        lone(left, start)
    }

    fn operand(&mut self) -> Result<Operand, ParseError> {
        let Some((offset, token)) = self.tokens.get(self.next).cloned() else {
            return Err(self.here("the expression ends too early"));
        };
        self.next += 1;
        match token {
            Token::Text(text) => Ok(Operand::Literal(Value::Text(text))),
            Token::Name(name) if name == "true" => Ok(Operand::Literal(Value::Flag(true))),
            Token::Name(name) if name == "false" => Ok(Operand::Literal(Value::Flag(false))),
            Token::Name(name) => Ok(Operand::Name(Name { name, offset })),
            Token::Symbol(_) => Err(unexpected(offset, &token)),
        }
    }

    fn take(&mut self, symbol: &'static str) -> bool {
        let found =
            self.tokens.get(self.next).map(|(_, token)| token) == Some(&Token::Symbol(symbol));
        self.next += usize::from(found);
        found
    }

    fn offset(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(offset, _)| *offset)
    }

    fn here(&self, message: &str) -> ParseError {
        ParseError { offset: self.offset(), message: message.to_owned() }
    }
}
