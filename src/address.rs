//! The address of a template's git repository.

use std::path::Path;

/// Is a repository, and perhaps a branch, tag or commit of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The address as git takes it, with what is secret in it.
    url: String,
    /// What comes after `#`.
    pub revision: Option<String>,
}

/// Says why an address is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// git has a way to run any command as a transport, and some that nobody can trust.
    #[error("templates are not fetched over `{0}`")]
    Transport(String),
    /// The address would be taken for something else.
    #[error("`{0}` is no address of a repository")]
    Url(String),
    /// The revision would be taken for something else.
    #[error("`{0}` is no branch, tag or commit")]
    Revision(String),
}

impl Address {
    /// Reads an address; none if it is the path of a folder.
    ///
    /// # Errors
    /// Refuses what is not `https`, `ssh` or `file`, and what git would take for an option.
    pub fn parse(given: &Path) -> Result<Option<Self>, Error> {
        let Some(given) = given.to_str() else { return Ok(None) };
        let (url, revision) = match given.split_once('#') {
            Some((url, revision)) => (url, Some(revision.to_owned())),
            None => (given, None),
        };
        match transport(url) {
            None => return Ok(None),
            Some("https" | "ssh" | "file") => {}
            Some(other) => return Err(Error::Transport(other.to_owned())),
        }
        let address = Self { url: url.to_owned(), revision };
        let strange = |c: char| c.is_control() || c.is_whitespace();
        if url.starts_with('-') || url.contains(strange) || host(url).starts_with('-') {
            return Err(Error::Url(address.public()));
        }
        match &address.revision {
            Some(revision) if !is_revision(revision) => Err(Error::Revision(revision.clone())),
            _ => Ok(Some(address)),
        }
    }

    /// Makes an address of one that was parsed before.
    ///
    /// # Errors
    /// As above.
    pub fn recorded(url: &str, revision: Option<&str>) -> Result<Self, Error> {
        let text = revision.map_or(url.to_owned(), |revision| format!("{url}#{revision}"));
        Self::parse(Path::new(&text))?.ok_or_else(|| Error::Url(url.to_owned()))
    }

    /// Gives the address for git.
    pub fn secret(&self) -> &str {
        &self.url
    }

    /// Gives the address without what is secret: the password, and over https the user as well, which may
    /// be a token.
    pub fn public(&self) -> String {
        let Some((scheme, rest)) = self.url.split_once("://") else { return self.url.clone() };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let Some((user, host)) = authority.rsplit_once('@') else { return self.url.clone() };
        let user = user.split(':').next().unwrap_or_default();
        if scheme == "ssh" {
            format!("{scheme}://{user}@{host}{path}")
        } else {
            format!("{scheme}://{host}{path}")
        }
    }

    /// Takes what is secret out of something that git has said.
    pub fn without_secrets(&self, said: &str) -> String {
        said.replace(&self.url, &self.public())
    }
}

/// Tells how a repository would be fetched; none for the path of a folder.
fn transport(url: &str) -> Option<&str> {
    if let Some((scheme, _)) = url.split_once("::") {
        return Some(scheme);
    }
    if let Some((scheme, _)) = url.split_once("://") {
        return Some(scheme);
    }
    // As `git@example.com:user/repository`: what has a slash before the colon is a path.
    let (host, _) = url.split_once(':')?;
    let is_host = host.len() > 1 && !host.contains(['/', '\\']);
    (is_host && !Path::new(url).exists()).then_some("ssh")
}

fn host(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', ':']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// Tells whether git takes it for a single name.
fn is_revision(revision: &str) -> bool {
    let strange = |c: char| c.is_control() || " ~^:?*[\\+@{".contains(c);
    !revision.is_empty()
        && !revision.starts_with(['-', '/'])
        && !revision.contains("..")
        && !revision.contains(strange)
}

impl Error {
    /// Says what to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Transport(_) => "use an address with `https://`, `ssh://` or `file://`",
            Self::Url(_) => "write it as in `https://example.com/templates/service`",
            Self::Revision(_) => "write a branch, a tag or a whole commit after `#`",
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(given: &str) -> Result<Option<Address>, Error> {
        Address::parse(Path::new(given))
    }

    #[test]
    fn what_has_a_transport_is_an_address_and_the_rest_are_folders() {
        for folder in ["template", "../a/b", "/a/b#c", "./a:b", "C:\\a"] {
            assert_eq!(parse(folder), Ok(None), "{folder}");
        }
        for (given, url, revision) in [
            ("https://a.b/c", "https://a.b/c", None),
            ("ssh://git@a.b/c#v1", "ssh://git@a.b/c", Some("v1")),
            ("git@a.b:c/d.git#feature/x", "git@a.b:c/d.git", Some("feature/x")),
            ("file:///a/b", "file:///a/b", None),
        ] {
            let address = parse(given).unwrap().unwrap();
            assert_eq!((address.secret(), address.revision.as_deref()), (url, revision));
        }
    }

    #[test]
    fn what_git_would_run_or_take_for_an_option_is_refused() {
        for given in [
            "ext::sh -c x",
            "ext::sh -c https://a",
            "fd::3",
            "http://a.b/c",
            "git://a.b/c",
            "ssh://-oProxyCommand=x/a",
            "-oProxyCommand=x:a",
            "https://a.b/c d",
            "https://a.b/c#-x",
            "https://a.b/c#",
            "https://a.b/c#a:b",
            "https://a.b/c#a..b",
            "https://a.b/c#+a",
        ] {
            assert!(parse(given).is_err(), "{given}");
        }
    }

    #[test]
    fn nothing_secret_is_public() {
        for (given, public) in [
            ("https://user:token@a.b/c", "https://a.b/c"),
            ("https://token@a.b", "https://a.b"),
            ("ssh://git:secret@a.b/c", "ssh://git@a.b/c"),
            ("git@a.b:c", "git@a.b:c"),
            ("https://a.b/c@d", "https://a.b/c@d"),
        ] {
            let address = parse(given).unwrap().unwrap();
            assert_eq!(address.public(), public);
            let said = format!("fatal: cannot access '{given}'");
            assert_eq!(address.without_secrets(&said), format!("fatal: cannot access '{public}'"));
        }
    }
}
