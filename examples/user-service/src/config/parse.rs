//! Reading settings so that one start reports everything that is wrong with them.
//!
//! clap knows the settings, reads their values and writes the help, but it stops at the first
//! mistake. So it is given each value alone, and all together once none is wrong.

use std::{collections::HashMap, error::Error as _, ffi::OsString, fmt};

use clap::{
    Arg, ArgMatches, Command, Parser,
    builder::{OsStr, Resettable},
    error::{ContextKind, ContextValue},
};

/// The reason why there is no configuration.
#[derive(Debug)]
pub enum Refusal {
    /// The command line asks for the help or the version: this is it.
    Answer(clap::Error),
    /// The configuration is wrong: a line for each mistake.
    Mistakes(Vec<String>),
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(answer) => answer.fmt(formatter),
            Self::Mistakes(mistakes) => {
                let mistakes = mistakes.join("\n  ");
                write!(formatter, "error: the configuration is wrong\n  {mistakes}\n\n")?;
                formatter.write_str("hint: --help lists all settings")
            }
        }
    }
}

/// Reads settings from arguments and variables.
///
/// # Errors
/// All that is wrong with them, contradictions between them included
pub(super) fn parse<T: Parser>(
    arguments: impl IntoIterator<Item: Into<OsString>>,
    variable: impl Fn(&str) -> Option<OsString>,
    contradictions: impl FnOnce(&ArgMatches) -> Vec<String>,
) -> Result<T, Refusal> {
    let command = command::<T>();
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    answer(&command, &arguments)?;
    let (mut flags, mut mistakes) = split(&command, arguments);

    let mut reader = command.clone().mut_args(without_variable);
    let mut given = Vec::new();
    for setting in command.get_arguments() {
        match read(setting, flags.remove(&flag(setting)), &variable) {
            Ok(argument) => given.extend(argument),
            Err(mistake) => {
                mistakes.push(mistake);
                reader = reader.mut_arg(setting.get_id(), absent);
            }
        }
    }
    let settings = reader.try_get_matches_from(given).map_err(Refusal::Answer)?;
    mistakes.extend(contradictions(&settings));
    if mistakes.is_empty() {
        T::from_arg_matches(&settings).map_err(Refusal::Answer)
    } else {
        Err(Refusal::Mistakes(mistakes))
    }
}

/// Builds the command line: each setting gets the flag and the variable that its id names.
fn command<T: Parser>() -> Command {
    let mut position = 0;
    T::command().no_binary_name(true).mut_args(|setting| {
        let name = setting.get_id().to_string();
        let flag = name.to_lowercase().replace('_', "-");
        position += 1;
        setting.long(flag).env(name).display_order(position)
    })
}

/// Lets clap answer `--help` and `--version`, whatever is wrong with the rest.
fn answer(command: &Command, arguments: &[OsString]) -> Result<(), Refusal> {
    let questions = ["-h", "--help", "-V", "--version"];
    match arguments.iter().find(|argument| questions.iter().any(|question| argument == question)) {
        Some(question) => {
            command.clone().try_get_matches_from([question]).map(drop).map_err(Refusal::Answer)
        }
        None => Ok(()),
    }
}

/// Splits the command line into flags and their values.
///
/// What is no flag is not repeated in the mistake: it may be a secret.
fn split(command: &Command, arguments: Vec<OsString>) -> (HashMap<String, OsString>, Vec<String>) {
    let known: Vec<String> = command.get_arguments().map(flag).collect();
    let mut flags = HashMap::new();
    let mut mistakes = Vec::new();
    let mut arguments = arguments.into_iter().peekable();
    while let Some(argument) = arguments.next() {
        let argument = argument.to_string_lossy();
        let (flag, value) = match argument.split_once('=') {
            Some((flag, value)) => (flag, Some(value.into())),
            None => (argument.as_ref(), None),
        };
        if !flag.starts_with("--") {
            mistakes.push("an argument is no flag: flags look like --name=value".to_owned());
        } else if !known.iter().any(|known| known == flag) {
            mistakes.push(format!("{flag}: there is no such flag"));
        } else if let Some(value) = value.or_else(|| arguments.next_if(is_value)) {
            if flags.insert(flag.to_owned(), value).is_some() {
                mistakes.push(format!("{flag}: is given more than once"));
            }
        } else {
            mistakes.push(format!("{flag}: has no value"));
        }
    }
    (flags, mistakes)
}

/// Tells whether an argument can be the value of the flag before it. One that looks like a flag is
/// more likely the next flag, after a value that was forgotten.
fn is_value(argument: &OsString) -> bool {
    !argument.as_encoded_bytes().starts_with(b"--")
}

/// Finds the value of a setting, and returns it as the argument that clap reads.
fn read(
    setting: &Arg,
    from_flag: Option<OsString>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<OsString>, String> {
    let name = setting.get_id().to_string();
    let from_variable = || variable(&name).filter(|value| !value.is_empty());
    let flag = flag(setting);
    let (source, value) = match from_flag {
        Some(value) => (&flag, value),
        None => match from_variable() {
            Some(value) => (&name, value),
            None if setting.is_required_set() => {
                let help = setting.get_help().map(ToString::to_string).unwrap_or_default();
                return Err(format!("{name}: is not set. {help}"));
            }
            None => return Ok(None),
        },
    };
    let mut argument = OsString::from(&flag);
    argument.push("=");
    argument.push(&value);
    match alone(setting).try_get_matches_from([&argument]) {
        Ok(_) => Ok(Some(argument)),
        Err(error) if setting.is_hide_env_values_set() => {
            Err(format!("{source}: {}", reason(&error)))
        }
        Err(error) => Err(format!("{source}={}: {}", value.display(), reason(&error))),
    }
}

/// Returns the flag of a setting, such as `--http-address`.
fn flag(setting: &Arg) -> String {
    format!("--{}", setting.get_long().unwrap_or_default())
}

fn alone(setting: &Arg) -> Command {
    Command::new("").no_binary_name(true).arg(without_variable(setting.clone()))
}

/// Keeps clap from reading the environment, where it takes an empty variable for a value.
fn without_variable(setting: Arg) -> Arg {
    setting.env(Resettable::<OsStr>::Reset)
}

/// Leaves a setting without any value, even its default.
fn absent(setting: Arg) -> Arg {
    setting.required(false).default_value(Resettable::<OsStr>::Reset)
}

/// Says what is wrong with a value, without the value.
fn reason(error: &clap::Error) -> String {
    if let Some(source) = error.source() {
        return source.to_string();
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(valid)) => format!("must be one of {}", valid.join(", ")),
        _ => "must be text in UTF-8, and not empty".to_owned(),
    }
}
