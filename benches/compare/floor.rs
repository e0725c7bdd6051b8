//! What `firstlight new` cannot do without: it reads a folder, packs it and writes it, and that is all.
//! `make bench-new` runs it with a finished project.

use std::error::Error;
use std::mem::ManuallyDrop;
use std::path::Path;

use firstlight::destination::Destination;
use firstlight::interrupt::Interrupt;
use firstlight::parallel;
use firstlight::record::{self, BASELINE};
use firstlight::staging::Staging;
use firstlight::template::folder;
use firstlight::tree::{File, Tree};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [from, to] = arguments.as_slice() else { return Err("usage: floor FROM TO".into()) };
    let mut tree = Tree::default();
    for (path, file) in folder::read(Path::new(from))?.files {
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
