//! A `Cargo.lock`, as text and as packages.

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;

/// Is a lock: its packages in cargo's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    pub packages: BTreeMap<Key, Package>,
}

/// Sorts packages as cargo does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub name: String,
    pub version: Version,
    pub source: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub checksum: Option<String>,
    /// The dependencies, as cargo wrote them.
    pub dependencies: Vec<String>,
}

impl Lock {
    pub fn parse(text: &str) -> Self {
        let table: toml::Table = text.parse().unwrap();
        let packages = table.get("package").and_then(toml::Value::as_array);
        Self { packages: packages.into_iter().flatten().map(package).collect() }
    }

    /// Adds the packages of another lock; what both have takes the dependencies of both.
    pub fn merge(&mut self, other: &Self) {
        for (key, package) in &other.packages {
            let own = self.packages.entry(key.clone());
            let own =
                own.or_insert_with(|| Package { dependencies: Vec::new(), ..package.clone() });
            for dependency in &package.dependencies {
                let full = other.full(dependency);
                if !own.dependencies.contains(&full) {
                    own.dependencies.push(full);
                }
            }
            own.dependencies.sort();
        }
    }

    /// Names a package that both locks have in compatible versions which are not the same.
    pub fn incompatible_choice(&self, other: &Self) -> Option<(String, Version, Version)> {
        self.packages.keys().find_map(|own| {
            let found = other.packages.keys().find(|key| {
                let twin = Key { version: own.version.clone(), ..(*key).clone() };
                key.name == own.name
                    && is_compatible(&key.version, &own.version)
                    && !other.packages.contains_key(own)
                    && !self.packages.contains_key(key)
                    && twin.name == own.name
            })?;
            Some((own.name.clone(), own.version.clone(), found.version.clone()))
        })
    }

    /// Gives a dependency with its version, which cargo leaves out where the name is enough.
    fn full(&self, dependency: &str) -> String {
        if dependency.contains(' ') {
            return dependency.to_owned();
        }
        let key = self.packages.keys().find(|key| key.name == dependency).unwrap();
        format!("{} {}", key.name, key.version)
    }
}

fn package(value: &toml::Value) -> (Key, Package) {
    let text = |key| value.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let dependencies = value.get("dependencies").and_then(toml::Value::as_array);
    let dependency = |value: &toml::Value| value.as_str().unwrap().to_owned();
    let key = Key {
        name: text("name").unwrap(),
        version: text("version").unwrap().parse().unwrap(),
        source: text("source"),
    };
    let dependencies = dependencies.into_iter().flatten().map(dependency).collect();
    (key, Package { checksum: text("checksum"), dependencies })
}

fn is_compatible(one: &Version, other: &Version) -> bool {
    let breaking = |version: &Version| match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    breaking(one) == breaking(other)
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "version = 4")?;
        for (key, package) in &self.packages {
            writeln!(f, "\n[[package]]")?;
            for line in key.lines() {
                writeln!(f, "{line}")?;
            }
            if let Some(checksum) = &package.checksum {
                writeln!(f, "checksum = \"{checksum}\"")?;
            }
            writeln!(f, "dependencies = {:?}", package.dependencies)?;
        }
        Ok(())
    }
}

impl Key {
    /// Gives the lines that every package has.
    pub fn lines(&self) -> Vec<String> {
        let mut lines =
            vec![format!("name = \"{}\"", self.name), format!("version = \"{}\"", self.version)];
        lines.extend(self.source.as_ref().map(|source| format!("source = \"{source}\"")));
        lines
    }
}
