use semver::Version;

use super::text::{Text, markers, merge};
use super::*;

fn labels() -> Labels {
    Labels::of_versions(&Version::new(0, 1, 0), &Version::new(0, 3, 0))
}

#[track_caller]
fn clean(was: &str, ours: &str, theirs: &str, merged: &str) {
    let text = merge(was.as_bytes(), ours.as_bytes(), theirs.as_bytes(), &labels());
    assert_eq!(text, Text::Clean(merged.as_bytes().to_vec()), "{was:?} {ours:?} {theirs:?}");
}

#[track_caller]
fn conflict(was: &str, ours: &str, theirs: &str, merged: &str) {
    let text = merge(was.as_bytes(), ours.as_bytes(), theirs.as_bytes(), &labels());
    let Text::Conflict(text) = text else { panic!("{text:?}") };
    assert_eq!(str::from_utf8(&text), Ok(merged));
    assert_eq!(markers(&text), 2);
}

#[test]
fn what_one_side_left_alone_is_the_other_sides() {
    clean("a\n", "a\n", "b\n", "b\n");
    clean("a\n", "b\n", "a\n", "b\n");
    clean("a\n", "b\n", "b\n", "b\n");
    clean("a\nb\nc\nd\ne\n", "a\nX\nc\nd\ne\n", "a\nX\nc\nd\nE\n", "a\nX\nc\nd\nE\n");
}

#[test]
fn edits_with_a_line_between_merge_and_neighbours_do_not() {
    clean("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n");
    conflict(
        "a\nb\nc\n",
        "A\nb\nc\n",
        "a\nB\nc\n",
        "<<<<<<< yours\nA\nb\n||||||| template 0.1.0\na\nb\n=======\na\nB\n>>>>>>> template 0.3.0\nc\n",
    );
}

#[test]
fn every_marker_has_a_line_of_its_own_where_the_last_line_has_no_end() {
    conflict(
        "a",
        "b",
        "c",
        "<<<<<<< yours\nb\n||||||| template 0.1.0\na\n=======\nc\n>>>>>>> template 0.3.0\n",
    );
    clean("a\nb\nc", "A\nb\nc", "a\nb\nc\nd", "A\nb\nc\nd");
    clean("a\nb\nc\n", "A\nb\nc\n", "a\nb\nc", "A\nb\nc");
}

#[test]
fn line_endings_are_yours_if_you_converted_them_and_the_templates_otherwise() {
    clean("a\nb\nc\n", "A\r\nb\r\nc\r\n", "a\nb\nC\n", "A\r\nb\r\nC\r\n");
    clean("a\nb\nc\n", "A\nb\nc\n", "a\r\nb\r\nc\r\n", "A\r\nb\r\nc\r\n");
    clean("a\r\nb\r\nc\r\n", "A\r\nb\r\nc\r\n", "a\r\nb\r\nC\r\n", "A\r\nb\r\nC\r\n");
    conflict(
        "a\r\n",
        "b\r\n",
        "c\r\n",
        "<<<<<<< yours\r\nb\r\n||||||| template 0.1.0\r\na\r\n=======\r\nc\r\n>>>>>>> template 0.3.0\r\n",
    );
    // Where they differ within a file, each is part of its line.
    clean("a\nb\r\nc\n", "A\nb\r\nc\n", "a\nb\r\nC\n", "A\nb\r\nC\n");
}

#[test]
fn bytes_that_are_no_utf_8_are_text_and_zeros_are_not() {
    let text = merge(b"a\n\xff\nc\n", b"A\n\xff\nc\n", b"a\n\xff\nC\n", &labels());
    assert_eq!(text, Text::Clean(b"A\n\xff\nC\n".to_vec()));
    assert_eq!(merge(b"\0a", b"\0b", b"\0c", &labels()), Text::Binary);
    assert_eq!(merge(b"\0a", b"\0a", b"\0c", &labels()), Text::Clean(b"\0c".to_vec()));
}

#[test]
fn what_looks_like_a_marker_is_left_alone() {
    let heading = "Title\n==========\nbody\n";
    conflict(
        heading,
        &heading.replace("body", "mine"),
        &heading.replace("body", "theirs"),
        "Title\n==========\n<<<<<<< yours\nmine\n||||||| template 0.1.0\nbody\n=======\ntheirs\n>>>>>>> template 0.3.0\n",
    );
    assert_eq!(markers(b"<<<<<<< HEAD\na\n=======\nb\n>>>>>>> main\n"), 0);
}
