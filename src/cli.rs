//! The command line: fixed arguments, and a flag for every placeholder of the template.

mod project;
mod verify;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::error::ErrorKind;
use clap::{
    Arg, ArgMatches, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
};

pub use self::project::{Diff, Set, Status, Undo, Update, Where};
pub use self::verify::Verify;

use crate::error::Failure;
use crate::manifest::{Kind, Placeholder};
use crate::template::Template;
use crate::ui::Ui;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  wrong usage or answers
  3  conflicts or drift";

const ANSWERS: &str = "\
Answers come from, the first one wins:
  1. the placeholder's own flag
  2. -d placeholder=value
  3. --values FILE
  4. FIRSTLIGHT_<PLACEHOLDER>
  5. the default, with --yes
  6. a question, if stdin and stderr are terminals and CI is not set
An answer that is still missing then is an error.";

const ANSWERS_OF_UPDATE: &str = "\
Answers stay what they are; `firstlight set` changes them. For placeholders that the newer template
has anew, answers come from, the first one wins:
  1. the placeholder's own flag
  2. -d placeholder=value
  3. --values FILE
  4. FIRSTLIGHT_<PLACEHOLDER>
  5. a question, if stdin and stderr are terminals, CI is not set and --yes is not given
  6. the default";

/// Generates observable Rust services, and keeps them that way
#[derive(Debug, Parser)]
#[command(name = "firstlight", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// Use the template in this folder or git repository [default: the project's own, or the one that
    /// comes with firstlight]
    #[arg(long, value_name = "PATH|URL[#REV]", global = true)]
    pub template: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Verb,
}

/// Is what firstlight is asked to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Write a new project
    #[command(after_help = format!("{ANSWERS}\n\n{EXIT_CODES}"))]
    New(New),
    /// Tell how a project has drifted from its template
    #[command(after_help = EXIT_CODES)]
    Status(Status),
    /// Show your edits, or with --template what an update would bring
    #[command(after_help = EXIT_CODES)]
    Diff(Diff),
    /// Merge a newer template into a project
    #[command(after_help = format!("{ANSWERS_OF_UPDATE}\n\n{EXIT_CODES}"))]
    Update(Update),
    /// Change answers of a project
    #[command(after_help = EXIT_CODES)]
    Set(Set),
    /// Take the last update or set back
    #[command(after_help = EXIT_CODES)]
    Undo(Undo),
    /// List what the template asks for
    #[command(after_help = EXIT_CODES)]
    Options(Options),
    /// Prove a template: lint it, then check the projects that it makes
    #[command(after_help = EXIT_CODES)]
    Verify(Verify),
    /// Print the completions for a shell
    #[command(after_help = EXIT_CODES)]
    Completions(Completions),
}

/// Holds the fixed arguments of `new`.
#[derive(Debug, Args)]
pub struct New {
    /// Where the project goes; the last component is its name
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// Answer a placeholder
    #[arg(short, long, value_name = "PLACEHOLDER=VALUE")]
    pub define: Vec<String>,
    /// Take answers from a TOML file
    #[arg(long, value_name = "FILE")]
    pub values: Option<PathBuf>,
    /// Take the defaults instead of asking
    #[arg(short, long)]
    pub yes: bool,
    /// Make a repository, or none [default: git, unless the path is inside of one]
    #[arg(long, value_name = "VCS")]
    pub vcs: Option<Vcs>,
    /// Say what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    pub json: bool,
}

/// Holds the arguments of `options`.
#[derive(Debug, Args)]
pub struct Options {
    /// Print them as JSON
    #[arg(long)]
    pub json: bool,
}

/// Holds the arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Is a kind of repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Vcs {
    /// A git repository
    Git,
    /// No repository
    None,
}

/// Is a parsed command line.
#[derive(Debug)]
pub struct Call {
    /// The fixed part.
    pub cli: Cli,
    /// The placeholders that have been given by their own flags.
    pub flags: Vec<(String, String)>,
}

/// Is what has to be known before the rest of the command line can be understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Early {
    /// The command.
    pub verb: Option<String>,
    /// The template.
    pub template: Option<PathBuf>,
    /// The project's folder.
    pub project: Option<PathBuf>,
}

impl Early {
    /// Finds the template, which decides what else the command line may hold, and what decides about it.
    pub fn read(arguments: &[OsString]) -> Self {
        let mut early = Self::default();
        let mut rest = arguments.iter().skip(1).take_while(|argument| *argument != "--").peekable();
        while let Some(argument) = rest.next() {
            // The template of `diff` may be left out.
            let optional = early.verb.as_deref() == Some("diff");
            if argument == "--template" && !optional {
                early.template = early.template.or(rest.next().map(PathBuf::from));
            } else if argument == "--project" {
                early.project = rest.next().map(PathBuf::from);
            } else if let Some(template) = strip_prefix(argument, "--template=") {
                early.template.get_or_insert(template);
            } else if let Some(project) = strip_prefix(argument, "--project=") {
                early.project = Some(project);
            } else if early.verb.is_none() && !argument.to_string_lossy().starts_with('-') {
                early.verb = argument.to_str().map(str::to_owned);
            }
        }
        early
    }

    /// Tells whether the command's flags depend on a template.
    pub fn has_flags(&self) -> bool {
        !matches!(self.verb.as_deref(), Some("status" | "diff" | "set" | "undo"))
    }
}

#[cfg(unix)]
fn strip_prefix(argument: &OsStr, prefix: &str) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let rest = argument.as_bytes().strip_prefix(prefix.as_bytes())?;
    Some(PathBuf::from(OsStr::from_bytes(rest)))
}

#[cfg(not(unix))]
fn strip_prefix(argument: &OsStr, prefix: &str) -> Option<PathBuf> {
    argument.to_str()?.strip_prefix(prefix).map(PathBuf::from)
}

/// Builds the command line for a template.
pub fn command(template: &Template) -> Command {
    let flags = || template.manifest.placeholders.iter().map(flag).collect::<Vec<Arg>>();
    Cli::command()
        .mut_subcommand("new", |new| new.args(flags()))
        .mut_subcommand("update", |update| update.args(flags()))
}

/// Parses the command line for a template, which `early` has found.
///
/// # Errors
/// Gives clap's answer, which may also be the help or the version.
pub fn parse(
    arguments: Vec<OsString>,
    early: &Early,
    template: &Template,
) -> Result<Call, clap::Error> {
    let matches = command(template).try_get_matches_from(arguments)?;
    let cli = Cli::from_arg_matches(&matches)?;
    if early.has_flags() && cli.template != early.template {
        let message = "`--template` is given twice, or in a place where it is no option";
        return Err(command(template).error(ErrorKind::ArgumentConflict, message));
    }
    if cli.template.is_some() && matches!(cli.command, Verb::Undo(_)) {
        let message = "`undo` has no `--template`: it brings back what was there before";
        return Err(command(template).error(ErrorKind::UnknownArgument, message));
    }
    let own = matches.subcommand().filter(|(verb, _)| matches!(*verb, "new" | "update"));
    let flags = own.map(|(_, own)| given(own, &template.manifest.placeholders));
    Ok(Call { cli, flags: flags.unwrap_or_default() })
}

/// Prints clap's answer and gives its exit code.
///
/// # Errors
/// Fails if stdout does.
pub fn answer(answer: &clap::Error, ui: &Ui) -> Result<ExitCode, Failure> {
    if answer.use_stderr() {
        // There is nobody to tell if stderr is gone.
        let _ = answer.print();
    } else {
        ui.written(answer.print())?;
    }
    Ok(u8::try_from(answer.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn given(matches: &ArgMatches, placeholders: &[Placeholder]) -> Vec<(String, String)> {
    let value = |placeholder: &Placeholder| {
        let value = matches.get_one::<String>(&id(placeholder))?;
        Some((placeholder.name.clone(), value.clone()))
    };
    placeholders.iter().filter_map(value).collect()
}

/// Keeps the ids of placeholders apart from those of the fixed arguments.
fn id(placeholder: &Placeholder) -> String {
    format!("placeholder:{}", placeholder.name)
}

fn flag(placeholder: &Placeholder) -> Arg {
    let arg = Arg::new(id(placeholder))
        .long(placeholder.flag())
        .help(help(placeholder))
        .help_heading("Answers");
    match &placeholder.kind {
        Kind::Flag => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_parser(PossibleValuesParser::new(["true", "false"]))
            .value_name("BOOL"),
        Kind::Text => arg.value_name("TEXT"),
        Kind::Choice(choices) => {
            let values = choices.iter().map(|choice| {
                let value = PossibleValue::new(choice.value.clone());
                if choice.label == choice.value { value } else { value.help(choice.label.clone()) }
            });
            arg.value_name("CHOICE").value_parser(PossibleValuesParser::new(values))
        }
    }
}

fn help(placeholder: &Placeholder) -> String {
    let mut help = placeholder.prompt.clone();
    if let Some(default) = &placeholder.default {
        help += &format!(" [default: {default}]");
    }
    if let Some(condition) = &placeholder.condition_text {
        help += &format!(" [only if: {condition}]");
    }
    help + &format!(" [env: {}]", placeholder.variable())
}
