//! What can be wrong with a template: where, what, and how to mend it.

use std::fmt;

use memchr::memchr_iter;
use thiserror::Error;

use crate::answers::space;

/// Points into a file of a template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path inside the template folder, with its `.liquid` suffix.
    pub file: String,
    /// Line and column, both counted from 1, the column in characters; none if the whole file is meant.
    pub at: Option<(usize, usize)>,
}

impl Place {
    /// Points to a whole file.
    pub fn file(file: &str) -> Self {
        Self { file: file.to_owned(), at: None }
    }

    /// Points to the byte `offset` of a file with the contents `text`.
    pub fn offset(file: &str, text: &str, offset: usize) -> Self {
        let before = &text[..text.floor_char_boundary(offset)];
        let line = memchr_iter(b'\n', before.as_bytes()).count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[start..].chars().count() + 1;
        Self { file: file.to_owned(), at: Some((line, column)) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "{}:{line}:{column}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// Is one defect of a template.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {problem}")]
pub struct Fault {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub problem: Problem,
}

/// Names every defect that a template can have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the message of each variant says what it is")]
pub enum Problem {
    #[error("the template has no `cargo-generate.toml`")]
    NoManifest,
    #[error("a second `cargo-generate.toml` in the template")]
    SecondManifest,
    #[error("{0}")]
    Toml(String),
    #[error("`{0}` is not known here")]
    UnknownKey(String, Option<String>),
    #[error("`{0}` is not supported: {1}")]
    Unsupported(String, &'static str),
    #[error("`{0}` must be {1}")]
    WrongType(String, &'static str),
    #[error("`{0}` is missing")]
    Missing(&'static str, &'static str),
    #[error("the control character `{0}` in a text")]
    ControlCharacter(String),
    #[error("`{0}` is not a version")]
    BadVersion(String),
    #[error("the placeholder name `{0}` is reserved")]
    ReservedName(String),
    #[error("`{0}` cannot be a placeholder's name")]
    BadName(String),
    #[error("the placeholder `{0}` is declared twice")]
    PlaceholderTwice(String),
    #[error("the placeholders `{0}` and `{1}` would share one flag")]
    SameFlag(String, String),
    #[error("the default `{0}` is not one of the choices")]
    DefaultNotAChoice(String),
    #[error("`{0}` does not match the regex of its placeholder")]
    RegexRefuses(String),
    #[error("the regex does not compile: {0}")]
    BadRegex(String),
    #[error("`choices` is empty")]
    NoChoices,
    #[error("the choice `{0}` is given twice")]
    ChoiceTwice(String),
    #[error("the condition does not parse: {0}")]
    BadCondition(String),
    #[error("`{0}` is compared with `{1}`, which it can never be")]
    NeverEqual(String, String),
    #[error("`include` together with `exclude`")]
    IncludeAndExclude,
    #[error("the {0} path `{1}` matches nothing in the template")]
    MatchesNothing(&'static str, String),
    #[error("the path `{0}` leaves the tree")]
    LeavesTree(String),
    #[error("the pattern `{0}` is not valid: {1}")]
    BadPattern(String, String),
    #[error("nothing in the template uses the placeholder `{0}`")]
    Unused(String),
    #[error("the variable `{0}` is not defined")]
    Undefined(String, Option<String>),
    #[error("the variable `{0}` has no value with these answers")]
    NoValue(String),
    #[error("the variable `{0}` differs between machines")]
    NotDeterministic(String),
    #[error("the variable `{0}` has no fields")]
    NoFields(String),
    #[error("the filter `{0}` is not known")]
    UnknownFilter(String, Option<String>),
    #[error("the filter `{0}` is refused: {1}")]
    RefusedFilter(String, &'static str),
    #[error("the tag `{0}` is not known")]
    UnknownTag(String, Option<String>),
    #[error("the tag `{0}` is refused: a template is one folder without partials")]
    RefusedTag(String),
    #[error("`{{% if not %}}` does not exist in liquid")]
    IfNot,
    #[error("`{0}` is not liquid")]
    ForeignBraces(String),
    #[error("`{0}` is never closed")]
    Unclosed(String),
    #[error("the tag `{0}` belongs to no open block")]
    StrayTag(String),
    #[error("liquid refuses this: {0}")]
    Liquid(String),
    #[error("the file is not UTF-8")]
    NotUtf8,
    #[error("a symbolic link")]
    Symlink,
    #[error("neither a file nor a folder")]
    Special,
    #[error("an executable file with tags in its path")]
    ExecutableTemplatedPath,
    #[error("the folder `{0}` has tags in its name, and is not rendered")]
    UnrenderedFolder(String),
    #[error("the path component `{0}` is not portable")]
    NotPortable(String),
    #[error("the path component `{0}` renders to nothing")]
    EmptyComponent(String),
    #[error("`{0}` is rendered twice, also from `{1}`")]
    PathTwice(String, String),
    #[error("`{0}` is both a file and a folder")]
    FileAndFolder(String),
    #[error("`{0}` belongs to firstlight")]
    Reserved(String),
    #[error("`{0}` belongs to git")]
    Repository(String),
    #[error("a check's name `{}` cannot be part of a file's name", .0.escape_debug())]
    BadCheckName(String),
    #[error("the check `{0}` is declared twice")]
    CheckTwice(String),
    #[error("`{0}` takes the place of this file")]
    Shadowed(String),
    #[error("`{0}` never holds")]
    NeverHolds(String),
    #[error("`{0}` always holds")]
    AlwaysHolds(String),
    #[error("`{1}` and `{2}` give the same project")]
    SameProject(String, String, String),
    #[error("`{0}` stands in a file that is copied as it is")]
    NotRendered(String),
    #[error("`{0}` puts more than one statement into a function")]
    InFunction(String),
    #[error("`rustfmt` would write this in another way, in {0}")]
    Unformatted(String),
    #[error("`rustfmt` cannot read this: {0}, in {1}")]
    NotRust(String, String),
    #[error("whether the code is formatted is not known: {0}")]
    FormatUnknown(String, &'static str),
    #[error(
        "more than {} combinations of answers decide about this: it is not judged",
        space::MOST
    )]
    TooManyAnswers,
    #[error("no project that is planned gets the check `{0}`")]
    CheckNotPlanned(String),
    #[error("there is no check for {0}")]
    Unchecked(String),
    #[error("no project can be made of it: {0}")]
    NoProjects(String, String),
}

/// Tells how much a defect matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The template is refused.
    Error,
    /// The template works, and somebody should look at it.
    Warning,
}

impl Problem {
    /// Tells how much the defect matters.
    pub fn severity(&self) -> Severity {
        match self {
            Self::AlwaysHolds(_)
            | Self::NotRendered(_)
            | Self::InFunction(_)
            | Self::NotRust(..)
            | Self::FormatUnknown(..)
            | Self::TooManyAnswers
            | Self::CheckNotPlanned(_)
            | Self::Unchecked(_)
            | Self::NoProjects(..) => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// Says how to mend the defect.
    pub fn remedy(&self) -> String {
        let fixed = match self {
            Self::UnknownKey(_, Some(near))
            | Self::UnknownFilter(_, Some(near))
            | Self::UnknownTag(_, Some(near))
            | Self::Undefined(_, Some(near)) => return format!("did you mean `{near}`?"),
            Self::NoProjects(_, remedy) => return remedy.clone(),
            Self::Missing(_, remedy) | Self::FormatUnknown(_, remedy) => remedy,
            Self::NoManifest => "point `--template` to the folder that holds `cargo-generate.toml`",
            Self::SecondManifest => "keep one `cargo-generate.toml`, at the top of the template",
            Self::Toml(_) => "correct the TOML",
            Self::UnknownKey(..) => "remove it, or correct its name",
            Self::Unsupported(..)
            | Self::RefusedFilter(..)
            | Self::RefusedTag(_)
            | Self::ControlCharacter(_)
            | Self::Special => "remove it",
            Self::WrongType(..) => "correct the value's type",
            Self::BadVersion(_) => "write three numbers, as in `version = \"1.2.0\"`",
            Self::ReservedName(_) | Self::SameFlag(..) | Self::PlaceholderTwice(_) => {
                "rename the placeholder"
            }
            Self::BadName(_) => "use letters, digits, dashes and underscores, a letter first",
            Self::DefaultNotAChoice(_) => "make it one of the choices, or add it to them",
            Self::RegexRefuses(_) => "correct the regex or the value",
            Self::BadRegex(_) => "correct the regex, in the syntax of the crate `regex`",
            Self::NoChoices => "list the choices, or remove the key for free text",
            Self::ChoiceTwice(_) => "remove one of the two",
            Self::BadCondition(_) => {
                "write placeholders, \"strings\", true, false, ==, !=, &&, ||, ! and parentheses"
            }
            Self::NeverEqual(..) => "compare with one of its choices",
            Self::IncludeAndExclude => {
                "keep one of the two: cargo-generate drops `exclude` in silence"
            }
            Self::MatchesNothing(..) => {
                "remove it, or correct the path: from the template's top, without `.liquid`"
            }
            Self::LeavesTree(_) => {
                "write a path inside the template, without `..` or a leading `/`"
            }
            Self::BadPattern(..) => "write a pattern as in `.gitignore`",
            Self::Unused(_) => "remove the placeholder, or use it",
            Self::Undefined(..) => {
                "declare it under [placeholders], correct its name, \
                 or list the file under `exclude` if the braces are another language's"
            }
            Self::NoValue(_) => {
                "give it one in every branch, or use it only under the condition that asks for it"
            }
            Self::NotDeterministic(_) => "ask for it with a placeholder of another name",
            Self::NoFields(_) => "placeholders are texts and flags: use the name alone",
            Self::UnknownFilter(..) => "use a filter of liquid or cargo-generate",
            Self::UnknownTag(..) => {
                "use a tag of liquid, or wrap foreign text in {% raw %} and {% endraw %}"
            }
            Self::IfNot => "write {% unless … %}",
            Self::ForeignBraces(_) => {
                "list the file under `exclude` if the braces are another language's, \
                 or wrap them in {% raw %} and {% endraw %}"
            }
            Self::Unclosed(_) => "add the tag or the braces that close it",
            Self::StrayTag(_) => "remove it, or open its block",
            Self::Liquid(_) => "correct the markup",
            Self::NotUtf8 => "list the file under `exclude`, which copies it byte for byte",
            Self::Symlink => "replace the link by the file it points to",
            Self::ExecutableTemplatedPath => {
                "give it a fixed path: cargo-generate would lose the executable bit"
            }
            Self::UnrenderedFolder(_) => {
                "give it a fixed name, or have its name rendered too: cargo-generate aborts here"
            }
            Self::NotPortable(_) | Self::BadCheckName(_) => {
                "avoid < > : \" / \\ | ? *, control characters, trailing dots and device names"
            }
            Self::EmptyComponent(_) => "leave the file out with [conditional] `ignore` instead",
            Self::PathTwice(..) | Self::FileAndFolder(_) => "give each file a path of its own",
            Self::Reserved(_) => "move the file: `.firstlight/` holds the record of a project",
            Self::Repository(_) => "rename it: git would run what is in there",
            Self::CheckTwice(_) => "rename one of the two",
            Self::Shadowed(_) => "remove one of the two: the one with `.liquid` wins in silence",
            Self::NeverHolds(_) => "correct the condition, or remove what stands under it",
            Self::AlwaysHolds(_) => "correct the condition, or write what stands under it without",
            Self::SameProject(name, ..) => {
                return format!("remove one choice of `{name}`, or have a file depend on it");
            }
            Self::NotRendered(_) => "take the file out of `exclude`, or remove the braces",
            Self::InFunction(_) => {
                "move them into a function in a file of its own, and leave its call under the tag"
            }
            Self::Unformatted(_) => "run `cargo fmt` in the project, and change the template alike",
            Self::CheckNotPlanned(_) => "raise `--strength`, or give the answers with `--only`",
            Self::Unchecked(_) => "name one under `[[firstlight.checks]]`",
            Self::TooManyAnswers => "let fewer placeholders decide about it",
            Self::NotRust(..) => "correct the code, or what the tags leave of it",
        };
        fixed.to_owned()
    }
}

/// Finds the candidate that `wrong` is most likely a misspelling of.
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(wrong, candidate), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}
