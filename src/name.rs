//! The name of a project: what cargo, Rust, Windows and DNS all accept.

#[cfg(test)]
mod tests;

use std::fmt;

use heck::ToKebabCase;

/// Is the longest name in bytes: a DNS label, which a deployed service becomes, has no more.
pub const MAX_LENGTH: usize = 63;

/// Lists the keywords of all editions, with the weak and the reserved ones.
const KEYWORDS: [&str; 54] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "raw",
    "ref", "return", "safe", "self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Lists the crates and names that come with the compiler.
const BUILT_IN: [&str; 9] =
    ["alloc", "bench", "core", "main", "proc-macro", "rustc", "std", "stdlib", "test"];

/// Lists the folders that cargo makes beside a binary of the same name.
const FOLDERS: [&str; 5] = ["build", "deps", "doc", "examples", "incremental"];

/// Is a valid name: ASCII kebab-case, and nothing that something else is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// Says why a name is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The name is not kebab-case.
    #[error("the name `{0}` is not in kebab-case: lower-case letters, digits and single dashes")]
    NotKebab(String),
    /// The name is too long.
    #[error("the name is {0} characters long, the longest is {MAX_LENGTH}")]
    TooLong(usize),
    /// The name is a keyword.
    #[error("the name `{0}` is a Rust keyword")]
    Keyword(String),
    /// The name is one that comes with the compiler.
    #[error("the name `{0}` belongs to Rust itself")]
    BuiltIn(String),
    /// The name is a folder of cargo's.
    #[error("the name `{0}` is a folder that cargo makes")]
    Folder(String),
    /// The name is a device's.
    #[error("the name `{0}` is a device on Windows")]
    Device(String),
    /// The name is a dependency's.
    #[error("the name `{0}` is one of the service's own dependencies")]
    Dependency(String),
}

impl Name {
    /// Checks a name.
    ///
    /// # Errors
    /// Says which rule refuses it.
    pub fn parse(given: &str) -> Result<Self, Error> {
        let own = || given.to_owned();
        if !is_kebab(given) {
            return Err(Error::NotKebab(own()));
        }
        if given.len() > MAX_LENGTH {
            return Err(Error::TooLong(given.len()));
        }
        if KEYWORDS.contains(&given) {
            return Err(Error::Keyword(own()));
        }
        if BUILT_IN.contains(&given) {
            return Err(Error::BuiltIn(own()));
        }
        if FOLDERS.contains(&given) {
            return Err(Error::Folder(own()));
        }
        if is_device(given) {
            return Err(Error::Device(own()));
        }
        Ok(Self(own()))
    }

    /// Gives the name as Rust writes it.
    pub fn crate_name(&self) -> String {
        self.0.replace('-', "_")
    }

    /// Gives the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error {
    /// Says what to do about it.
    pub fn remedy(&self) -> String {
        match (self.suggestion(), self) {
            (Some(name), _) => format!("`{name}` would do"),
            (None, Self::TooLong(_)) => format!("write at most {MAX_LENGTH} characters"),
            (None, _) => {
                "write words of letters and digits with dashes between, as in `user-service`"
                    .to_owned()
            }
        }
    }

    /// Suggests a name that is accepted, if one can be made of what was given.
    pub fn suggestion(&self) -> Option<String> {
        let candidate = match self {
            // Leaving letters out of a word makes no name that anybody would want.
            Self::NotKebab(given) if !given.is_ascii() => return None,
            Self::NotKebab(given) => {
                let ascii: String = given
                    .chars()
                    .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
                    .collect();
                let kebab = ascii.to_kebab_case();
                let kebab = kebab.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
                match Name::parse(kebab) {
                    Ok(_) => kebab.to_owned(),
                    Err(Self::NotKebab(_)) => return None,
                    Err(error) => return error.suggestion(),
                }
            }
            Self::TooLong(_) => return None,
            Self::Keyword(given)
            | Self::BuiltIn(given)
            | Self::Folder(given)
            | Self::Device(given)
            | Self::Dependency(given) => format!("{given}-service"),
        };
        Name::parse(&candidate).is_ok().then_some(candidate)
    }
}

/// Tells whether Windows takes the word for a device.
pub fn is_device(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let numbered = |prefix| {
        word.strip_prefix(prefix).is_some_and(|rest| matches!(rest.as_bytes(), [b'1'..=b'9']))
    };
    matches!(word.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

fn is_kebab(name: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('-').all(word)
}
