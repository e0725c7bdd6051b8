//! The rules of Prometheus, and the cases in which they are tried.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::{Value, json};

use super::Expression;
use crate::support::yaml;

const RULES: &str = "deploy/prometheus/rules";
const CASES: &str = "deploy/prometheus/tests";
/// What of the manifests is for a cluster with the Prometheus Operator.
const COMPONENT: &str = "deploy/kubernetes/components/monitoring";
/// The rules as resources of it.
const RESOURCES: &str = "deploy/kubernetes/components/monitoring/rules";

/// A rule that records or alerts.
pub struct Rule {
    file: String,
    /// The name of the recorded series, or of the alert.
    pub name: String,
    /// What it computes.
    pub text: String,
    labels: BTreeMap<String, String>,
    /// Those of an alert.
    annotations: Option<BTreeMap<String, String>>,
}

/// Reads all rules.
pub fn read() -> Vec<Rule> {
    let files = files(RULES).into_iter();
    files.flat_map(|(file, content)| rules(&file, &content)).collect()
}

/// Lists the alerts that are tried, with whether they are to fire.
pub fn cases() -> BTreeSet<(String, bool)> {
    let files = files(CASES);
    let tests = files.iter().flat_map(|(_, content)| list(&content["tests"]));
    let cases = tests.flat_map(|test| list(&test["alert_rule_test"]));
    cases.map(|case| (text(&case["alertname"]), !list(&case["exp_alerts"]).is_empty())).collect()
}

/// Lists where the resources are not the rules, or not all of them, or do not reach a cluster.
pub fn differences() -> Vec<String> {
    let mut resources: BTreeMap<_, _> = files(RESOURCES).into_iter().collect();
    let kustomization = resources.remove(&format!("{RESOURCES}/kustomization.yaml"));
    let kustomization = kustomization.expect("kustomize has a file that lists the resources");
    let mut faults = Vec::new();
    let component = format!("{COMPONENT}/kustomization.yaml");
    if !list(&yaml::read(&component)["resources"]).contains(&json!("rules")) {
        faults.push(format!("{component}: does not list `rules`"));
    }
    for (path, rules) in files(RULES) {
        let file = path.rsplit('/').next().unwrap_or_default();
        let resource = format!("{RESOURCES}/{file}");
        let expected = json!({
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": { "name": file.strip_suffix(".yaml") },
            "spec": rules,
        });
        if resources.remove(&resource) != Some(expected) {
            let remedy = "`sh deploy/prometheus/resources.sh` writes it";
            faults.push(format!("{resource}: not the same as {path}: {remedy}"));
        }
        if !list(&kustomization["resources"]).contains(&json!(file)) {
            faults.push(format!("{RESOURCES}/kustomization.yaml: does not list {file}"));
        }
    }
    faults.extend(resources.keys().map(|resource| format!("{resource}: {RULES} has none such")));
    faults
}

impl Rule {
    pub fn is_alert(&self) -> bool {
        self.annotations.is_some()
    }

    /// Returns a label that the rule sets, or an empty text.
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    /// Returns an annotation, or an empty text.
    pub fn annotation(&self, name: &str) -> &str {
        self.annotations.as_ref().and_then(|all| all.get(name)).map_or("", String::as_str)
    }

    /// Returns where the rule stands.
    pub fn place(&self) -> String {
        format!("{}, `{}`", self.file, self.name)
    }

    /// Returns what it computes, with the labels that its annotations show.
    pub fn expression(&self) -> Expression {
        let annotations = self.annotations.iter().flat_map(BTreeMap::values);
        let shown = annotations.flat_map(|text| {
            let labels = text.split("$labels.").skip(1);
            labels.filter_map(|rest| rest.split([' ', '}']).next().map(str::to_owned))
        });
        let shown = shown.filter(|label| !self.labels.contains_key(label)).collect();
        Expression { place: self.place(), text: self.text.clone(), shown }
    }
}

fn rules(file: &str, content: &Value) -> Vec<Rule> {
    let groups = list(&content["groups"]).iter();
    let rules = groups.flat_map(|group| list(&group["rules"]));
    rules
        .map(|rule| {
            let alert = rule.get("alert");
            Rule {
                file: file.to_owned(),
                name: text(alert.unwrap_or(&rule["record"])),
                text: text(&rule["expr"]),
                labels: texts(&rule["labels"]),
                annotations: alert.map(|_| texts(&rule["annotations"])),
            }
        })
        .collect()
}

fn files(folder: &str) -> Vec<(String, Value)> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let paths = entries.map(|entry| entry.unwrap().path().display().to_string());
    let files = paths.map(|path| {
        let content = yaml::read(&path);
        (path, content)
    });
    files.collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.clone(), text(value))).collect()
}
