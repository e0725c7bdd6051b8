//! Updates that are killed: the project is as it was, or `undo` makes it so, or it is new as a whole.

use std::convert::Infallible;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use firstlight::answers::Answers;
use firstlight::manifest::Placeholder;
use firstlight::name::Name;
use firstlight::record::own_files;
use firstlight::render::render;
use firstlight::template::Template;
use semver::Version;

use crate::life::{Files, read};
use crate::support::{PROGRAM, Scene, clean};

const RUNS: u64 = 200;

/// Is how many run at once: most of the time goes into starting and rendering.
const LANES: u64 = 2;

/// Says what a killed run left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Old,
    Between,
    New,
}

#[test]
fn a_kill_at_any_instant_loses_and_mixes_nothing() {
    let scene = Scene::new();
    let lane = |lane: u64| {
        let project = scene.path(&format!("lane-{lane}/user-service"));
        write_older(&project);
        edit(&project);
        let old = project_files(&project);
        let times = Times::measure(&project);
        let new = project_files(&project);
        assert_ne!(old, new);
        run(&project, "undo");
        assert_same(&old, &project_files(&project), "an undo without a kill");
        let random = Random(lane + 1);
        let lefts = (0..RUNS / LANES).scan(random, |random, number| {
            let delay = Delay::new(number, random, &times);
            Some(kill(&project, (&old, &new), &delay))
        });
        lefts.collect::<Vec<_>>()
    };
    let lefts: Vec<Left> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES).map(|number| scope.spawn(move || lane(number))).collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap()).collect()
    });
    let count = |left| lefts.iter().filter(|found| **found == left).count();
    let counts = format!(
        "old: {}, between: {}, new: {}",
        count(Left::Old),
        count(Left::Between),
        count(Left::New)
    );
    println!("{counts}");
    assert_eq!(lefts.len() as u64, RUNS);
    assert!(count(Left::Between) > 0, "no run was killed while it was writing: {counts}");
}

/// Shows that new files are being written.
const STAGING: &str = ".firstlight/staging";

/// Shows that old files are being replaced.
const PENDING: &str = ".firstlight/pending.tar.zst";

/// Is how long a run takes that nobody kills: from its start, from its first new file, and from its first
/// replaced one.
struct Times([Duration; 3]);

impl Times {
    fn measure(project: &Path) -> Self {
        let started = Instant::now();
        let mut child = update(project);
        wait_for(project, STAGING, &mut child);
        let staging = started.elapsed();
        wait_for(project, PENDING, &mut child);
        let pending = started.elapsed();
        let done = child.wait_with_output().unwrap();
        assert_eq!(done.status.code(), Some(3), "{}", String::from_utf8_lossy(&done.stderr));
        let whole = started.elapsed();
        Self([whole, whole.saturating_sub(staging), whole.saturating_sub(pending)])
    }
}

/// Waits for a file of a run, or for its end.
fn wait_for(project: &Path, path: &str, child: &mut Child) {
    let path = project.join(path);
    while !path.exists() && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_micros(100));
    }
}

/// Is when a run is killed: a while after its start, or after one of its files has appeared.
struct Delay {
    after: Option<&'static str>,
    time: Duration,
}

impl Delay {
    fn new(number: u64, random: &mut Random, Times(times): &Times) -> Self {
        // Most of a run is spent before it writes, where there is little to break.
        let (after, range) = match number % 4 {
            0 => (None, times[0]),
            1 => (Some(STAGING), times[1]),
            _ => (Some(PENDING), times[2]),
        };
        Self { after, time: range.mul_f64(random.next()) }
    }
}

/// Kills a run, and checks what it left; the project is old again afterwards.
fn kill(project: &Path, (old, new): (&Files, &Files), delay: &Delay) -> Left {
    let mut child = update(project);
    if let Some(path) = delay.after {
        wait_for(project, path, &mut child);
    }
    thread::sleep(delay.time);
    let _ = child.kill();
    child.wait().unwrap();
    let left = project_files(project);
    if let Ok(staging) = project.join(STAGING).metadata() {
        assert_eq!(staging.permissions().mode() & 0o777, 0o700, "others can read what is staged");
    }
    if project.join(PENDING).exists() {
        assert_eq!(run(project, "status"), Some(1), "went on with a project in between");
        assert_eq!(run(project, "undo"), Some(0));
        assert_same(old, &project_files(project), "a kill and an undo");
        return Left::Between;
    }
    if left == *old {
        return Left::Old;
    }
    assert_same(new, &left, "a kill without anything to undo");
    assert_eq!(run(project, "undo"), Some(0));
    assert_same(old, &project_files(project), "a whole update and an undo");
    Left::New
}

fn update(project: &Path) -> Child {
    let mut command = Command::new(PROGRAM);
    clean(&mut command);
    command.args(["update", "--project"]).arg(project);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn run(project: &Path, line: &str) -> Option<i32> {
    let mut command = Command::new(PROGRAM);
    clean(&mut command);
    command.args(line.split(' ')).arg("--project").arg(project);
    command.output().unwrap().status.code()
}

/// Reads the project without what is there for a moment or for an undo only.
fn project_files(project: &Path) -> Files {
    let mut files = read(project);
    files.retain(|path, _| {
        !path.starts_with(".firstlight/staging")
            && path != ".firstlight/undo.tar.zst"
            && path != ".firstlight/pending.tar.zst"
    });
    files
}

fn assert_same(expected: &Files, found: &Files, after: &str) {
    let paths = expected.keys().chain(found.keys());
    let differ: Vec<_> = paths.filter(|path| expected.get(*path) != found.get(*path)).collect();
    assert!(differ.is_empty(), "after {after} these differ: {differ:?}");
}

/// Edits a third of the files, and deletes one.
fn edit(project: &Path) {
    let sources: Vec<PathBuf> = rust_files(&project.join("src"));
    for path in sources.iter().step_by(3) {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, format!("// Mine.\n{text}")).unwrap();
    }
    fs::remove_file(project.join("clippy.toml")).unwrap();
}

/// Writes a project as an older template made it: half of the sources had another first or last line, one
/// file was called otherwise, one has gone since, one was not there.
fn write_older(project: &Path) {
    let mut older = Template::embedded().unwrap();
    older.manifest.version = Version::new(0, 0, 1);
    let is_source = |path: &&String| path.starts_with("src/") && path.contains(".rs");
    let sources: Vec<String> = older.files.keys().filter(is_source).cloned().collect();
    for (index, path) in sources.iter().step_by(2).enumerate() {
        let file = older.files.get_mut(path).unwrap();
        let old = if index % 4 == 0 { b"// First.\n" } else { b"// Last.\n\n" };
        let parts: [&[u8]; 2] =
            if index % 4 == 0 { [old, &file.contents] } else { [&file.contents, old] };
        file.contents = parts.concat().into();
    }
    let moved = older.files.remove("deny.toml").unwrap();
    older.files.insert("src/gone.rs".to_owned(), older.files["src/tls.rs"].clone());
    older.files.insert("old/deny.toml".to_owned(), moved);
    older.files.remove("rustfmt.toml").unwrap();
    let source = |placeholder: &Placeholder| Ok::<_, Infallible>(placeholder.default.clone());
    let name = Name::parse("user-service").unwrap();
    let answers = Answers::collect(&older.manifest, name, |_| false, source).unwrap();
    let tree = render(&older, &answers).unwrap();
    let own = own_files(tree.iter().map(Ok), &older, &answers).unwrap();
    let tree = tree.with(own);
    for (path, file) in tree.iter() {
        let path = project.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &file.contents).unwrap();
        let mode = fs::Permissions::from_mode(if file.executable { 0o755 } else { 0o644 });
        fs::set_permissions(path, mode).unwrap();
    }
}

/// Lists the sources of a folder that hold no tags.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let files = read(folder);
    let paths = files.keys().map(|path| folder.join(path));
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// Draws numbers from 0 to 1, the same ones in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }
}
