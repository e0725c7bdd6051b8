//! In the compiler's place: what is handed over, and what is not.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
        Self { arguments: words.chain([source]).collect(), scene, compiler, color: "red" }
    }

    fn compile(&self, emit: &str) -> Output {
        let mut command = Command::new(self.scene.path("firstlight-rustc"));
        clean(&mut command);
        let kind = if emit == BUILD { "built" } else { "checked" };
        command.arg(&self.compiler).args(&self.arguments);
        command.arg(format!("--emit={emit}"));
        command.args(["-C", &format!("metadata={kind}"), "-C", &format!("extra-filename=-{kind}")]);
        command.arg("--out-dir").arg(self.scene.path("out")).env("COLOR", self.color);
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
        let file = |name| fs::read(made.scene.path("out").join(name)).unwrap();
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
fn what_has_changed_since_it_was_built_is_compiled() {
    let later = |made: &mut Crate| {
        let source = fs::File::options().write(true).open(made.scene.path("a folder/lib.rs"));
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(10);
        source.unwrap().set_modified(later).unwrap();
    };
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
    let script = format!(
        "#!/bin/sh\n'{}' \"$@\" && touch '{}'\n",
        changed.compiler.display(),
        source.display()
    );
    changed.compiler = changed.scene.path("compiler");
    changed.scene.write("compiler", script);
    fs::set_permissions(&changed.compiler, fs::Permissions::from_mode(0o755)).unwrap();
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
    assert!(own.ends_with("/lane-0/metadata/firstlight-rustc"), "{own}");
    assert_eq!(seen(run()), own);
    assert_eq!(seen(run().env("RUSTC_WRAPPER", "env")), "env");
    assert_eq!(seen(run().env("CARGO_BUILD_RUSTC_WRAPPER", "env")), "");
}
