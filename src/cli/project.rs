//! The arguments of what is done to a project that is there.

use std::path::PathBuf;

use clap::Args;

/// Tells which project it is about.
#[derive(Debug, Args)]
pub struct Where {
    /// The project's folder [default: the one that the current folder is in]
    #[arg(long, value_name = "PATH")]
    pub project: Option<PathBuf>,
}

/// Holds the arguments of `status`.
#[derive(Debug, Args)]
pub struct Status {
    /// The project.
    #[command(flatten)]
    pub place: Where,
    /// Exit with 3 if anything has drifted
    #[arg(long)]
    pub check: bool,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// Holds the arguments of `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// The project.
    #[command(flatten)]
    pub place: Where,
    /// Show what an update would bring, from this template or from the project's own
    #[arg(long, value_name = "PATH|URL[#REV]", num_args = 0..=1)]
    pub template: Option<Option<PathBuf>>,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// Holds the fixed arguments of `update`.
#[derive(Debug, Args)]
pub struct Update {
    /// The project.
    #[command(flatten)]
    pub place: Where,
    /// Answer a placeholder that is new
    #[arg(short, long, value_name = "PLACEHOLDER=VALUE")]
    pub define: Vec<String>,
    /// Take answers to new placeholders from a TOML file
    #[arg(long, value_name = "FILE")]
    pub values: Option<PathBuf>,
    /// Take the defaults instead of asking
    #[arg(short, long)]
    pub yes: bool,
    /// Say what would happen, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    pub json: bool,
}

/// Holds the arguments of `set`.
#[derive(Debug, Args)]
pub struct Set {
    /// The new answers
    #[arg(required = true, value_name = "KEY=VALUE")]
    pub answers: Vec<String>,
    /// The project.
    #[command(flatten)]
    pub place: Where,
    /// Take the defaults of what the new answers ask for, instead of asking
    #[arg(short, long)]
    pub yes: bool,
    /// Say what would happen, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    pub json: bool,
}

/// Holds the arguments of `undo`.
#[derive(Debug, Args)]
pub struct Undo {
    /// The project.
    #[command(flatten)]
    pub place: Where,
    /// Takes the place of the option of all other commands, for it to be refused.
    #[arg(long, hide = true)]
    pub template: Option<PathBuf>,
    /// Throw away what was edited since, too
    #[arg(long)]
    pub force: bool,
    /// Say what would happen, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    pub json: bool,
}
