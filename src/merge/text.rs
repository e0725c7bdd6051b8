//! The three-way merge of texts, line by line; diffy does it, on bytes.

use diffy::{ConflictStyle, IncompleteHunkStyle, MergeOptions};

use super::Labels;
use crate::lines::{Ending, ending, is_binary, unified, with_ending};

/// Is the side of the user in markers.
const OURS: &str = "yours";

/// Is how long markers are in a file.
const LENGTH: usize = 7;

/// Is what became of three contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// Both sides' edits.
    Clean(Vec<u8>),
    /// Both sides, between markers where they do not merge.
    Conflict(Vec<u8>),
    /// Nothing: they differ, and are no texts.
    Binary,
}

/// Merges three contents.
pub fn merge(was: &[u8], ours: &[u8], theirs: &[u8], labels: &Labels) -> Text {
    if was == theirs || ours == theirs {
        return Text::Clean(ours.to_vec());
    }
    if was == ours {
        return Text::Clean(theirs.to_vec());
    }
    if [was, ours, theirs].into_iter().any(is_binary) {
        return Text::Binary;
    }
    let endings = [was, ours, theirs].map(ending);
    if endings.contains(&Some(Ending::Mixed)) {
        return lines(was, ours, theirs, labels);
    }
    let merged = lines(&unified(was), &unified(ours), &unified(theirs), labels);
    // A file that you converted stays as you have it; otherwise the template decides.
    let [was, ours, theirs] = endings;
    let wanted = if ours.is_some() && ours != was { ours } else { theirs.or(ours) };
    let wanted = wanted.unwrap_or(Ending::Lf);
    match merged {
        Text::Clean(text) => Text::Clean(with_ending(text, wanted)),
        Text::Conflict(text) => Text::Conflict(with_ending(text, wanted)),
        Text::Binary => Text::Binary,
    }
}

fn lines(was: &[u8], ours: &[u8], theirs: &[u8], labels: &Labels) -> Text {
    // The library has names of its own for the sides. Markers longer than anything that a line begins
    // with are told from it, and get ours.
    let length =
        [was, ours, theirs].into_iter().map(longest_run).max().unwrap_or(0).max(LENGTH) + 1;
    let mut options = MergeOptions::new();
    options
        .set_conflict_style(ConflictStyle::Diff3)
        .set_incomplete_hunk_style(IncompleteHunkStyle::Git)
        .set_conflict_marker_length(length);
    match options.merge_bytes(was, ours, theirs) {
        Ok(text) => Text::Clean(text),
        Err(text) => Text::Conflict(named(&text, length, labels)),
    }
}

/// Gives the length of the longest run of a marker's character at the beginning of a line.
fn longest_run(text: &[u8]) -> usize {
    let run = |line: &[u8]| match line.first() {
        Some(first) if b"<|=>".contains(first) => {
            line.iter().take_while(|byte| *byte == first).count()
        }
        _ => 0,
    };
    text.split(|byte| *byte == b'\n').map(run).max().unwrap_or(0)
}

/// Replaces the markers of the library by those with our names.
fn named(text: &[u8], length: usize, labels: &Labels) -> Vec<u8> {
    let mut named = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if longest_run(line) < length {
            named.extend_from_slice(line);
            continue;
        }
        let label = match line[0] {
            b'<' => Some(OURS),
            b'|' => Some(labels.baseline.as_str()),
            b'>' => Some(labels.theirs.as_str()),
            _ => None,
        };
        named.extend(std::iter::repeat_n(line[0], LENGTH));
        if let Some(label) = label {
            named.push(b' ');
            named.extend(label.bytes());
        }
        named.push(b'\n');
    }
    named
}

/// Counts the lines that a merge has left there to mark where a conflict begins and ends.
///
/// One of them is enough: whoever edits a conflict may have taken out the others.
pub fn markers(text: &[u8]) -> usize {
    let edges: [&[u8]; 2] = [b"<<<<<<< yours", b">>>>>>> template "];
    let is_edge = |line: &&[u8]| edges.iter().any(|edge| line.starts_with(edge));
    text.split(|byte| *byte == b'\n').filter(is_edge).count()
}
