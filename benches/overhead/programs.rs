//! What takes part: the floor and the rendered service, built alike, and their databases.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::Result;

/// Where everything is rendered and built.
const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/overhead");

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// The two programs for one database.
pub struct Programs {
    pub floor: PathBuf,
    pub service: PathBuf,
    database: Database,
}

impl Programs {
    /// Names the programs, which need not be there yet.
    pub fn of(database: Database) -> Self {
        let binary = |name| Path::new(FOLDER).join(format!("{name}-{}", database.name()));
        Self { floor: binary("floor"), service: binary("service"), database }
    }

    /// Renders the service, and builds both.
    ///
    /// The worker pool is left out: what it does after a request is work, not telemetry.
    pub fn build(&self) -> Result<()> {
        let database = self.database.name();
        let project = Path::new(FOLDER).join(database).join("user-service");
        if project.exists() {
            fs::remove_dir_all(&project)?;
        }
        run(Command::new(env!("CARGO_BIN_EXE_firstlight"))
            .args(["new", "--yes", "--vcs=none", "--grpc=true", "--worker=false"])
            .arg(format!("--database={database}"))
            .arg(&project)
            .stdout(Stdio::null()))?;
        compile(&project, "user-service", &[], &self.service)?;
        let floor = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/overhead/floor");
        let features = ["--no-default-features", "--features", database];
        compile(&floor, "floor", &features, &self.floor)
    }

    /// Returns the URL of a database that has no tables yet.
    pub fn fresh_database(&self) -> Result<String> {
        match self.database {
            Database::Sqlite => {
                let folder = Path::new(FOLDER).join("data");
                if folder.exists() {
                    fs::remove_dir_all(&folder)?;
                }
                fs::create_dir_all(&folder)?;
                Ok(format!("sqlite:{}?mode=rwc", folder.join("users.db").display()))
            }
            Database::Postgres => env::var("DATABASE_URL").map_err(|_| {
                "DATABASE_URL names no PostgreSQL: run this under scripts/with-postgres".into()
            }),
        }
    }
}

fn compile(project: &Path, name: &str, features: &[&str], binary: &Path) -> Result<()> {
    let target = Path::new(FOLDER).join("target");
    let cargo = env::var_os("CARGO").ok_or("cargo runs this, and says where it is")?;
    run(Command::new(cargo)
        .current_dir(project)
        .args(["build", "--locked", "--release", "--target-dir"])
        .arg(&target)
        .args(features))?;
    // The next build in the same folder would replace it.
    fs::copy(target.join("release").join(name), binary)?;
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}
