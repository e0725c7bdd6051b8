//! Which files of a template are rendered, and which are copied as they are.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::manifest::{Entry, Rules};

/// Decides by the patterns of `include` or `exclude`.
#[derive(Debug)]
pub enum Rendered {
    /// Everything is rendered.
    All,
    /// Only what matches is rendered.
    Only(Gitignore),
    /// All but what matches is rendered.
    AllBut(Gitignore),
}

impl Rendered {
    /// Combines the patterns of several sets of rules, as cargo-generate appends them.
    ///
    /// # Errors
    /// Gives the entry that is no pattern, and the reason.
    pub fn new<'r>(
        rules: impl Iterator<Item = &'r Rules> + Clone,
    ) -> Result<Self, (Entry, String)> {
        let include: Option<Vec<&Entry>> =
            gather(rules.clone().map(|rules| rules.include.as_ref()));
        let exclude: Option<Vec<&Entry>> = gather(rules.map(|rules| rules.exclude.as_ref()));
        match (include, exclude) {
            (Some(include), _) => Ok(Self::Only(matcher(include)?)),
            (None, Some(exclude)) => Ok(Self::AllBut(matcher(exclude)?)),
            (None, None) => Ok(Self::All),
        }
    }

    /// Tells whether the file at `path`, which has no `.liquid` suffix any more, is rendered.
    pub fn contains(&self, path: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(patterns) => matches(patterns, path),
            Self::AllBut(patterns) => !matches(patterns, path),
        }
    }
}

/// Tells whether one pattern matches any of the paths or one of the folders that they are in.
///
/// # Errors
/// Gives the reason why it is no pattern.
pub fn matches_any<'p>(
    entry: &Entry,
    mut paths: impl Iterator<Item = &'p str> + Clone,
) -> Result<bool, String> {
    // Most patterns are paths, and those need no matcher, which takes its time to build.
    if is_path(&entry.text) && paths.clone().any(|path| path == entry.text) {
        return Ok(true);
    }
    let patterns = matcher([entry]).map_err(|(_, reason)| reason)?;
    Ok(paths.any(|path| matches(&patterns, path)))
}

/// Tells whether a pattern matches the path that it is, as nothing in it has a meaning.
fn is_path(pattern: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    pattern.bytes().all(is_plain)
}

fn gather<'r>(lists: impl Iterator<Item = Option<&'r Vec<Entry>>>) -> Option<Vec<&'r Entry>> {
    lists.flatten().fold(None, |all, list| {
        let mut all = all.unwrap_or_default();
        all.extend(list);
        Some(all)
    })
}

fn matcher<'r>(entries: impl IntoIterator<Item = &'r Entry>) -> Result<Gitignore, (Entry, String)> {
    let mut builder = GitignoreBuilder::new("");
    let mut last = None;
    for entry in entries {
        builder.add_line(None, &entry.text).map_err(|error| (entry.clone(), error.to_string()))?;
        last = Some(entry);
    }
    builder.build().map_err(|error| {
        let entry = last.expect("an empty list of patterns builds");
        (entry.clone(), error.to_string())
    })
}

fn matches(patterns: &Gitignore, path: &str) -> bool {
    patterns.matched_path_or_any_parents(path, false).is_ignore()
}
