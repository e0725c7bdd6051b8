//! In the compiler's place: what is handed over, and what is not.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use super::tools::program;
use super::{ONE, scene};
use crate::support::{PROGRAM, Run, Scene, clean};

const BUILD: &str = "dep-info,metadata,link";
const CHECK: &str = "dep-info,metadata";

/// Is a crate as cargo compiles it, with firstlight in the compiler's place.
struct Crate {
    scene: Scene,
    compiler: PathBuf,
    arguments: Vec<String>,
    color: &'static str,
    /// Is the folder for what is compiled.
    out: PathBuf,
    has_script: bool,
    /// Is what cargo calls the crate that is built.
    unit: &'static str,
}

impl Crate {
    fn new() -> Self {
        let scene = Scene::empty();
        symlink(PROGRAM, scene.path("firstlight-rustc")).unwrap();
        scene.write("a folder/lib.rs", "pub const COLOR: Option<&str> = option_env!(\"COLOR\");");
        scene.write("libother.rmeta", "one");
        fs::create_dir(scene.path("out")).unwrap();
        let arguments = [
            "--crate-name demo --crate-type lib --cap-lints allow",
            "--check-cfg cfg(docsrs)",
            &format!("--extern unused={}", scene.path("libother.rmeta").display()),
        ];
        let words = arguments.iter().flat_map(|line| line.split(' ').map(str::to_owned));
        let source = scene.path("a folder/lib.rs").display().to_string();
        let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
        let sysroot = String::from_utf8(sysroot.stdout).unwrap();
        let compiler = Path::new(sysroot.trim()).join("bin/rustc");
        let (arguments, out) = (words.chain([source]).collect(), scene.path("out"));
        Self { scene, compiler, arguments, color: "red", out, has_script: false, unit: "built" }
    }

    /// Has each call of the compiler leave a line in a file.
    fn counted() -> Self {
        let mut made = Self::new();
        let calls = made.scene.path("calls");
        made.wrap(&format!("echo >>'{}'", calls.display()), "");
        made
    }

    /// Runs commands before and after the compiler.
    fn wrap(&mut self, before: &str, after: &str) {
        let compiler = self.compiler.display();
        let script = format!("{before}\n'{compiler}' \"$@\" || exit 1\n{after}");
        program(&self.scene, "compiler", &script);
        self.compiler = self.scene.path("compiler");
    }

    /// Gives the source a time, so long from now.
    fn touch(&self, ahead: Duration) {
        let source = fs::File::options().write(true).open(self.scene.path("a folder/lib.rs"));
        source.unwrap().set_modified(SystemTime::now() + ahead).unwrap();
    }

    /// Compiles the crate, and tells how often the compiler was called so far.
    fn calls(&self, emit: &str) -> usize {
        let output = self.compile(emit);
        assert!(output.status.success(), "{output:?}");
        fs::read(self.scene.path("calls")).unwrap().len()
    }

    fn compile(&self, emit: &str) -> Output {
        let mut command = Command::new(self.scene.path("firstlight-rustc"));
        clean(&mut command);
        let unit = if emit == BUILD { self.unit } else { "checked" };
        command.arg(&self.compiler).args(&self.arguments);
        command.current_dir(self.scene.path("a folder"));
        command.arg(format!("--emit={emit}"));
        command.args(["-C", &format!("metadata={unit}"), "-C", &format!("extra-filename=-{unit}")]);
        command.arg("--out-dir").arg(&self.out).env("COLOR", self.color);
        if self.has_script {
            command.env("OUT_DIR", self.scene.path("script"));
        }
        command.output().unwrap()
    }

    /// Builds the crate, changes something, and tells whether a check is spared the work.
    fn is_spared(change: impl FnOnce(&mut Self)) -> bool {
        Self::new().spares(change)
    }

    fn spares(mut self, change: impl FnOnce(&mut Self)) -> bool {
        let made = &mut self;
        let output = made.compile(BUILD);
        assert!(output.status.success(), "{output:?}");
        change(made);
        let output = made.compile(CHECK);
        assert!(output.status.success(), "{output:?}");
        let file = |name| fs::read(made.out.join(name)).unwrap();
        assert!(String::from_utf8_lossy(&file("demo-checked.d")).contains("lib.rs:"));
        // Compiled by itself, it would have the name of the check in it.
        file("libdemo-checked.rmeta") == file("libdemo-built.rmeta")
    }
}

#[test]
fn what_was_built_is_not_compiled_to_be_checked() {
    assert!(Crate::is_spared(|_| {}));
    assert!(Crate::is_spared(|made| fs::remove_file(made.scene.path("out/demo-built.d")).unwrap()));
}

#[test]
fn what_one_lane_has_compiled_another_one_does_not() {
    let mut made = Crate::counted();
    let mut calls = |lane: &str, emit| {
        let debug = made.scene.path(lane).join("debug");
        made.out = debug.join("deps");
        fs::create_dir_all(&made.out).unwrap();
        let native = format!("native={}", debug.join("build/other/out").display());
        let arguments = made.arguments.clone();
        made.arguments.extend(["-L".to_owned(), native]);
        let calls = made.calls(emit);
        made.arguments = arguments;
        calls
    };

    assert_eq!(calls("lane-0", CHECK), 1);
    assert_eq!(calls("lane-0", CHECK), 1, "over itself");
    assert_eq!(calls("lane-1", CHECK), 1);
    assert_eq!(calls("lane-0", BUILD), 2, "there is no code yet");
    assert_eq!(calls("lane-0", BUILD), 2, "over itself");
    assert_eq!(calls("lane-1", BUILD), 2);
    for file in ["libdemo-built.rlib", "libdemo-built.rmeta", "libdemo-checked.rmeta"] {
        let of = |lane: &str| {
            let path = made.scene.path(lane).join("debug/deps").join(file);
            fs::read(path).unwrap()
        };
        assert!(!of("lane-0").is_empty(), "{file}");
        assert!(of("lane-0") == of("lane-1"), "{file}");
    }
}

#[test]
fn code_is_handed_over_for_the_same_unit_only() {
    let mut made = Crate::counted();
    assert_eq!(made.calls(BUILD), 1);
    made.unit = "other";
    assert_eq!(made.calls(BUILD), 2);
    assert_eq!(made.calls(BUILD), 2);
    made.touch(Duration::ZERO);
    assert_eq!(made.calls(BUILD), 3, "a source has changed");
    assert_eq!(made.calls(BUILD), 3);
}

#[test]
fn the_project_itself_is_always_compiled() {
    let mut made = Crate::counted();
    let source = made.arguments.last_mut().unwrap();
    "lib.rs".clone_into(source);

    // `RUSTFLAGS` can ask for what sets dependencies apart.
    assert_eq!(made.calls(BUILD), 1);
    assert_eq!(made.calls(CHECK), 2);
    assert_eq!(made.calls(BUILD), 3);
}

#[test]
fn what_a_build_script_may_have_added_to_is_built_each_time() {
    let mut made = Crate::counted();
    made.has_script = true;

    assert_eq!(made.calls(BUILD), 1);
    assert_eq!(made.calls(CHECK), 1);
    assert_eq!(made.calls(BUILD), 2);
}

#[test]
fn what_has_changed_since_it_was_built_is_compiled() {
    let later = |made: &mut Crate| made.touch(Duration::from_secs(10));
    assert!(!Crate::is_spared(later), "a source");
    assert!(!Crate::is_spared(|made| made.color = "blue"), "a variable");
    assert!(!Crate::is_spared(|made| made.scene.write("libother.rmeta", "two")), "a dependency");
    let feature = |made: &mut Crate| made.arguments.extend(["--cfg", "docsrs"].map(str::to_owned));
    assert!(!Crate::is_spared(feature), "a feature");
}

/// `/dev/shm` is seldom on the file system of other temporary files.
#[cfg(target_os = "linux")]
#[test]
fn what_was_built_on_another_file_system_is_handed_over_as_well() {
    let made = || {
        let (made, elsewhere) = (Crate::new(), tempfile::tempdir_in("/dev/shm").unwrap());
        fs::remove_dir(made.scene.path("out")).unwrap();
        symlink(elsewhere.path(), made.scene.path("out")).unwrap();
        (made, elsewhere)
    };
    let (unchanged, _elsewhere) = made();
    assert!(unchanged.spares(|_| {}));

    // A source changes after the compiler has read it, and before it ends.
    let (mut changed, _elsewhere) = made();
    let source = changed.scene.path("a folder/lib.rs");
    changed.wrap("", &format!("touch '{}'", source.display()));
    assert!(!changed.spares(|_| {}));
}

#[test]
fn only_the_libraries_of_dependencies_are_kept() {
    for (word, other) in [("allow", "warn"), ("lib", "dylib")] {
        let mut made = Crate::new();
        let place = made.arguments.iter().position(|argument| argument == word).unwrap();
        other.clone_into(&mut made.arguments[place]);
        let output = made.compile(BUILD);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(made.scene.list().iter().filter(|path| path.len() >= 64).count(), 0, "{other}");
    }
}

#[test]
fn what_does_not_compile_fails_as_it_would() {
    let made = Crate::new();
    made.scene.write("a folder/lib.rs", "fn wrong( {}");
    for emit in [BUILD, CHECK, BUILD] {
        let output = made.compile(emit);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("unclosed delimiter"),
            "{output:?}"
        );
    }
}

#[test]
fn checks_have_the_program_in_the_compilers_place_unless_there_is_another() {
    let say =
        r#"echo "$RUSTC_WRAPPER" >"$SEEN"; test -z "$RUSTC_WRAPPER" || "$RUSTC_WRAPPER" rustc -V"#;
    let scene = scene(&[("say", &["sh", "-c", say])]);
    let line = format!("verify --template template --fresh {ONE}");
    let seen = |run: Run| {
        run.env("SEEN", scene.path("seen")).outcome().exits(0);
        fs::read_to_string(scene.path("seen")).unwrap().trim().to_owned()
    };
    let run = || scene.run(&line).env("XDG_CACHE_HOME", scene.path("cache"));
    let own = seen(run());
    assert!(own.ends_with("/libraries/firstlight-rustc"), "{own}");
    let libraries = Path::new(&own).parent().unwrap();
    for library in ["key.killed-one.12", "key.unused", "key.used"] {
        fs::create_dir(libraries.join(library)).unwrap();
        fs::write(libraries.join(library).join("metadata"), "").unwrap();
    }
    fs::hard_link(libraries.join("key.used/metadata"), scene.path("target")).unwrap();
    assert_eq!(seen(run()), own);
    let left = fs::read_dir(libraries).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(
        left.collect::<BTreeSet<_>>(),
        ["firstlight-rustc", "key.used"].map(Into::into).into()
    );
    assert_eq!(seen(run().env("RUSTC_WRAPPER", "env")), "env");
    assert_eq!(seen(run().env("CARGO_BUILD_RUSTC_WRAPPER", "env")), "");
}
