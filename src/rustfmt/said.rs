//! What rustfmt says about files.

use std::path::{MAIN_SEPARATOR, Path};

/// Is one thing that rustfmt finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The file and the line, counted from 1; none if it names no line.
    pub at: Option<(String, usize)>,
    /// What it finds.
    pub what: What,
}

/// Tells what rustfmt finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The code is written in another way.
    Differs,
    /// The code cannot be read.
    Refused(String),
}

/// Reads what `rustfmt --check` prints about the files in a folder.
pub fn remarks(root: &Path, stdout: &str, stderr: &str) -> Vec<Remark> {
    let mut remarks = refused(root, stderr);
    let mut at: Option<(String, usize)> = None;
    let mut is_changed = false;
    for line in stdout.lines() {
        if let Some(found) = line.strip_prefix("Incorrect newline style in ") {
            let at = inside(root, found).map(|path| (path, 1));
            remarks.extend(at.map(|at| Remark { at: Some(at), what: What::Differs }));
        } else if let Some(header) = line.strip_prefix("Diff in ") {
            at = place(root, header.trim_end_matches(':'));
            is_changed = false;
        } else if let Some(at) = &mut at {
            let changes = line.starts_with(['-', '+']);
            if changes && !is_changed {
                remarks.push(Remark { at: Some(at.clone()), what: What::Differs });
            }
            is_changed = changes;
            at.1 += usize::from(!line.starts_with('+'));
        }
    }
    remarks
}

/// Lists what keeps rustfmt from reading the code.
fn refused(root: &Path, stderr: &str) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut message = "";
    for line in stderr.lines() {
        if let Some(found) = line.strip_prefix("error: ") {
            message = found;
        } else if let Some(found) = line.trim_start().strip_prefix("--> ") {
            let at = found.rsplit_once(':').and_then(|(found, _)| place(root, found));
            let what = What::Refused(std::mem::take(&mut message).to_owned());
            remarks.extend(at.map(|at| Remark { at: Some(at), what }));
        } else if let Some(found) = line.strip_prefix("Error writing files: ") {
            // Why it cannot be parsed has been said before.
            if !found.contains("cannot parse") {
                let reason = found.split(": ").next().unwrap_or(found).to_owned();
                remarks.push(Remark { at: None, what: What::Refused(reason) });
            }
        }
    }
    remarks
}

/// Reads the place of a line, of files in the folder alone: code can name others.
fn place(root: &Path, text: &str) -> Option<(String, usize)> {
    let (path, line) = text.rsplit_once(':')?;
    Some((inside(root, path)?, line.parse().ok()?))
}

fn inside(root: &Path, path: &str) -> Option<String> {
    let path = Path::new(path).strip_prefix(root).ok()?.to_str()?;
    Some(path.replace(MAIN_SEPARATOR, "/"))
}
