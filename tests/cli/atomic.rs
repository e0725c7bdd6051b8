//! All or nothing: whatever ends a run, nothing half-written stays at the destination.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::{PROGRAM, Scene, clean};

const NEW: [&str; 8] =
    ["new", "deep/one", "--template", "template", "--yes", "--team", "a", "--vcs=git"];

/// Is a run that stands still in the middle; a test that fails takes it along.
struct Halted(Option<Child>);

impl Halted {
    /// Starts a run whose git says that it was started, when all files are written, and waits.
    fn new(scene: &Scene) -> Self {
        Self::with(scene, "--default-signal")
    }

    fn with(scene: &Scene, disposition: &str) -> Self {
        let path = scene.fake_git(": > \"$STARTED\"\nexec sleep 1000");
        let started = scene.path("template/.git/started");
        // Tests may run where the signal of a closed terminal is ignored, and programs inherit that.
        let mut command = Command::new("env");
        command.arg(format!("{disposition}=HUP")).arg(PROGRAM).args(NEW);
        command.current_dir(scene.path("")).stderr(Stdio::piped()).process_group(0);
        clean(&mut command);
        let child = command.env("PATH", path).env("STARTED", &started).spawn().unwrap();
        let mut halted = Self(Some(child));
        while !started.exists() {
            let ended = halted.0.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "the run ended before git was started: {ended:?}");
            thread::sleep(Duration::from_millis(5));
        }
        halted
    }

    fn id(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }

    /// Waits for the end, and gives the exit code and what was said.
    fn finish(mut self) -> (Option<i32>, String) {
        let output = self.0.take().unwrap().wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

impl Drop for Halted {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            kill("-KILL", &format!("-{}", child.id()));
            let _ = child.wait();
        }
    }
}

fn kill(signal: &str, process: &str) {
    let done = Command::new("kill").args([signal, "--", process]).status().unwrap();
    assert!(done.success());
}

#[test]
fn ctrl_c_in_the_middle_leaves_nothing_behind() {
    let scene = Scene::new();
    let child = Halted::new(&scene);
    assert_eq!(scene.list(), [format!(".one.firstlight-tmp-{}-0", child.id())]);
    // A terminal sends the signal to the whole group.
    kill("-INT", &format!("-{}", child.id()));
    let (code, stderr) = child.finish();
    assert_eq!(code, Some(1));
    assert_eq!(stderr, "error: interrupted\n\nhint: nothing was left behind\n");
    assert_eq!(scene.list(), Vec::<String>::new());
}

#[test]
fn the_signals_of_a_supervisor_or_a_closed_terminal_leave_nothing_behind() {
    for signal in ["-TERM", "-HUP"] {
        let scene = Scene::new();
        let child = Halted::new(&scene);
        kill(signal, &child.id().to_string());
        let (code, stderr) = child.finish();
        assert_eq!(code, Some(1), "{signal}");
        assert_eq!(stderr, "error: interrupted\n\nhint: nothing was left behind\n");
        assert_eq!(scene.list(), Vec::<String>::new(), "{signal}");
    }
}

#[test]
fn a_killed_run_leaves_one_folder_which_the_next_run_clears() {
    let scene = Scene::new();
    let child = Halted::new(&scene);
    let group = format!("-{}", child.id());
    let left = format!(".one.firstlight-tmp-{}-0", child.id());
    kill("-KILL", &group);
    child.finish();
    assert_eq!(scene.list().join(" "), left);
    // The folder above exists now, and did not when the leftover was made.
    fs::create_dir(scene.path("deep")).unwrap();
    let line = "new deep/one --template template --yes --team a --vcs none";
    scene.run(line).outcome().exits(0);
    assert_eq!(scene.list(), ["deep"]);
    let names: Vec<_> = fs::read_dir(scene.path("deep")).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(scene.read("deep/one/all.txt"), "one sqlite false a\n");
}

#[test]
fn what_only_looks_like_the_leftover_of_a_run_is_not_cleared() {
    let scene = Scene::new();
    let kept = [
        ".one.firstlight-tmp-1-0/notes",
        ".one.firstlight-tmp-1-1/lock",
        ".one.firstlight-tmp-1-x/lock",
        ".one.firstlight-tmp-mine/lock",
    ];
    for path in kept {
        scene.write(path, "mine");
    }
    for path in &kept[2..] {
        scene.write(path, "firstlight\n");
    }
    scene.run("new one --template template --yes --team a --vcs none").outcome().exits(0);
    for path in kept {
        assert!(scene.path(path).exists(), "{path}");
    }
}

#[test]
fn a_run_that_was_told_to_outlive_its_terminal_does() {
    let scene = Scene::new();
    let mut child = Halted::with(&scene, "--ignore-signal");
    kill("-HUP", &child.id().to_string());
    thread::sleep(Duration::from_millis(100));
    assert!(child.0.as_mut().unwrap().try_wait().unwrap().is_none(), "the run has ended");
    kill("-TERM", &child.id().to_string());
    assert_eq!(child.finish().0, Some(1));
}

#[test]
fn runs_that_need_the_same_missing_folders_do_not_get_into_each_others_way() {
    for round in 0..8 {
        let scene = Scene::new();
        let path = scene.fake_git("while [ ! -e go ]; do sleep 0.01; done");
        let parent = format!("p{round}/{}", "a/b/c/d/e/f/g/h/".repeat(8));
        let start = |name: &str| {
            let line = format!("new {parent}{name} --template template --yes --team a --vcs git");
            scene.run(&line).env("PATH", &path).start()
        };
        let runs: Vec<Child> = ["one", "two", "three", "four"].map(start).into();
        thread::sleep(Duration::from_millis(100));
        scene.write("go", "");
        for run in runs {
            let output = run.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn the_folder_of_a_living_run_is_not_cleared() {
    let scene = Scene::new();
    let child = Halted::new(&scene);
    let line = "new one --template template --yes --team a --vcs none";
    scene.run(line).outcome().exits(0);
    assert_eq!(scene.list(), [format!(".one.firstlight-tmp-{}-0", child.id()), "one".to_owned()]);
    kill("-INT", &format!("-{}", child.id()));
    assert_eq!(child.finish().0, Some(1));
    assert_eq!(scene.list(), ["one"]);
}

#[test]
fn a_destination_that_appears_in_the_middle_is_left_alone() {
    let others = [
        ("mkdir -p deep/one && echo mine > deep/one/file", "deep/one/file"),
        ("mkdir -p deep && echo mine > deep/one", "deep/one"),
    ];
    for (git, mine) in others {
        let scene = Scene::new();
        let path = scene.fake_git(git);
        let outcome = scene.run_words(&NEW).env("PATH", &path).outcome();
        let said = "\
error: somebody else has just made `deep/one`

hint: choose another path, or move away what is there
";
        outcome.exits(1).prints("").says(said);
        assert_eq!(scene.read(mine), "mine\n");
        assert_eq!(scene.list(), ["deep"]);
        let inside: Vec<_> = fs::read_dir(scene.path("deep")).unwrap().collect();
        assert_eq!(inside.len(), 1, "{inside:?}");
    }
}

#[test]
fn a_file_over_the_limit_of_the_system_leaves_nothing_behind() {
    let scene = Scene::new();
    scene.write("template/large.txt", "x".repeat(100_000));
    // In blocks of 512 or 1024 bytes, depending on the shell.
    let outcome = scene.run_limited("-f 8", &NEW).outcome();
    outcome.exits(1);
    let said = &outcome.stderr;
    assert!(said.contains("large.txt`: File too large"), "{said}");
    assert!(said.ends_with("hint: raise the limit that `ulimit -f` shows\n"), "{said}");
    assert_eq!(scene.list(), Vec::<String>::new());
}

#[test]
fn folders_are_read_with_a_few_open_at_a_time() {
    let scene = Scene::new();
    for number in 0..100 {
        scene.write(&format!("template/{number}/file.txt"), "");
    }
    scene.write(&format!("template/{}file.txt", "deep/".repeat(50)), "");
    scene.run_limited("-n 20", &NEW).outcome().exits(0);
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let scene = Scene::new();
    scene.write("template/large.txt", "x".repeat(100_000));
    let (code, said) = on_a_disk(&scene, "size=64k");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("large.txt`: No space left on device"), "{said}");
    assert!(said.ends_with("hint: make room on the disk\nleft:\n"), "{said}");
}

#[test]
fn a_disk_that_cannot_be_written_to_is_told() {
    let scene = Scene::new();
    let (code, said) = on_a_disk(&scene, "size=64k,ro");
    assert_eq!(code, Some(1), "{said}");
    // Before the questions, which come before the first file.
    assert!(said.starts_with("error: cannot write to `"), "{said}");
    assert!(said.contains("Read-only file system"), "{said}");
    assert!(said.ends_with("hint: choose a folder that you may write to\nleft:\n"), "{said}");
}

/// Makes a project on a small disk in memory, and lists at the end what is on it.
fn on_a_disk(scene: &Scene, options: &str) -> (Option<i32>, String) {
    let disk = scene.path("disk");
    fs::create_dir(&disk).unwrap();
    let script = format!(
        "mount -t tmpfs -o {options} tmpfs disk && cd disk && \
         \"$0\" new one --template ../template --yes --team a --vcs none; \
         code=$?; echo left: >&2; ls -A >&2; exit $code"
    );
    for prefix in [
        &["unshare", "--mount"][..],
        &["unshare", "--map-root-user", "--mount"],
        &["sudo", "-n", "unshare", "--mount"],
    ] {
        if !may_mount(prefix, &disk) {
            continue;
        }
        let mut command = Command::new(prefix[0]);
        command.args(&prefix[1..]).args(["sh", "-c", &script, PROGRAM]).current_dir(scene.path(""));
        clean(&mut command);
        let output = command.output().unwrap();
        return (output.status.code(), String::from_utf8(output.stderr).unwrap());
    }
    panic!("a small disk cannot be mounted: run the tests as root, or allow `sudo -n unshare`");
}

fn may_mount(prefix: &[&str], disk: &Path) -> bool {
    let mut command = Command::new(prefix[0]);
    command.args(&prefix[1..]).args(["mount", "-t", "tmpfs", "tmpfs"]).arg(disk);
    command.output().is_ok_and(|output| output.status.success())
}
