//! Reading metrics as Prometheus does.

use std::collections::{BTreeMap, BTreeSet};

/// What Prometheus reads in one scrape: families of samples, by name.
#[derive(Clone, Debug, Default)]
pub struct Exposition(pub BTreeMap<String, Family>);

/// A metric: what is said about it, and its samples.
#[derive(Clone, Debug, Default)]
pub struct Family {
    /// `counter`, `gauge` or `histogram`; empty where there is no line `TYPE`.
    pub kind: String,
    /// What the line `HELP` says.
    pub help: String,
    pub samples: Vec<Sample>,
}

/// A line of the exposition that has a value.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The name of the family, for a histogram with `_bucket`, `_sum` or `_count`.
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

impl Exposition {
    /// Reads Prometheus' text format.
    pub fn parse(text: &str) -> Self {
        let mut families = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, help) = help.split_once(' ').unwrap_or((help, ""));
                help.clone_into(&mut families.0.entry(name.to_owned()).or_default().help);
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("a TYPE has a value");
                kind.clone_into(&mut families.0.entry(name.to_owned()).or_default().kind);
            } else {
                let sample = Sample::parse(line);
                let name = families.family_name(&sample.name).to_owned();
                families.0.entry(name).or_default().samples.push(sample);
            }
        }
        families
    }

    /// Returns the family of a series, whose name can be that of a part of a histogram.
    pub fn family(&self, series: &str) -> Option<&Family> {
        self.0.get(self.family_name(series))
    }

    /// Adds what another scrape has shown.
    pub fn extend(&mut self, other: Self) {
        for (name, family) in other.0 {
            let known = self.0.entry(name).or_default();
            known.samples.extend(family.samples);
            (known.kind, known.help) = (family.kind, family.help);
        }
    }

    fn family_name<'a>(&self, series: &'a str) -> &'a str {
        let parts = ["_bucket", "_sum", "_count"].into_iter();
        let of_histogram = parts
            .filter_map(|part| series.strip_suffix(part))
            .find(|name| self.0.get(*name).is_some_and(|family| family.kind == "histogram"));
        of_histogram.unwrap_or(series)
    }
}

impl Family {
    /// Returns the names of all labels, that of buckets left out.
    pub fn label_names(&self) -> BTreeSet<&str> {
        let names = self.samples.iter().flat_map(|sample| sample.labels.keys());
        names.map(String::as_str).filter(|name| *name != "le").collect()
    }

    /// Returns all values of a label.
    pub fn label_values(&self, label: &str) -> BTreeSet<&str> {
        let values = self.samples.iter().filter_map(|sample| sample.labels.get(label));
        values.map(String::as_str).collect()
    }
}

impl Sample {
    fn parse(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').expect("a sample has a value");
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, pairs(labels.strip_suffix('}').expect("labels end"))),
            None => (series, BTreeMap::new()),
        };
        let value = value.parse().expect("a value is a number");
        Self { name: name.to_owned(), labels, value }
    }
}

/// Reads `name="value"` pairs, in whose values quotes, backslashes and line ends are escaped.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut rest = text;
    while let Some((name, quoted)) = rest.split_once("=\"") {
        let mut value = String::new();
        let mut chars = quoted.char_indices();
        loop {
            match chars.next().expect("a label ends") {
                (end, '"') => {
                    rest = quoted[end + 1..].trim_start_matches(',');
                    break;
                }
                (_, '\\') => match chars.next().expect("an escape has a character").1 {
                    'n' => value.push('\n'),
                    char => value.push(char),
                },
                (_, char) => value.push(char),
            }
        }
        let twice = labels.insert(name.to_owned(), value);
        assert!(twice.is_none(), "the label {name} is there twice: {text}");
    }
    assert!(rest.is_empty(), "not labels: {text}");
    labels
}

/// Returns the samples of a metric that mention a text.
pub fn series<'a>(metrics: &'a str, name: &str, text: &str) -> Vec<&'a str> {
    let start = name.to_owned() + "{";
    let named = metrics.lines().filter(|line| line.starts_with(&start) && line.contains(text));
    let named: Vec<_> = named.collect();
    assert!(!named.is_empty(), "{name} with {text} is not in {metrics}");
    named
}

/// Returns the labels of a sample but for the bucket, sorted.
pub fn labels(sample: &str) -> String {
    let (_, labels) = sample.split_once('{').unwrap();
    let (labels, _) = labels.rsplit_once('}').unwrap();
    let labels = labels.split(',').filter(|label| !label.starts_with("le="));
    let mut labels: Vec<_> = labels.map(|label| label.replace('"', "")).collect();
    labels.sort();
    labels.join(" ")
}

/// Returns the value of the sample that starts with a text.
pub fn value(metrics: &str, start: &str) -> f64 {
    let sample = metrics.lines().find(|line| line.starts_with(start)).unwrap();
    sample.rsplit(' ').next().unwrap().parse().unwrap()
}
