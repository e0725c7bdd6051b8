//! Line endings: a file that a checkout has converted as a whole counts as not edited.

use std::borrow::Cow;

/// Is how the lines of a text end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All with a line feed; or there is but one line, without any.
    Lf,
    /// All with a carriage return and a line feed.
    CrLf,
    /// Some with one, some with the other.
    Mixed,
}

/// Tells whether the contents are not text, as git does: by a zero byte near the beginning.
pub fn is_binary(contents: &[u8]) -> bool {
    contents[..contents.len().min(8000)].contains(&0)
}

/// Tells how the lines of a text end; none if it has no line break at all.
pub fn ending(text: &[u8]) -> Option<Ending> {
    if !text.contains(&b'\r') {
        return text.contains(&b'\n').then_some(Ending::Lf);
    }
    let mut found = None;
    let mut before = 0;
    for byte in text {
        if *byte == b'\n' {
            let ending = if before == b'\r' { Ending::CrLf } else { Ending::Lf };
            if found.is_some_and(|found| found != ending) {
                return Some(Ending::Mixed);
            }
            found = Some(ending);
        }
        before = *byte;
    }
    found
}

/// Gives the text with line feeds, if all its lines end with both.
pub fn unified(text: &[u8]) -> Cow<'_, [u8]> {
    if is_binary(text) || ending(text) != Some(Ending::CrLf) {
        return Cow::Borrowed(text);
    }
    let mut unified = Vec::with_capacity(text.len());
    for (index, byte) in text.iter().enumerate() {
        if *byte != b'\r' || text.get(index + 1) != Some(&b'\n') {
            unified.push(*byte);
        }
    }
    Cow::Owned(unified)
}

/// Gives a text of line feeds the endings of another.
pub fn with_ending(text: Vec<u8>, ending: Ending) -> Vec<u8> {
    if ending != Ending::CrLf {
        return text;
    }
    let mut converted = Vec::with_capacity(text.len() + text.len() / 30);
    for byte in text {
        if byte == b'\n' {
            converted.push(b'\r');
        }
        converted.push(byte);
    }
    converted
}

/// Tells whether two contents are the same but for line endings that were converted as a whole.
pub fn are_same(one: &[u8], other: &[u8]) -> bool {
    one == other || unified(one) == unified(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_whose_lines_all_end_so_is_converted() {
        for (text, unified_text) in [
            ("a\r\nb\r\n", "a\nb\n"),
            ("a\r\nb", "a\nb"),
            ("a\r\r\nb\r\n", "a\r\nb\n"),
            ("a\r\nb\n", "a\r\nb\n"),
            ("a\rb", "a\rb"),
            ("", ""),
        ] {
            let unified = unified(text.as_bytes());
            assert_eq!(unified, unified_text.as_bytes(), "{text:?}");
            if ending(text.as_bytes()) == Some(Ending::CrLf) {
                assert_eq!(with_ending(unified.into_owned(), Ending::CrLf), text.as_bytes());
            }
        }
    }
}
