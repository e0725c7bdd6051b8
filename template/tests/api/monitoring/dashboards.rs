//! The dashboards of Grafana.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use super::Expression;

const FOLDER: &str = "deploy/grafana/dashboards";

/// Keys that Grafana sets by itself, differently in each installation or at each save.
const GRAFANAS_OWN: [&str; 3] = ["id", "iteration", "version"];

/// A dashboard, in the file of which every save would show.
pub struct Dashboard {
    path: String,
    text: String,
    pub json: Value,
}

/// Reads all dashboards.
pub fn read() -> Vec<Dashboard> {
    let entries = fs::read_dir(FOLDER).unwrap_or_else(|error| panic!("{FOLDER}: {error}"));
    let paths = entries.map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let dashboards = paths.map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let json = serde_json::from_str(&text);
        let path = path.display().to_string();
        let json = json.unwrap_or_else(|error| panic!("{path}: {error}"));
        Dashboard { path, text, json }
    });
    dashboards.collect()
}

impl Dashboard {
    /// Lists what the dashboard asks Prometheus for.
    pub fn expressions(&self) -> Vec<Expression> {
        let panels = list(&self.json["panels"]).iter().flat_map(|panel| self.panel(panel));
        let annotations = list(&self.json["annotations"]["list"]).iter();
        let annotations = annotations.filter_map(|annotation| {
            Some(self.expression(&annotation["name"], annotation["expr"].as_str()?))
        });
        let variables = list(&self.json["templating"]["list"]).iter();
        let variables = variables.filter_map(|variable| {
            // What Grafana computes of `label_values(SELECTOR, LABEL)`.
            let query = variable["query"]["query"].as_str()?;
            let query = query.strip_prefix("label_values(")?.strip_suffix(')')?;
            let (selector, label) = query.rsplit_once(',')?;
            let mut expression = self.expression(&variable["name"], selector);
            expression.shown.insert(label.trim().to_owned());
            Some(expression)
        });
        panels.chain(annotations).chain(variables).collect()
    }

    fn panel(&self, panel: &Value) -> Vec<Expression> {
        let links = list(&panel["fieldConfig"]["defaults"]["links"]).iter();
        let links = links.filter_map(|link| link["url"].as_str());
        let linked: BTreeSet<_> =
            links.flat_map(|url| between(url, "${__field.labels.", &[':', '}'])).collect();
        let targets = list(&panel["targets"]).iter();
        let targets = targets.filter(|target| target["datasource"]["type"] == "prometheus");
        targets
            .map(|target| {
                let mut expression =
                    self.expression(&panel["title"], target["expr"].as_str().unwrap_or_default());
                let legend = target["legendFormat"].as_str().unwrap_or_default();
                expression.shown.extend(between(legend, "{", &['}']));
                expression.shown.extend(linked.clone());
                expression
            })
            .collect()
    }

    fn expression(&self, name: &Value, text: &str) -> Expression {
        let place = format!("{}, `{}`", self.path, name.as_str().unwrap_or_default());
        let text = text.replace("$__rate_interval", "1m").replace("$__range", "1h");
        Expression { place, text, shown: BTreeSet::new() }
    }

    /// Lists what would make the difference between two versions hard to read.
    pub fn untidiness(&self) -> Vec<String> {
        let path = &self.path;
        let mut faults = Vec::new();
        let sorted = serde_json::to_string_pretty(&self.json).unwrap() + "\n";
        if sorted != self.text {
            faults.push(format!("{path}: not as `jq --sort-keys .` prints it"));
        }
        let own = GRAFANAS_OWN.iter().filter(|key| self.json.get(key).is_some());
        faults.extend(own.map(|key| format!("{path}: `{key}` is for Grafana to set")));
        for panel in list(&self.json["panels"]).iter().filter(|panel| panel["type"] != "row") {
            if panel["description"].as_str().unwrap_or_default().is_empty() {
                faults.push(format!("{path}, {}: no description", panel["title"]));
            }
        }
        faults
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Returns the texts that begin after `start` and end before one of `ends`, empty ones left out.
fn between(text: &str, start: &str, ends: &[char]) -> Vec<String> {
    let parts = text.split(start).skip(1);
    let parts = parts.filter_map(|rest| rest.split(ends).next()).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
