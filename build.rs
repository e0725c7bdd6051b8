//! Packs the folder `template/` into the library: paths, executable bits, contents.

#[path = "src/executable.rs"]
mod executable;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use self::executable::is_executable;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/executable.rs");
    // Cargo watches a folder with everything in it, new files included.
    println!("cargo::rerun-if-changed=template");
    let root =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("template");
    let mut paths = Vec::new();
    walk(&root, &mut paths)?;
    paths.sort();
    let mut code = String::from("&[\n");
    for path in paths {
        let relative = path.strip_prefix(&root).expect("the walk starts at the root");
        let names: Vec<_> =
            relative.iter().map(|name| name.to_str().expect("paths are UTF-8")).collect();
        let executable = is_executable(&fs::metadata(&path)?);
        writeln!(
            code,
            "({:?}, {executable}, include_bytes!({:?})),",
            names.join("/"),
            path.to_string_lossy()
        )
        .expect("a string takes all");
    }
    code.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("template.rs"), code)
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), paths)?;
        } else if kind.is_file() {
            paths.push(entry.path());
        } else {
            let message = format!("{} is neither a file nor a folder", entry.path().display());
            return Err(io::Error::other(message));
        }
    }
    Ok(())
}
