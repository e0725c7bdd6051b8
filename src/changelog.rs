//! A template's changelog, in the format of Keep a Changelog.

use semver::Version;

/// Is what one version changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The version.
    pub version: Version,
    /// Its section, with its heading.
    pub text: String,
}

/// Lists what has changed after one version, up to another and with it, in the order of the text.
pub fn between(text: &str, after: &Version, upto: &Version) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut wanted = false;
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let version = version(heading).filter(|version| version > after && version <= upto);
            wanted = version.is_some();
            entries.extend(version.map(|version| Entry { version, text: String::new() }));
        }
        if let Some(entry) = entries.last_mut().filter(|_| wanted) {
            entry.text += line;
            entry.text.push('\n');
        }
    }
    for entry in &mut entries {
        entry.text.truncate(entry.text.trim_end().len());
    }
    entries
}

/// Reads the version of a heading: `[1.2.0] - 2026-11-23`, `1.2.0` or `v1.2.0`.
fn version(heading: &str) -> Option<Version> {
    let word = heading.split_whitespace().next()?.trim_start_matches('[');
    let word = word.split(']').next().unwrap_or(word);
    Version::parse(word.strip_prefix('v').unwrap_or(word)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_between_two_are_told_and_no_others() {
        let text = "\
# Changelog

## [Unreleased]
- later

## [0.3.0] - 2026-11-23

### Changed
- three

## v0.2.0
- two

## 0.1.0
- one

[0.3.0]: https://example.com
";
        let version = |text: &str| Version::parse(text).unwrap();
        let texts = |after, upto| -> Vec<String> {
            let entries = between(text, &version(after), &version(upto));
            entries.into_iter().map(|entry| entry.text).collect()
        };
        let three = "## [0.3.0] - 2026-11-23\n\n### Changed\n- three";
        assert_eq!(texts("0.1.0", "0.3.0"), [three, "## v0.2.0\n- two"]);
        assert_eq!(texts("0.1.0", "0.2.5"), ["## v0.2.0\n- two"]);
        assert_eq!(texts("0.3.0", "0.3.0"), Vec::<String>::new());
    }
}
