//! Runs the program, and checks exactly what it prints and how it ends.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_firstlight");

/// Is a small template with one placeholder of each kind.
pub const MANIFEST: &str = r#"
[template]
fmt = false

[placeholders.database]
prompt = "Which database?"
choices = ["sqlite", { value = "postgres", label = "PostgreSQL" }]
default = "sqlite"

[placeholders.grpc]
type = "bool"
prompt = "With gRPC?"
default = false

[placeholders.team]
prompt = "Whose is it?"
regex = "^[a-z]+$"

[firstlight]
version = "1.2.3"
next_steps = ["cargo run"]
"#;

const USES_ALL: &str = "{{project-name}} {{database}} {{grpc}} {{team}}\n";

/// Is a folder for one test, with a `template` in it.
pub struct Scene {
    folder: tempfile::TempDir,
}

/// Is a run of the program, not started yet.
pub struct Run {
    command: Command,
    line: String,
}

/// Is what a run came to.
#[derive(Debug)]
pub struct Outcome {
    line: String,
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Scene {
    pub fn new() -> Self {
        let scene = Self::empty();
        scene.write("template/cargo-generate.toml", MANIFEST);
        scene.write("template/all.txt.liquid", USES_ALL);
        scene
    }

    /// Makes a folder without a template.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Lists what is in the scene's folder, without the template.
    pub fn list(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "template")
            .collect();
        names.sort();
        names
    }

    /// Prepares `firstlight` with the words of `line`.
    pub fn run(&self, line: &str) -> Run {
        self.run_words(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub fn run_words<W: AsRef<OsStr>>(&self, words: &[W]) -> Run {
        self.prepare(Command::new(PROGRAM), words)
    }

    /// Prepares `firstlight` within a limit of the shell's `ulimit`.
    pub fn run_limited<W: AsRef<OsStr>>(&self, limit: &str, words: &[W]) -> Run {
        let script = format!("ulimit {limit} && exec \"$0\" \"$@\"");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, PROGRAM]);
        self.prepare(shell, words)
    }

    fn prepare<W: AsRef<OsStr>>(&self, mut command: Command, words: &[W]) -> Run {
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        clean(&mut command);
        let words: Vec<_> = words.iter().map(|word| word.as_ref().to_string_lossy()).collect();
        Run { command, line: words.join(" ") }
    }

    /// Puts a git into the scene that runs `script`, and gives a `PATH` where it comes first.
    pub fn fake_git(&self, script: &str) -> String {
        self.write("template/.git/git", format!("#!/bin/sh\n{script}\n"));
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path("template/.git/git"), executable).unwrap();
        let own = self.path("template/.git");
        format!("{}:{}", own.display(), std::env::var("PATH").unwrap())
    }
}

/// Takes away what the machine would change about a run.
pub fn clean(command: &mut Command) {
    let foreign = |name: &str| {
        name.starts_with("FIRSTLIGHT_")
            || name.starts_with("GIT_")
            || name.starts_with("GITHUB_")
            || name.starts_with("CARGO_PROFILE_")
            || name == "CARGO_INCREMENTAL"
            || name == "OUT_DIR"
            || name == "CI"
            || name == "NO_COLOR"
    };
    // The help is wrapped to a width that the machine might choose.
    command.env_remove("COLUMNS");
    for (name, _) in std::env::vars().filter(|(name, _)| foreign(name)) {
        command.env_remove(name);
    }
    // Neither a repository above the folder nor a configuration of the machine counts.
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
}

impl Run {
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    pub fn start(mut self) -> Child {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub fn outcome(mut self) -> Outcome {
        let output = self.command.output().unwrap();
        Outcome {
            line: self.line,
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Outcome {
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[track_caller]
    pub fn prints(&self, stdout: &str) -> &Self {
        assert_eq!(self.stdout, stdout, "stdout of `{}`; stderr: {}", self.line, self.stderr);
        self
    }

    #[track_caller]
    pub fn says(&self, stderr: &str) -> &Self {
        assert_eq!(self.stderr, stderr, "stderr of `{}`", self.line);
        self
    }

    /// Writes the run down as a person would see it.
    pub fn transcript(&self) -> String {
        let mut text = format!("$ firstlight {}\n{}{}", self.line, self.stdout, self.stderr);
        text += &match self.code {
            Some(code) => format!("exit code {code}\n"),
            None => "killed\n".to_owned(),
        };
        text
    }
}

/// Compares a text with the file that holds what it should be, or writes that file.
#[track_caller]
pub fn assert_snapshot(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots").join(name);
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let hint = "look at the difference, then: BLESS=1 cargo test --test cli";
    let differs = |(number, (found, expected)): (usize, (&str, &str))| {
        (found != expected)
            .then(|| format!("line {}:\n  found:    {found}\n  expected: {expected}", number + 1))
    };
    let end = std::iter::repeat_n("(the end)", 1);
    let lines = text.lines().chain(end.clone()).zip(expected.lines().chain(end));
    if text != expected {
        let first = lines.enumerate().find_map(differs).unwrap_or_default();
        panic!("{} differs from what is printed, {first}\n{hint}", path.display());
    }
}
