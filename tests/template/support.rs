//! Combinations of answers, trees on the disk, and cargo-generate as the oracle.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use cargo_generate::{GenerateArgs, TemplatePath, Vcs};
use firstlight::answers::{Answers, Value};
use firstlight::name::Name;
use firstlight::record::own_files;
use firstlight::template::Template;
use firstlight::tree::Tree;

/// Is a tree in a form that fails readably: the mode and the text, or the bytes, by path.
pub type Files = BTreeMap<String, (bool, Vec<u8>)>;

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn embedded() -> Template {
    Template::embedded().unwrap_or_else(|error| panic!("{error}: {error:#?}"))
}

/// Tells whether the tests shall write what they otherwise check.
pub fn is_blessing() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| value == "1")
}

/// Lists every combination of a template's answers, with the defaults of its free texts.
pub fn combinations(template: &Template, name: &str) -> Vec<Answers> {
    let mut assignments = vec![BTreeMap::new()];
    for placeholder in &template.manifest.placeholders {
        let domain = placeholder.domain().unwrap_or_else(|| {
            vec![placeholder.default.clone().unwrap_or(Value::Text("some text".to_owned()))]
        });
        let extend = |assignment: &BTreeMap<String, Value>| {
            let assignment = assignment.clone();
            let name = placeholder.name.clone();
            let with = move |value: &Value| {
                let mut assignment = assignment.clone();
                assignment.insert(name.clone(), value.clone());
                assignment
            };
            domain.iter().map(with).collect::<Vec<_>>()
        };
        assignments = assignments.iter().flat_map(extend).collect();
    }
    let mut combinations: Vec<Answers> = Vec::new();
    for assignment in assignments {
        let answers = answers(template, name, &assignment);
        if !combinations.contains(&answers) {
            combinations.push(answers);
        }
    }
    combinations
}

/// Makes answers of values, leaving out what the other answers rule out.
pub fn answers(template: &Template, name: &str, values: &BTreeMap<String, Value>) -> Answers {
    let name = Name::parse(name).unwrap();
    let source = |placeholder: &firstlight::manifest::Placeholder| {
        let value = values.get(&placeholder.name).or(placeholder.default.as_ref());
        Ok::<_, Infallible>(value.cloned())
    };
    Answers::collect(&template.manifest, name, |_| false, source).unwrap()
}

/// Renders with firstlight.
pub fn render(template: &Template, answers: &Answers) -> Tree {
    firstlight::render::render(template, answers).unwrap_or_else(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{answers:?}: {}", faults.join("\n"))
    })
}

/// Adds what firstlight keeps in a project to a rendered tree.
pub fn attach(tree: Tree, template: &Template, answers: &Answers) -> Tree {
    let own = own_files(tree.iter().map(Ok), template, answers).unwrap();
    tree.with(own)
}

pub fn files(tree: &Tree) -> Files {
    let file = |(path, file): (&str, &firstlight::tree::File)| {
        (path.to_owned(), (file.executable, file.contents.to_vec()))
    };
    tree.iter().map(file).collect()
}

/// Reads all files of a folder.
pub fn read(folder: &Path) -> Files {
    fn walk(folder: &Path, prefix: &str, files: &mut Files) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &format!("{path}/"), files);
            } else {
                let executable = entry.metadata().unwrap().permissions().mode() & 0o111 != 0;
                files.insert(path, (executable, fs::read(entry.path()).unwrap()));
            }
        }
    }
    let mut files = Files::new();
    walk(folder, "", &mut files);
    files
}

/// Writes a tree into a folder.
pub fn write(files: &Files, folder: &Path) {
    for (path, (executable, contents)) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        let mode = if *executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// Renders with cargo-generate.
pub fn oracle(template: &Path, answers: &Answers) -> Files {
    let temporary = tempfile::tempdir().unwrap();
    let config = temporary.path().join("cargo-generate-config.toml");
    fs::write(&config, "").unwrap();
    let path = template.to_str().unwrap().to_owned();
    // Not as definitions, which cannot hold a line break.
    let values = temporary.path().join("values.toml");
    let table = BTreeMap::from([("values", &answers.values)]);
    fs::write(&values, toml::to_string(&table).unwrap()).unwrap();
    let project = cargo_generate::generate(GenerateArgs {
        template_path: TemplatePath { path: Some(path), ..TemplatePath::default() },
        name: Some(answers.name.to_string()),
        quiet: true,
        silent: true,
        config: Some(config),
        vcs: Some(Vcs::None),
        lib: false,
        bin: true,
        template_values_file: Some(values.to_str().unwrap().to_owned()),
        destination: Some(temporary.path().to_owned()),
        no_workspace: true,
        ..GenerateArgs::default()
    })
    .unwrap();
    read(&project)
}

/// Fails with the paths that differ, and with the first text that does.
#[track_caller]
pub fn assert_same(left: (&str, &Files), right: (&str, &Files), context: &str) {
    let differs = |path: &&String| left.1.get(*path) != right.1.get(*path);
    let mut paths: Vec<&String> = left.1.keys().chain(right.1.keys()).filter(differs).collect();
    paths.sort();
    paths.dedup();
    let Some(first) = paths.first() else { return };
    let show = |files: &Files| match files.get(*first) {
        Some((executable, contents)) => {
            format!("executable: {executable}\n{}", String::from_utf8_lossy(contents))
        }
        None => "no such file".to_owned(),
    };
    panic!(
        "{context}\nthese files differ: {paths:#?}\n--- {first} by {}\n{}\n--- {first} by {}\n{}",
        left.0,
        show(left.1),
        right.0,
        show(right.1),
    );
}
