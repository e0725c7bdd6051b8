//! Names of users.

use std::str::FromStr;

/// A name: 1 to 100 characters, not all of them blank, none of them a control character.
///
/// Blanks around it are cut off. They count towards the length, so that the rule is one that a
/// client can check, and that the API's contract can state.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Name(String);

/// The reason why a text is no [`Name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text has nothing but blanks.
    #[error("must not be blank")]
    Blank,
    /// The text has more than 100 characters.
    #[error("must have at most 100 characters")]
    TooLong,
    /// The text has a control character, such as a line break or a NUL.
    #[error("must not contain control characters")]
    ControlCharacter,
}

impl Name {
    const MAX_LENGTH: usize = 100;
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.chars().count() > Self::MAX_LENGTH {
            return Err(NameError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(NameError::ControlCharacter);
        }
        match text.trim() {
            "" => Err(NameError::Blank),
            name => Ok(Self(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, NameError> {
        text.parse::<Name>().map(String::from)
    }

    #[test]
    fn blanks_around_a_name_are_cut_off() {
        assert_eq!(parsed("  Ada Lovelace\u{a0}"), Ok("Ada Lovelace".to_owned()));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(parsed(&"é".repeat(100)), Ok("é".repeat(100)));
        assert_eq!(parsed(&"é".repeat(101)), Err(NameError::TooLong));
    }

    #[test]
    fn blank_names_are_refused() {
        for text in ["", " ", "\u{3000}"] {
            assert_eq!(parsed(text), Err(NameError::Blank), "{text:?}");
        }
    }

    #[test]
    fn control_characters_are_refused() {
        for text in ["Ada\0", "Ada\nLovelace", "\tAda", "Ada\u{85}", "\u{7f}"] {
            assert_eq!(parsed(text), Err(NameError::ControlCharacter), "{text:?}");
        }
    }
}
