//! In the compiler's place: what was done to build a dependency is not done once more to check it.
//!
//! To cargo, a crate that is built, as for tests, and the same crate checked, as for clippy and rustdoc,
//! are two. The compiler works on it twice, for code and metadata, and for metadata alone, though that of
//! the first would do. As cargo's `RUSTC_WRAPPER`, this program keeps the metadata of what is built by all
//! that it comes from, and hands it over when it would be made again.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitCode};
use std::time::SystemTime;
use std::{env, io};

use sha2::{Digest, Sha256};

use super::fingerprint::Fingerprint;

/// Is what this program is called when it is in the compiler's place: the name of a link to it, in the
/// folder where metadata is kept.
const NAME: &str = "firstlight-rustc";

/// Makes a folder for metadata, and gives the program that cargo has to call in the compiler's place.
///
/// # Errors
/// Fails if the system refuses, or has no such links.
pub fn install(folder: &Path) -> io::Result<PathBuf> {
    let link = folder.join(NAME);
    fs::create_dir_all(folder)?;
    let _ = fs::remove_file(&link);
    symlink(&env::current_exe()?, &link)?;
    Ok(link)
}

#[cfg(unix)]
use std::os::unix::fs::symlink;

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Does the compiler's work if this program was called in its place, with the compiler and its arguments.
pub fn stand_in(arguments: &[OsString]) -> Option<ExitCode> {
    let [own, compiler, arguments @ ..] = arguments else { return None };
    let own = Path::new(own);
    let folder = own.parent().filter(|_| own.file_name().is_some_and(|name| name == NAME))?;
    let done = compile(folder, Path::new(compiler), arguments);
    Some(done.unwrap_or_else(|error| {
        eprintln!("cannot run `{}`: {error}", compiler.display());
        ExitCode::FAILURE
    }))
}

fn compile(folder: &Path, compiler: &Path, arguments: &[OsString]) -> io::Result<ExitCode> {
    let (built, checked) = match Task::new(compiler, arguments) {
        Some(task) if task.builds => (Some(task), None),
        task => (None, task),
    };
    if checked.is_some_and(|task| task.take(folder).is_ok()) {
        return Ok(ExitCode::SUCCESS);
    }
    let begin = SystemTime::now();
    let status = Command::new(compiler).args(arguments).status()?;
    if let Some(task) = built.filter(|_| status.success()) {
        // What cannot be kept is made again.
        let _ = task.keep(folder, begin);
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Is the library of a dependency, to be compiled.
struct Task {
    /// Stands for all that the metadata comes from, except the sources.
    key: String,
    /// Tells whether code is wanted, too.
    builds: bool,
    /// Is the file for the metadata.
    metadata: PathBuf,
    /// Is the file for the list of the sources: files, and variables that the crate reads.
    sources: PathBuf,
}

impl Task {
    /// Reads the arguments of the compiler, as cargo gives them; none if they are for something else.
    fn new(compiler: &Path, arguments: &[OsString]) -> Option<Self> {
        let mut fingerprint = Fingerprint::default();
        let mut part = |bytes: &[u8]| fingerprint.part(bytes);
        let program = fs::metadata(compiler).ok()?;
        part(compiler.as_os_str().as_encoded_bytes());
        part(format!("{} {:?}", program.len(), program.modified().ok()?).as_bytes());
        part(env::var_os("RUSTC_BOOTSTRAP").unwrap_or_default().as_encoded_bytes());

        let (mut builds, mut is_foreign) = (None, false);
        let (mut folder, mut name, mut suffix) = ("", "", "");
        let mut before = "";
        for word in arguments {
            let word = word.to_str()?;
            match (before, word.split_once('=')) {
                (_, Some(("--emit", "dep-info,metadata,link"))) => builds = Some(true),
                (_, Some(("--emit", "dep-info,metadata"))) => builds = Some(false),
                // Names, by which cargo tells apart what is built and what is checked, and places.
                ("-C", Some(("metadata", _))) | ("-L", Some(("dependency", _))) => {}
                ("-C", Some(("extra-filename", value))) => suffix = value,
                ("--out-dir", _) => folder = word,
                ("--extern", Some((name, path))) => {
                    part(name.as_bytes());
                    part(&Sha256::digest(fs::read(path).ok()?));
                }
                _ => {
                    match before {
                        "--crate-name" => name = word,
                        "--crate-type" if !matches!(word, "lib" | "rlib") => return None,
                        "--cap-lints" => is_foreign = word == "allow",
                        _ => {}
                    }
                    part(word.as_bytes());
                }
            }
            before = word;
        }
        let file =
            |start: &str, end: &str| Path::new(folder).join(format!("{start}{name}{suffix}.{end}"));
        is_foreign.then_some(Self {
            builds: builds?,
            metadata: file("lib", "rmeta"),
            sources: file("", "d"),
            key: fingerprint.name(),
        })
    }

    /// Keeps what was built; `begin` is when the compiler was started.
    fn keep(&self, folder: &Path, begin: SystemTime) -> io::Result<()> {
        let kept = folder.join(&self.key);
        let part = kept.with_extension(process::id().to_string());
        fs::copy(&self.sources, &part)?;
        fs::rename(&part, kept.with_extension("d"))?;
        // It goes by the time that cargo will give to the file, which is that of the compiler's start.
        fs::hard_link(&self.metadata, &part).or_else(|_| {
            // To another file system there are no links.
            fs::copy(&self.metadata, &part)?;
            File::options().write(true).open(&part)?.set_modified(begin)
        })?;
        fs::rename(&part, &kept)
    }

    /// Takes what was kept, unless a source has changed since.
    fn take(&self, folder: &Path) -> io::Result<()> {
        let kept = folder.join(&self.key);
        let time = fs::metadata(&kept)?.modified()?;
        let sources = fs::read_to_string(kept.with_extension("d"))?;
        if !sources.lines().all(|line| is_as_it_was(line, time)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        fs::copy(kept, &self.metadata)?;
        fs::write(&self.sources, sources)
    }
}

/// Tells whether what a line of the compiler's list names is as it was at some time.
fn is_as_it_was(line: &str, time: SystemTime) -> bool {
    if let Some(variable) = line.strip_prefix("# env-dep:") {
        let (name, value) =
            variable.split_once('=').map_or((variable, None), |(name, value)| (name, Some(value)));
        let escape =
            |value: String| value.replace('\\', r"\\").replace('\n', r"\n").replace('\r', r"\r");
        return env::var(name).ok().map(escape).as_deref() == value;
    }
    // Each file has a line of its own, which looks as if it depended on nothing.
    let Some(path) = line.strip_suffix(':') else { return true };
    let changed = fs::metadata(path.replace(r"\ ", " ")).and_then(|file| file.modified());
    changed.is_ok_and(|changed| changed <= time)
}
