//! The `OTEL_*` variables, read as the OpenTelemetry specification asks.

use std::{collections::BTreeMap, env, fmt::Display, str::FromStr};

/// The `OTEL_*` variables of the process, and what was found wrong with them.
///
/// An empty variable counts as unset, a boolean is true only as `true`, and a value that cannot be
/// used is replaced by its default and reported once the logs are up, never fatal.
/// Source: <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>
pub struct Environment {
    variables: BTreeMap<String, String>,
    warnings: Vec<String>,
}

impl Environment {
    /// Reads the variables of the process.
    pub fn of_process() -> Self {
        let variables = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, value)| name.starts_with("OTEL_") && !value.trim().is_empty())
            .collect();
        Self { variables, warnings: Vec::new() }
    }

    /// Returns the value of `name`, unless it is unset or empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim())
    }

    /// Returns an exporter setting: the one for traces, else the one for every signal.
    pub fn otlp(&self, setting: &str) -> Option<&str> {
        self.text(&format!("OTEL_EXPORTER_OTLP_TRACES_{setting}"))
            .or_else(|| self.text(&format!("OTEL_EXPORTER_OTLP_{setting}")))
    }

    /// Tells whether `name` is `true`, in any case.
    pub fn is_true(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Returns the number in `name`, or `default` with a warning where it is none.
    pub fn number<T: FromStr + Display>(&mut self, name: &str, default: T) -> T {
        match self.text(name).map(str::parse) {
            None => default,
            Some(Ok(number)) => number,
            Some(Err(_)) => {
                self.warn(format!("{name} is not a valid number: using {default}"));
                default
            }
        }
    }

    /// Notes what is wrong with a variable, without its value: it could be a secret.
    pub fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// Returns what was found wrong.
    pub fn into_warnings(self) -> Vec<String> {
        self.warnings
    }
}
