//! E-mail addresses.

use std::str::FromStr;

/// An e-mail address as HTML defines it for `<input type=email>`, within the lengths of SMTP.
///
/// The definition leaves out what RFC 5322 allows and nobody uses: quoted local parts, comments,
/// address literals. It allows dots anywhere in the local part, as some providers do, so it is not
/// what JSON Schema calls `email`. One simple pattern states it in the API's contract.
/// The spelling is kept; two addresses that differ in case only are one address to the database.
///
/// Sources: <https://html.spec.whatwg.org/#valid-e-mail-address>, RFC 5321 section 4.5.3.1.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Email(String);

/// The reason why a text is no [`Email`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// The text has more than 254 characters.
    #[error("must have at most 254 characters")]
    TooLong,
    /// The text has not the form of an address.
    #[error("must be an e-mail address such as ada@example.com")]
    Malformed,
}

impl Email {
    const MAX_LENGTH: usize = 254;
    const MAX_LOCAL_PART_LENGTH: usize = 64;
    const MAX_LABEL_LENGTH: usize = 63;
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        if text.chars().count() > Self::MAX_LENGTH {
            return Err(EmailError::TooLong);
        }
        match text.split_once('@') {
            Some((local_part, domain)) if is_local_part(local_part) && is_domain(domain) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(EmailError::Malformed),
        }
    }
}

fn is_local_part(text: &str) -> bool {
    (1..=Email::MAX_LOCAL_PART_LENGTH).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte))
}

fn is_domain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    (1..=Email::MAX_LABEL_LENGTH).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_accepted_in_the_spelling_given() {
        for text in [
            "ada@example.com",
            "Ada.Lovelace+notes@Example.COM",
            "o'brien@mail.example.co.uk",
            "root@localhost",
            "1@2.3",
        ] {
            assert_eq!(text.parse::<Email>().map(String::from), Ok(text.to_owned()));
        }
    }

    #[test]
    fn texts_of_another_form_are_refused() {
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@example@com",
            "ada lovelace@example.com",
            "ada@example..com",
            "ada@-example.com",
            "ada@example-.com",
            "ada@example.com.",
            "ada@exämple.com",
            "ada\0@example.com",
            "ada@example.com\n",
            "\"ada\"@example.com",
            "ada@[127.0.0.1]",
        ] {
            assert!(matches!(text.parse::<Email>(), Err(EmailError::Malformed)), "{text:?}");
        }
    }

    #[test]
    fn each_part_has_its_greatest_length() {
        let local_part = "a".repeat(64);
        let label = "b".repeat(63);
        let longest = format!("{local_part}@{label}.{label}.{}", "c".repeat(61));
        assert_eq!(longest.len(), 254);
        assert!(longest.parse::<Email>().is_ok());
        assert!(matches!(format!("{longest}c").parse::<Email>(), Err(EmailError::TooLong)));
        assert!(format!("a{local_part}@example.com").parse::<Email>().is_err());
        assert!(format!("ada@b{label}.com").parse::<Email>().is_err());
    }
}
