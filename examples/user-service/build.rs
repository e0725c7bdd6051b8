//! Rebuilds the service when a migration is added: they are embedded into it.

#[expect(clippy::disallowed_macros, reason = "cargo reads instructions from stdout")]
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
