//! Dashboards, rules and the runbook: they ask for what the service exposes, and for nothing else. The
//! local stack, which shows them.

mod dashboards;
mod promql;
mod rules;
mod stack;

use std::{collections::BTreeSet, fs};

use self::{dashboards::Dashboard, promql::Series, rules::Rule};
use crate::{contract::exercise, support::TestDatabase};

/// A query or an expression, and where it stands.
struct Expression {
    place: String,
    text: String,
    /// The labels that a legend, a link or an annotation shows.
    shown: BTreeSet<String>,
}

#[tokio::test]
async fn dashboards_and_rules_ask_for_what_the_service_exposes() {
    let database = TestDatabase::create();
    let exposed = exercise::run(&database).await.metrics;
    let rules = rules::read();
    let series = Series::new(&exposed, &rules);
    let mut asked: Vec<_> = rules.iter().map(Rule::expression).collect();
    asked.extend(dashboards::read().iter().flat_map(Dashboard::expressions));

    let faults: Vec<_> = asked.iter().flat_map(|expression| series.check(expression)).collect();

    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_alert_says_what_to_do_and_every_section_of_the_runbook_belongs_to_an_alert() {
    let runbook = fs::read_to_string("docs/runbook.md").unwrap();
    let headings = runbook.lines().filter_map(|line| line.strip_prefix("## "));
    let mut unused: BTreeSet<_> = headings.map(anchor).collect();
    unused.remove("objectives");
    let anchors = unused.clone();
    let mut faults = Vec::new();
    for rule in rules::read().iter().filter(|rule| rule.is_alert()) {
        let place = rule.place();
        for name in ["summary", "description", "runbook"] {
            if rule.annotation(name).is_empty() {
                faults.push(format!("{place}: no annotation `{name}`"));
            }
        }
        if !["page", "ticket"].contains(&rule.label("severity")) {
            faults.push(format!("{place}: the label `severity` is neither `page` nor `ticket`"));
        }
        let link = rule.annotation("runbook");
        let section = link.strip_prefix("docs/runbook.md#").unwrap_or_default();
        if !anchors.contains(section) {
            faults.push(format!("{place}: docs/runbook.md has no section `{link}`"));
        }
        if !runbook.contains(&rule.name) {
            faults.push(format!("{place}: docs/runbook.md does not name it"));
        }
        unused.remove(section);
    }
    faults.extend(unused.iter().map(|anchor| format!("docs/runbook.md#{anchor}: no alert")));
    for link in runbook.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
        if !anchors.contains(link) {
            faults.push(format!("docs/runbook.md: a link leads to `#{link}`, which is no section"));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_alert_is_tried_where_it_fires_and_where_it_stays_silent() {
    let cases = rules::cases();
    let mut faults = Vec::new();
    for rule in rules::read().iter().filter(|rule| rule.is_alert()) {
        for (fires, expected) in [(true, "fires"), (false, "silences")] {
            if !cases.contains(&(rule.name.clone(), fires)) {
                let place = rule.place();
                faults.push(format!("{place}: deploy/prometheus/tests never {expected} it"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn no_alert_is_on_other_services_than_those_that_are_made_like_this_one() {
    let own = format!("job=\"{}\"", env!("CARGO_PKG_NAME"));
    let is_bound = |rule: &Rule| rule.text.contains("service_ready") || rule.text.contains(&own);
    let rules = rules::read();
    let unbound = rules.iter().filter(|rule| rule.is_alert() && !is_bound(rule));
    let places: Vec<_> = unbound.map(Rule::place).collect();
    assert!(places.is_empty(), "neither `service_ready` nor {own}:\n{}\n", places.join("\n"));
}

#[test]
fn a_cluster_gets_the_rules_that_are_tried() {
    let faults = rules::differences();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn dashboards_are_kept_as_they_can_be_compared() {
    let dashboards = dashboards::read();
    let faults: Vec<_> = dashboards.iter().flat_map(Dashboard::untidiness).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    let uids: BTreeSet<_> =
        dashboards.iter().map(|dashboard| dashboard.json["uid"].to_string()).collect();
    assert_eq!(uids.len(), dashboards.len(), "two dashboards have one uid: {uids:?}");
}

/// Returns the anchor that a heading gets.
fn anchor(heading: &str) -> String {
    let words = heading.to_lowercase().replace(' ', "-");
    words.chars().filter(|char| char.is_alphanumeric() || *char == '-').collect()
}
