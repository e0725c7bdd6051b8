//! What `firstlight new` cannot do without: it reads a folder, packs it and writes it, and that is all.
//! `make bench-new` runs it with a finished project.

use std::error::Error;
use std::fs::{self, DirEntry};
use std::io::{self, Read as _};
use std::mem::ManuallyDrop;
use std::path::Path;

use firstlight::destination::Destination;
use firstlight::executable::is_executable;
use firstlight::interrupt::Interrupt;
use firstlight::parallel;
use firstlight::record::{self, BASELINE};
use firstlight::staging::Staging;
use firstlight::tree::{File, Tree};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [from, to] = arguments.as_slice() else { return Err("usage: floor FROM TO".into()) };
    let mut tree = Tree::default();
    for (path, file) in read(Path::new(from), "")? {
        tree.insert(path, file);
    }
    let tree = ManuallyDrop::new(tree);
    let destination = Destination::check(Path::new(to))?;
    let interrupt = Interrupt::listen()?;
    let staging = Staging::begin(&destination)?;
    let (packed, written) =
        parallel::both(|| record::pack(tree.iter().map(Ok)), || staging.write(&tree, &interrupt));
    written?;
    let mut own = Tree::default();
    own.insert(BASELINE.to_owned(), File { contents: packed?.into(), executable: false });
    staging.write(&own, &interrupt)?;
    Ok(staging.commit(&destination)?)
}

fn read(folder: &Path, prefix: &str) -> io::Result<Vec<(String, File)>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let files = parallel::try_map(&entries, |entry| read_entry(entry, prefix))?;
    Ok(files.into_iter().flatten().collect())
}

fn read_entry(entry: &DirEntry, prefix: &str) -> io::Result<Vec<(String, File)>> {
    let path = format!("{prefix}{}", entry.file_name().display());
    if entry.file_type()?.is_dir() {
        return read(&entry.path(), &(path + "/"));
    }
    let file = fs::File::open(entry.path())?;
    let found = file.metadata()?;
    let mut contents = Vec::new();
    contents.try_reserve_exact(usize::try_from(found.len()).unwrap_or(usize::MAX))?;
    // A file would ask the system for its length once more.
    file.take(u64::MAX).read_to_end(&mut contents)?;
    Ok(vec![(path, File { contents: contents.into(), executable: is_executable(&found) })])
}
