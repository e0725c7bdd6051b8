//! Words for a POSIX shell.

use std::path::Path;

/// Quotes a word, if it needs quotes.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    // zsh replaces a word that begins with `=`.
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Writes a path so that no program takes it for an option; none if it is not text.
pub fn path(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    Some(if text.starts_with('-') { format!("./{text}") } else { text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_if_a_shell_would_change_it() {
        for (word, quoted) in [
            ("user-service", "user-service"),
            ("../a_b/c.d", "../a_b/c.d"),
            ("--database=sqlite", "--database=sqlite"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("~", "'~'"),
            ("a\nb", "'a\nb'"),
            ("*", "'*'"),
            ("a\\b", "'a\\b'"),
            ("=ls", "'=ls'"),
            ("é", "'é'"),
        ] {
            assert_eq!(quote(word), quoted, "{word}");
        }
    }

    #[test]
    fn a_path_is_never_an_option() {
        assert_eq!(path(Path::new("-a/b")).as_deref(), Some("./-a/b"));
        assert_eq!(path(Path::new("a/-b")).as_deref(), Some("a/-b"));
        assert_eq!(path(Path::new("/-a")).as_deref(), Some("/-a"));
    }
}
