//! What the answer to a question has to match.

use std::sync::OnceLock;

use regex_automata::meta::{BuildError, Config, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_syntax::hir::{
    Capture, Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind,
    Repetition,
};

/// Is a regular expression, in the syntax of the crate `regex`.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    hir: Hir,
    /// Matches what is ASCII. A class has a few characters then, and not some hundred ranges of
    /// Unicode: it takes a twentieth of the time to make.
    ascii: Regex,
    /// Matches all texts. It is made for the first that is not ASCII.
    unicode: OnceLock<Result<Regex, String>>,
}

impl Pattern {
    /// Reads a regular expression.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn new(text: String) -> Result<Self, String> {
        let hir = regex_syntax::parse(&text).map_err(|error| reason(&error.to_string()))?;
        let ascii = build(&in_ascii(&hir))?;
        Ok(Self { text, hir, ascii, unicode: OnceLock::new() })
    }

    /// Tells whether a text matches somewhere.
    ///
    /// # Errors
    /// Says why a text that is not ASCII cannot be matched.
    pub fn matches(&self, text: &str) -> Result<bool, &str> {
        if text.is_ascii() {
            return Ok(self.ascii.is_match(text));
        }
        self.unicode().map(|regex| regex.is_match(text))
    }

    /// Finds out whether all texts can be matched.
    ///
    /// # Errors
    /// Says why texts that are not ASCII cannot.
    pub fn check(&self) -> Result<(), &str> {
        self.unicode().map(drop)
    }

    fn unicode(&self) -> Result<&Regex, &str> {
        self.unicode.get_or_init(|| build(&self.hir)).as_ref().map_err(String::as_str)
    }

    /// Gives it as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Leaves of an expression what can match ASCII.
fn in_ascii(hir: &Hir) -> Hir {
    let all = |parts: &[Hir]| parts.iter().map(in_ascii).collect();
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.intersect(&ClassUnicode::new([ClassUnicodeRange::new('\0', '\x7f')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(Class::Bytes(class)) => {
            let mut class = class.clone();
            class.intersect(&ClassBytes::new([ClassBytesRange::new(0, 0x7f)]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Repetition(repetition) => {
            let sub = Box::new(in_ascii(&repetition.sub));
            Hir::repetition(Repetition { sub, ..repetition.clone() })
        }
        HirKind::Capture(capture) => {
            let sub = Box::new(in_ascii(&capture.sub));
            Hir::capture(Capture { sub, ..capture.clone() })
        }
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => hir.clone(),
    }
}

fn build(hir: &Hir) -> Result<Regex, String> {
    // One line is matched, once: what long searches gain is less than its making takes.
    let once = Config::new().dfa(false).hybrid(false).which_captures(WhichCaptures::None);
    Regex::builder().configure(once).build_from_hir(hir).map_err(|error| too_large(&error))
}

fn too_large(error: &BuildError) -> String {
    match error.size_limit() {
        Some(limit) => format!("it takes more than {limit} bytes"),
        None => error.to_string(),
    }
}

fn reason(said: &str) -> String {
    said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    const PATTERNS: [&str; 12] = [
        r"^[^\s\p{C}]{1,5}$",
        r"^\w+$",
        r"\bk\b",
        "(?i)^k+$",
        "^[a-zé]*$",
        "é|e",
        "^.{2}$",
        r"^(\d|[[:alpha:]])+?[^a]",
        r"^[\p{Greek}]?x",
        r"\B\W",
        "(?-u)^[a-c]+$",
        "",
    ];

    static BOTH: LazyLock<Vec<(Pattern, Regex)>> = LazyLock::new(|| {
        let both = |text: &str| (Pattern::new(text.to_owned()).unwrap(), Regex::new(text).unwrap());
        PATTERNS.map(both).into()
    });

    proptest! {
        #[test]
        fn a_text_matches_as_it_does_with_the_whole_of_unicode(
            text in "[kKxab1_ \\-\n\t\x7f]{0,5}|[kéαK]{0,3}",
        ) {
            for (pattern, whole) in BOTH.iter() {
                prop_assert_eq!(pattern.matches(&text), Ok(whole.is_match(&text)), "{:?}", pattern);
            }
        }
    }

    #[test]
    fn a_pattern_that_unicode_makes_too_large_is_for_ascii() {
        let pattern = Pattern::new(r"^(\w{1,200}){1,20}$".to_owned()).unwrap();
        assert_eq!(pattern.matches("abc"), Ok(true));
        assert_eq!(pattern.matches("a-b"), Ok(false));
        assert!(pattern.matches("é").is_err_and(|why| why.contains("bytes")));
        assert!(pattern.check().is_err());
    }
}
