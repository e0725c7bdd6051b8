//! The `OTEL_*` variables, read as the OpenTelemetry specification asks.

use std::{
    collections::BTreeMap, env, ffi::OsString, fmt::Display, ops::RangeInclusive, str::FromStr,
    time::Duration,
};

/// The longest time that a variable can ask for: a timer could not be set for any time at all.
const A_DAY: u64 = 24 * 60 * 60 * 1000;

/// The `OTEL_*` variables of the process, and what was found wrong with them.
///
/// An empty variable counts as unset, a boolean is true only as `true`, and a value that cannot be
/// used is replaced by its default and reported once the logs are up, never fatal.
/// Source: <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>
#[derive(Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    warnings: Vec<String>,
}

impl Environment {
    /// Reads the variables of the process.
    pub fn of_process() -> Self {
        env::vars_os().collect()
    }

    /// Returns the value of `name`, unless it is unset or empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim())
    }

    /// Tells whether `name` is `true`, in any case.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Returns the number in `name`, or `default` with a warning where it is none of `range`.
    pub(super) fn number<T>(&mut self, name: &str, range: RangeInclusive<T>, default: T) -> T
    where
        T: FromStr + PartialOrd + Display,
    {
        let Some(text) = self.text(name) else {
            return default;
        };
        match text.parse() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let (least, most) = (range.start(), range.end());
                self.warn(format!(
                    "{name} must be a number from {least} to {most}: using {default}"
                ));
                default
            }
        }
    }

    /// Returns the time in `name`, which is a number of milliseconds, as [`Self::number`] does.
    pub(super) fn milliseconds(&mut self, name: &str, default: Duration) -> Duration {
        let default = u64::try_from(default.as_millis()).unwrap_or(A_DAY);
        Duration::from_millis(self.number(name, 1..=A_DAY, default))
    }

    /// Returns an exporter setting: the one for traces, else the one for every signal.
    pub(super) fn otlp(&self, setting: &str) -> Option<&str> {
        otlp_names(setting).iter().find_map(|name| self.text(name))
    }

    /// Returns an exporter setting as `read` understands it: the one for traces if that can be
    /// used, else the one for every signal. What cannot be used must be `form`, says a warning.
    pub(super) fn otlp_as<T>(
        &mut self,
        setting: &str,
        form: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        for name in otlp_names(setting) {
            match self.text(&name).map(&read) {
                Some(Some(value)) => return Some(value),
                Some(None) => self.warn(format!("{name} must be {form}: ignoring it")),
                None => {}
            }
        }
        None
    }

    /// Returns an exporter setting that is a number of milliseconds, as [`Self::otlp_as`] does.
    pub(super) fn otlp_milliseconds(&mut self, setting: &str) -> Option<Duration> {
        let form = format!("a number from 1 to {A_DAY}");
        self.otlp_as(setting, &form, |text| {
            let number = text.parse().ok().filter(|number| (1..=A_DAY).contains(number))?;
            Some(Duration::from_millis(number))
        })
    }

    /// Notes what is wrong with a variable, without its value: it could be a secret.
    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// Returns what was found wrong.
    pub(super) fn into_warnings(self) -> Vec<String> {
        self.warnings
    }
}

/// Keeps those variables that are for OpenTelemetry, and set to something.
impl FromIterator<(OsString, OsString)> for Environment {
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(variables: I) -> Self {
        let variables = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, value)| name.starts_with("OTEL_") && !value.trim().is_empty())
            .collect();
        Self { variables, warnings: Vec::new() }
    }
}

fn otlp_names(setting: &str) -> [String; 2] {
    ["OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"].map(|prefix| prefix.to_owned() + setting)
}
