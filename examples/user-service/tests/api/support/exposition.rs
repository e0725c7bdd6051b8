//! Reading metrics as Prometheus does.

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

/// Returns the upper bounds of the first histogram among the samples.
pub fn bounds(samples: &[&str]) -> String {
    let first = samples.iter().take_while(|sample| labels(sample) == labels(samples[0]));
    let bounds =
        first.map(|sample| sample.split("le=\"").nth(1).unwrap().split('"').next().unwrap());
    bounds.collect::<Vec<_>>().join(" ")
}

/// Returns the value of the sample that starts with a text.
pub fn value(metrics: &str, start: &str) -> f64 {
    let sample = metrics.lines().find(|line| line.starts_with(start)).unwrap();
    sample.rsplit(' ').next().unwrap().parse().unwrap()
}
