//! Questions on a terminal, line by line: they work in every terminal and with every screen reader.

use std::io;

use crate::answers::Value;
use crate::manifest::{Kind, Placeholder};
use crate::ui::Ui;

/// Says why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input ended.
    #[error("the input ended before all questions were answered")]
    Ended,
    /// The terminal failed.
    #[error("cannot ask: {0}")]
    Terminal(#[from] io::Error),
}

/// Asks until the answer is valid.
///
/// # Errors
/// Fails if there is no more input.
pub fn ask(placeholder: &Placeholder, ui: &Ui) -> Result<Value, Error> {
    let question = question(placeholder);
    loop {
        let Ok(line) = ui.ask(&question)?.ok_or(Error::Ended)? else {
            ui.say("  Expected text in UTF-8.");
            continue;
        };
        match (&placeholder.default, line.as_str()) {
            (Some(default), "") => return Ok(default.clone()),
            (None, "") => ui.say("  An answer is needed."),
            (_, line) => match placeholder.accept(&meaning(placeholder, line)) {
                Ok(value) => return Ok(value),
                Err(expected) => ui.say(&format!("  Expected {expected}.")),
            },
        }
    }
}

fn question(placeholder: &Placeholder) -> String {
    let prompt = &placeholder.prompt;
    let default = placeholder.default.as_ref();
    match &placeholder.kind {
        Kind::Flag => {
            let hint = match default.and_then(Value::as_flag) {
                Some(true) => "Y/n",
                Some(false) => "y/N",
                None => "y/n",
            };
            format!("{prompt} [{hint}] ")
        }
        Kind::Text => match default {
            Some(default) => format!("{prompt} [{default}] "),
            None => format!("{prompt} "),
        },
        Kind::Choice(choices) => {
            let lines: String = choices
                .iter()
                .zip(1..)
                .map(|(choice, number)| format!("  {number}) {}\n", choice.label))
                .collect();
            let hint = default.map(|default| format!(" [{default}]")).unwrap_or_default();
            format!("{prompt}\n{lines}Number or name{hint}: ")
        }
    }
}

/// Gives the value that a line stands for: a number for a choice, `y` and `n` for a flag.
fn meaning(placeholder: &Placeholder, line: &str) -> String {
    let value = match &placeholder.kind {
        Kind::Flag => match line.to_ascii_lowercase().as_str() {
            "y" | "yes" => "true",
            "n" | "no" => "false",
            _ => line,
        },
        Kind::Choice(choices) => {
            let numbered = line.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let chosen = numbered.and_then(|index| choices.get(index));
            let named = choices.iter().any(|choice| choice.value == line);
            chosen.filter(|_| !named).map_or(line, |choice| choice.value.as_str())
        }
        Kind::Text => line,
    };
    value.to_owned()
}
