//! Pages of a list of users, in the order of their identifiers.

use std::str::FromStr;

use super::{User, UserId};

/// Which page a client asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageRequest {
    /// The greatest number of users on the page.
    pub size: PageSize,
    /// The user after whom the page starts; none asks for the first page.
    pub after: Option<UserId>,
}

/// A part of the list of users.
///
/// It starts after a given user instead of at an offset: users who are created or deleted
/// meanwhile neither shift the pages nor slow them down.
pub struct Page {
    /// The users.
    pub users: Vec<User>,
    /// The user after whom the next page starts; none on the last page.
    pub next: Option<UserId>,
}

/// The greatest number of users on a page: 1 to 100, 20 by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u8);

/// The text is no [`PageSize`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an integer from 1 to {}", PageSize::MAX)]
pub struct InvalidPageSize;

impl PageSize {
    const MAX: u8 = 100;

    /// Returns the size as a number.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<i32> for PageSize {
    type Error = InvalidPageSize;

    fn try_from(size: i32) -> Result<Self, InvalidPageSize> {
        match size.try_into() {
            Ok(size @ 1..=Self::MAX) => Ok(Self(size)),
            _ => Err(InvalidPageSize),
        }
    }
}

impl FromStr for PageSize {
    type Err = InvalidPageSize;

    fn from_str(text: &str) -> Result<Self, InvalidPageSize> {
        match text.parse::<i32>() {
            Ok(size) if !text.starts_with(['+', '0']) => size.try_into(),
            _ => Err(InvalidPageSize),
        }
    }
}
