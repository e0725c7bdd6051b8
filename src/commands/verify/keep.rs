//! What is left of projects that have failed, to be looked at.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::plan::Project;
use super::update;
use crate::checks;
use crate::error::{Failure, Kind};

/// Checks that nothing is there yet.
pub fn check_empty(folder: &Path) -> Result<(), Failure> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(false) => {
            let message = format!("the folder `{}` is not empty", folder.display());
            let hint = "give `--keep` a folder that is empty or does not exist";
            Err(Failure::one(Kind::Usage, &message, hint.to_owned()))
        }
        Err(error) => {
            let message = format!("cannot read `{}`: {error}", folder.display());
            Err(Failure::one(Kind::Usage, &message, None))
        }
    }
}

/// Gives the place of a project.
pub fn place(folder: &Path, index: usize) -> PathBuf {
    folder.join(number(index))
}

/// Writes what a check of a project has printed.
pub fn log(folder: &Path, index: usize, check: &str, output: &str) -> Result<(), Failure> {
    let name = format!("{}-{check}.log", number(index));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(folder.join(name), output));
    written.map_err(|error| failure(folder, &error))
}

/// Writes the projects that cannot be updated, with the marks of their conflicts.
pub fn conflicts(folder: &Path, projects: &[Project]) -> Result<(), Failure> {
    for (index, project) in projects.iter().enumerate() {
        let Some(obstacle) = &project.obstacle else { continue };
        let place = place(folder, index);
        let mut files = project.tree.iter();
        let written = files.try_for_each(|(path, file)| checks::write(&place.join(path), file));
        written.map_err(|error| failure(&place, &error))?;
        log(folder, index, update::CHECK, &obstacle.message)?;
    }
    Ok(())
}

/// Says that something cannot be kept.
pub fn failure(place: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot keep the project in `{}`: {error}", place.display());
    Failure::one(Kind::Failed, &message, None)
}

fn number(index: usize) -> String {
    format!("{:02}", index + 1)
}
