//! cargo-generate as a program, in the version that the tests compare with; `make bench-new` runs it.

use cargo_generate::{Cli, generate};
use clap::Parser as _;

fn main() {
    let Cli::Generate(arguments) = Cli::parse();
    generate(arguments).expect("the project is generated");
}
