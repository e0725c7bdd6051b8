//! A tree as an archive: sorted, without times and owners, so that the same tree gives the same bytes.

use std::io::{self, Read};

use crate::tree::{self, File, Tree};

/// Is what an archive consists of: a header is a block, and contents fill theirs up, in bytes.
const BLOCK: usize = 512;

/// Is how long the end of an archive is.
const END: usize = 2 * BLOCK;

/// Packs a tree.
///
/// # Errors
/// Fails if a path does not fit into an archive.
pub fn pack(tree: &Tree, level: i32) -> io::Result<Vec<u8>> {
    let files = tree.iter().map(|(_, file)| BLOCK + file.contents.len().next_multiple_of(BLOCK));
    let mut archive = tar::Builder::new(Vec::with_capacity(files.sum::<usize>() + END));
    for (path, file) in tree.iter() {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(if file.executable { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(file.contents.len() as u64);
        archive.append_data(&mut header, path, file.contents.as_slice())?;
    }
    zstd::bulk::compress(&archive.into_inner()?, level)
}

/// Unpacks a tree, in memory.
///
/// # Errors
/// Fails if the archive is damaged, or holds what no project may contain.
pub fn unpack(packed: &[u8]) -> io::Result<Tree> {
    let unpacked = zstd::stream::decode_all(packed)?;
    let mut tree = Tree::default();
    for entry in tar::Archive::new(unpacked.as_slice()).entries()? {
        let mut entry = entry?;
        let path = String::from_utf8(entry.path_bytes().into_owned())
            .map_err(|_| io::Error::other("a path is not UTF-8"))?;
        if !entry.header().entry_type().is_file() || !tree::is_inside(&path) {
            return Err(io::Error::other(format!("`{path}` is no file of a project")));
        }
        let executable = entry.header().mode()? & 0o111 != 0;
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents)?;
        tree.insert(path, File { contents, executable });
    }
    Ok(tree)
}
