//! In the compiler's place: what was compiled of a dependency is not compiled once more.
//!
//! To cargo, a crate that is built, as for tests, and the same crate checked, as for clippy and rustdoc,
//! are two. The compiler works on it twice, for code and metadata, and for metadata alone, though that of
//! the first would do. So are two that are built in the target directories of two lanes. As cargo's
//! `RUSTC_WRAPPER`, this program keeps what was compiled by all that it comes from, and hands it over
//! when it would be made again.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitCode};
use std::time::SystemTime;
use std::{env, io};

use sha2::{Digest, Sha256};

use super::fingerprint::Fingerprint;

/// Is what this program is called when it is in the compiler's place: the name of a link to it, in the
/// folder where libraries are kept.
const NAME: &str = "firstlight-rustc";

/// Is what the metadata of a library is called where it is kept.
const METADATA: &str = "metadata";

/// Is what its code is called there.
const CODE: &str = "code";

/// Is what the list of its sources is called there.
const SOURCES: &str = "sources";

/// Makes a folder for libraries, and gives the program that cargo has to call in the compiler's place.
///
/// # Errors
/// Fails if the system refuses, or has no such links.
pub fn install(folder: &Path) -> io::Result<PathBuf> {
    let link = folder.join(NAME);
    fs::create_dir_all(folder)?;
    clear(folder)?;
    let _ = fs::remove_file(&link);
    symlink(&env::current_exe()?, &link)?;
    Ok(link)
}

/// Removes what no target directory has any more, and what killed processes have left behind.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_part = path
            .extension()
            .is_some_and(|end| end.as_encoded_bytes().iter().all(u8::is_ascii_digit));
        if is_part || !is_linked(&path.join(METADATA)) {
            // A link to a folder goes, too, not what is in it.
            let _ = fs::remove_dir_all(path);
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_linked(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).is_ok_and(|found| found.nlink() > 1)
}

#[cfg(not(unix))]
fn is_linked(_: &Path) -> bool {
    false
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
    let task = Task::new(compiler, arguments);
    if task.as_ref().is_some_and(|task| task.take(folder).is_ok()) {
        return Ok(ExitCode::SUCCESS);
    }
    let begin = SystemTime::now();
    let status = Command::new(compiler).args(arguments).status()?;
    if let Some(task) = task.filter(|_| status.success()) {
        // What cannot be kept is made again.
        let _ = task.keep(folder, begin);
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Is the library of a dependency, to be compiled.
struct Task {
    /// Tells whether code is wanted, not metadata alone.
    builds: bool,
    /// Tells whether the code may have parts that a build script has made: no argument stands for them.
    has_script: bool,
    /// Stands for all that the metadata comes from, except the sources and the unit.
    key: String,
    /// Is what cargo calls the unit: the same crate that is built and that is checked are two.
    unit: String,
    /// Is the file for the metadata.
    metadata: PathBuf,
    /// Is the file for the code.
    code: PathBuf,
    /// Is the file for the list of the sources: files, and variables that the crate reads.
    sources: PathBuf,
}

impl Task {
    /// Reads the arguments of the compiler, as cargo gives them; none if they are for something else.
    fn new(compiler: &Path, arguments: &[OsString]) -> Option<Self> {
        let mut fingerprint = Fingerprint::default();
        let mut part = |bytes: &[u8]| fingerprint.part(bytes);
        let program = fs::metadata(compiler).ok()?;
        let made = env::var_os("OUT_DIR");
        part(compiler.as_os_str().as_encoded_bytes());
        part(format!("{} {:?}", program.len(), program.modified().ok()?).as_bytes());
        part(env::var_os("RUSTC_BOOTSTRAP").unwrap_or_default().as_encoded_bytes());
        part(made.as_deref().unwrap_or_default().as_encoded_bytes());

        let (mut builds, mut is_foreign, mut has_script) = (None, false, made.is_some());
        let (mut folder, mut name, mut hash, mut suffix) = ("", "", "", "");
        let mut before = "";
        for word in arguments {
            let word = word.to_str()?;
            match (before, word.split_once('=')) {
                (_, Some(("--emit", "dep-info,metadata,link"))) => builds = Some(true),
                (_, Some(("--emit", "dep-info,metadata"))) => builds = Some(false),
                // Names, and places.
                ("-C", Some(("metadata", value))) => hash = value,
                ("-C", Some(("extra-filename", value))) => suffix = value,
                ("-L", Some(("dependency" | "native", _))) => {}
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
                        "-l" => has_script = true,
                        // So cargo calls the files of the project, which is another one each time.
                        _ if is_relative_source(word) => return None,
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
            has_script,
            key: fingerprint.name(),
            unit: format!("{hash}{suffix}"),
            metadata: file("lib", "rmeta"),
            code: file("lib", "rlib"),
            sources: file("", "d"),
        })
    }

    /// Keeps what was compiled; `begin` is when the compiler was started.
    fn keep(&self, folder: &Path, begin: SystemTime) -> io::Result<()> {
        let place = folder.join(self.place());
        let part = place.with_added_extension(process::id().to_string());
        fs::create_dir(&part)?;
        let kept = self.fill(&part, begin).and_then(|()| {
            // What is there is out of date, or another lane's work of the same moment.
            let _ = fs::remove_dir_all(&place);
            fs::rename(&part, &place)
        });
        if kept.is_err() {
            let _ = fs::remove_dir_all(&part);
            return kept;
        }
        symlink(Path::new(&self.place()), &part)?;
        fs::rename(part, folder.join(&self.key))
    }

    fn fill(&self, part: &Path, begin: SystemTime) -> io::Result<()> {
        let sources = part.join(SOURCES);
        fs::copy(&self.sources, &sources)?;
        File::options().write(true).open(sources)?.set_modified(begin)?;
        // To another file system there are no links, and code would take much space.
        fs::hard_link(&self.metadata, part.join(METADATA))
            .or_else(|_| fs::copy(&self.metadata, part.join(METADATA)).map(drop))?;
        if self.builds && !self.has_script {
            let _ = fs::hard_link(&self.code, part.join(CODE));
        }
        Ok(())
    }

    /// Takes what was kept, unless a source has changed since.
    fn take(&self, folder: &Path) -> io::Result<()> {
        let kept = if self.builds { self.place() } else { self.key.clone() };
        let kept = folder.join(kept);
        let begin = || fs::metadata(kept.join(SOURCES))?.modified();
        let time = begin()?;
        let sources = fs::read_to_string(kept.join(SOURCES))?;
        if !sources.lines().all(|line| is_as_it_was(line, time)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if self.builds {
            replace(&kept.join(CODE), &self.code)?;
        }
        replace(&kept.join(METADATA), &self.metadata)?;
        fs::write(&self.sources, sources)?;
        // Another lane may have kept its own meanwhile: the files have to be of one making.
        if begin()? == time { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    /// Gives the name of the folder for what was compiled.
    fn place(&self) -> String {
        format!("{}.{}", self.key, self.unit)
    }
}

fn is_relative_source(word: &str) -> bool {
    let path = Path::new(word);
    path.is_relative() && path.extension().is_some_and(|end| end == "rs")
}

/// Copies a file to where there may be another, or a link to it.
fn replace(from: &Path, to: &Path) -> io::Result<()> {
    // To copy a file over a link to it would empty both.
    let _ = fs::remove_file(to);
    fs::copy(from, to).map(drop)
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
