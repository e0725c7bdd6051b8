//! `firstlight options`: what the template asks for.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use crate::cli::Options;
use crate::error::Failure;
use crate::manifest::{Kind, Pattern, Placeholder};
use crate::template::Template;
use crate::ui::Ui;

/// Prints the placeholders.
pub fn run(arguments: &Options, template: &Template, ui: &Ui) -> Result<(), Failure> {
    if arguments.json {
        return ui.data(format!("{:#}", as_json(template)).as_bytes());
    }
    let placeholders = &template.manifest.placeholders;
    let text: Vec<String> = placeholders.iter().map(as_text).collect();
    let version = &template.manifest.version;
    let text = format!("Template: {} {version}\n\n{}", template.source, text.join("\n"));
    ui.data(text.as_bytes())
}

fn as_text(placeholder: &Placeholder) -> String {
    let mut text = format!("{}: {}\n", placeholder.name, placeholder.prompt);
    let mut line = |name: &str, value: &str| {
        writeln!(text, "  {name:<9} {value}").expect("a string takes all");
    };
    match &placeholder.kind {
        Kind::Flag => line("choices", "true, false"),
        Kind::Choice(choices) => {
            let values: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
            line("choices", &values.join(", "));
        }
        Kind::Text => {
            let regex = placeholder.regex.as_ref().map(Pattern::as_str);
            line("text", placeholder.hint.as_deref().or(regex).unwrap_or("any"));
        }
    }
    if let Some(default) = &placeholder.default {
        line("default", &default.to_string());
    }
    if let Some(condition) = &placeholder.condition_text {
        line("only if", condition);
    }
    line("flag", &format!("--{}", placeholder.flag()));
    line("variable", &placeholder.variable());
    text
}

fn as_json(template: &Template) -> Json {
    let placeholders: Vec<Json> = template.manifest.placeholders.iter().map(placeholder).collect();
    json!({
        "schema": 1,
        "template": template.as_json(),
        "placeholders": placeholders,
    })
}

fn placeholder(placeholder: &Placeholder) -> Json {
    let (kind, choices) = match &placeholder.kind {
        Kind::Flag => ("bool", Json::Null),
        Kind::Text => ("text", Json::Null),
        Kind::Choice(choices) => {
            let choice = |choice: &crate::manifest::Choice| json!({ "value": choice.value, "label": choice.label });
            ("choice", choices.iter().map(choice).collect())
        }
    };
    json!({
        "name": placeholder.name,
        "type": kind,
        "prompt": placeholder.prompt,
        "choices": choices,
        "default": placeholder.default,
        "regex": placeholder.regex.as_ref().map(Pattern::as_str),
        "hint": placeholder.hint,
        "condition": placeholder.condition_text,
        "flag": format!("--{}", placeholder.flag()),
        "variable": placeholder.variable(),
    })
}
