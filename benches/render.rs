//! How the number of a template's files counts: `cargo bench --bench render`.
//!
//! Criterion reports the throughput in files, which stays the same where the time is linear.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use criterion::{BatchSize, BenchmarkId, Criterion, SamplingMode, Throughput};
use firstlight::{
    answers::Answers,
    manifest::Placeholder,
    name::Name,
    render::render,
    template::{Source, Template},
    tree::File,
};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

const MANIFEST: &str = "\
[template]
fmt = false

[placeholders.grpc]
type = \"bool\"
prompt = \"gRPC?\"
default = true

[firstlight]
version = \"0.1.0\"
";

/// Is what stands in a file that is rendered, once for each kilobyte.
const TAGS: &str = "\
use {{crate_name}}::service;
{%- if grpc %}
use {{crate_name}}::grpc;
{%- endif %}
";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    in_memory(&mut criterion);
    on_disk(&mut criterion);
    criterion.final_summary();
}

/// Renders alone.
fn in_memory(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("render");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    for size in SIZES {
        let template = template(size);
        let answers = answers(&template);
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter_batched_ref(
                // An engine remembers what it has parsed.
                || Template { engine: Arc::default(), ..template.clone() },
                |template| render(template, &answers).expect("the template is sound"),
                BatchSize::PerIteration,
            );
        });
    }
}

/// The whole program, from a folder to a folder.
fn on_disk(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("firstlight new");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    let work = tempfile::tempdir().expect("there is a folder for temporary files");
    for size in SIZES {
        let source = work.path().join(size.to_string());
        write(&template(size), &source);
        let project = work.path().join("service");
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter_batched(
                || remove(&project),
                |()| create(&source, &project),
                BatchSize::PerIteration,
            );
        });
    }
}

/// Makes a template of three kilobytes a file; one in four has tags, as in our own.
fn template(size: usize) -> Template {
    let line = "    let answer = service.answer(request).await?;\n";
    let kilobyte = line.repeat(1000 / line.len());
    let file = |number: usize| {
        let rendered = number.is_multiple_of(4);
        let suffix = if rendered { ".liquid" } else { "" };
        let tags = if rendered { TAGS } else { "" };
        let contents = format!("{tags}{kilobyte}").repeat(3).into_bytes();
        let path = format!("src/part_{}/file_{number}.rs{suffix}", number % 20);
        (path, File { contents: contents.into(), executable: false })
    };
    let mut files: BTreeMap<_, _> = (0..size).map(file).collect();
    let manifest = File { contents: MANIFEST.into(), executable: false };
    files.insert("cargo-generate.toml".to_owned(), manifest);
    Template::of_files(Source::Embedded, files).expect("the manifest is sound")
}

fn answers(template: &Template) -> Answers {
    let name = Name::parse("service").expect("it is a name");
    let default = |placeholder: &Placeholder| Ok::<_, Infallible>(placeholder.default.clone());
    let answers = Answers::collect(&template.manifest, name, |_| false, default);
    answers.expect("everything has a default")
}

fn write(template: &Template, folder: &Path) {
    for (path, file) in &template.files {
        let path = folder.join(path);
        let parent = path.parent().expect("it is in the folder");
        fs::create_dir_all(parent).expect("the folder can be made");
        fs::write(path, &file.contents).expect("the file can be written");
    }
}

fn remove(project: &Path) {
    if project.exists() {
        fs::remove_dir_all(project).expect("the project can be removed");
    }
}

fn create(source: &Path, project: &Path) {
    let status = Command::new(env!("CARGO_BIN_EXE_firstlight"))
        .args(["new", "--yes", "--vcs=none", "--template"])
        .args([source, project])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.expect("firstlight starts").success(), "firstlight makes the project");
}
