//! The arguments of `verify`.

use std::path::PathBuf;

use clap::Args;

use crate::name::Name;

/// Holds the arguments of `verify`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Verify {
    /// Check every combination of choices instead of covering all pairs
    #[arg(long, conflicts_with = "strength")]
    pub all: bool,
    /// Cover this many choices together
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=6))]
    pub strength: u8,
    /// Check only combinations with this answer
    #[arg(long, value_name = "PLACEHOLDER=VALUE")]
    pub only: Vec<String>,
    /// Give all projects this name instead of several in turn
    #[arg(long, value_parser = Name::parse)]
    pub name: Option<Name>,
    /// Check only the projects that have changed since this revision of the template's repository
    #[arg(long, value_name = "REVISION")]
    pub since: Option<String>,
    /// Check projects that were made at this revision, edited, and updated
    #[arg(long, value_name = "REVISION", conflicts_with = "since")]
    pub update_from: Option<String>,
    /// Run the checks of a template that comes from elsewhere
    #[arg(long)]
    pub trust: bool,
    /// Lint, and check nothing
    #[arg(long)]
    pub lint: bool,
    /// Check again what has passed before
    #[arg(long)]
    pub fresh: bool,
    /// Check this many projects at once [default: one for every four processors, at least two where
    /// there are two]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub jobs: Option<u8>,
    /// Let cargo build in this folder instead of one in the cache
    #[arg(long, value_name = "FOLDER")]
    pub target_dir: Option<PathBuf>,
    /// Put the projects that fail, and what was printed, into this folder
    #[arg(long, value_name = "FOLDER")]
    pub keep: Option<PathBuf>,
    /// Write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Say what would be checked, and check nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the results as JSON
    #[arg(long)]
    pub json: bool,
}
