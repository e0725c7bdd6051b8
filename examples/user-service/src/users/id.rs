//! Identifiers of users.

use std::{fmt, str::FromStr};

/// The identifier of a user: a positive 64-bit integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct UserId(i64);

/// The text is no [`UserId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an integer from 1 to {}", i64::MAX)]
pub struct InvalidId;

impl UserId {
    /// Returns the identifier as a number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl TryFrom<i64> for UserId {
    type Error = InvalidId;

    fn try_from(id: i64) -> Result<Self, InvalidId> {
        if id > 0 { Ok(Self(id)) } else { Err(InvalidId) }
    }
}

impl FromStr for UserId {
    type Err = InvalidId;

    /// Takes the one canonical spelling only, so that a user has one URL: no sign, no leading zero.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.parse::<i64>() {
            Ok(id) if !text.starts_with(['+', '0']) => id.try_into(),
            _ => Err(InvalidId),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positive_integers_are_accepted() {
        assert_eq!("1".parse(), Ok(UserId(1)));
        assert_eq!("9223372036854775807".parse(), Ok(UserId(i64::MAX)));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "0", "-1", "+1", "01", "1.0", "one", " 1", "9223372036854775808"] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId), "{text:?}");
        }
    }
}
