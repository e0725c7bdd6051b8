//! One question of a template.

use super::pattern::Pattern;
use crate::answers::Value;
use crate::fault::Place;

/// Is one variable that the template asks for.
#[derive(Debug, Clone)]
pub struct Placeholder {
    /// The variable's name.
    pub name: String,
    /// What kind of answer it takes.
    pub kind: Kind,
    /// The question.
    pub prompt: String,
    /// The answer if none is given.
    pub default: Option<Value>,
    /// What a text must match somewhere.
    pub regex: Option<Pattern>,
    /// The regex in words.
    pub hint: Option<String>,
    /// Texts that projects are verified with, besides those that firstlight knows.
    pub samples: Vec<Value>,
    /// The index of the condition that asks for it, if one does.
    pub condition: Option<usize>,
    /// The condition as it was written.
    pub condition_text: Option<String>,
    /// Where it is declared.
    pub place: Place,
}

/// Tells the kind of a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`
    Flag,
    /// One of the choices.
    Choice(Vec<Choice>),
    /// Free text.
    Text,
}

/// Is one choice of a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the template sees.
    pub value: String,
    /// What a person sees.
    pub label: String,
}

impl Placeholder {
    /// Gives the name of its flag, without the dashes.
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// Gives the name of its environment variable.
    pub fn variable(&self) -> String {
        format!("FIRSTLIGHT_{}", self.name.to_ascii_uppercase().replace('-', "_"))
    }

    /// Lists the values that it can take, unless it is free text.
    pub fn domain(&self) -> Option<Vec<Value>> {
        match &self.kind {
            Kind::Flag => Some(vec![Value::Flag(false), Value::Flag(true)]),
            Kind::Choice(choices) => {
                Some(choices.iter().map(|choice| Value::Text(choice.value.clone())).collect())
            }
            Kind::Text => None,
        }
    }

    /// Turns what somebody wrote into a value.
    ///
    /// # Errors
    /// Says what would have been accepted.
    pub fn accept(&self, given: &str) -> Result<Value, String> {
        match &self.kind {
            Kind::Flag => match given {
                "true" => Ok(Value::Flag(true)),
                "false" => Ok(Value::Flag(false)),
                _ => Err("true or false".to_owned()),
            },
            Kind::Choice(choices) if !choices.iter().any(|choice| choice.value == given) => {
                let values: Vec<&str> =
                    choices.iter().map(|choice| choice.value.as_str()).collect();
                Err(format!("one of {}", values.join(", ")))
            }
            Kind::Choice(_) | Kind::Text => {
                let Some(regex) = &self.regex else { return Ok(Value::Text(given.to_owned())) };
                match regex.matches(given) {
                    Ok(true) => Ok(Value::Text(given.to_owned())),
                    Ok(false) => Err(match &self.hint {
                        Some(hint) => hint.clone(),
                        None => format!("a text that matches {}", regex.as_str()),
                    }),
                    Err(why) => Err(format!("a text in ASCII, as its pattern is too large: {why}")),
                }
            }
        }
    }
}
