//! A tree as an archive: the last path first, without times and owners, so that the same tree gives the
//! same bytes.

use std::io::{self, Read};

use zstd::stream::raw::CParameter;
use zstd::stream::write::Encoder;

use crate::tree::{self, File, Tree};

/// Compresses as fast as zstd does: the third level would take a quarter longer, for archives that are
/// a twentieth shorter.
const LEVEL: i32 = 1;

/// Is the logarithm of how many entries zstd's table has: it fits into a processor's cache.
const TABLE_LOG: u32 = 15;

/// Is the logarithm of how far back zstd looks, in bytes.
const WINDOW_LOG: u32 = 18;

/// Packs files, which come in the order of their paths.
///
/// # Errors
/// Fails where a file is an error, or if a path does not fit into an archive.
pub fn pack<'f>(
    files: impl DoubleEndedIterator<Item = io::Result<(&'f str, &'f File)>>,
) -> io::Result<Vec<u8>> {
    let mut packed = Encoder::new(Vec::new(), LEVEL)?;
    packed.set_parameter(CParameter::HashLog(TABLE_LOG))?;
    packed.set_parameter(CParameter::WindowLog(WINDOW_LOG))?;
    let mut archive = tar::Builder::new(packed);
    for file in files.rev() {
        let (path, file) = file?;
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(if file.executable { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(file.contents.len() as u64);
        archive.append_data(&mut header, path, &*file.contents)?;
    }
    archive.into_inner()?.finish()
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
        tree.insert(path, File { contents: contents.into(), executable });
    }
    Ok(tree)
}
