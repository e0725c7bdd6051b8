//! The local stack: its parts know each other, and the service.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::yaml::read;

#[test]
fn the_collector_drops_nothing_of_a_log_line_that_has_no_other_place() {
    let collector = read("deploy/collector/collector.yaml");
    let statements = &collector["processors"]["transform/lines"]["log_statements"][1]["statements"];
    let statements: Vec<&str> = statements
        .as_array()
        .unwrap()
        .iter()
        .map(|statement| statement.as_str().unwrap())
        .collect();
    let dropped = statements.iter().enumerate().flat_map(|(place, statement)| {
        let all = statement.strip_prefix("delete_matching_keys(log.cache, \"^(");
        let all = all.and_then(|rest| rest.split(')').next());
        let one = statement.strip_prefix("delete_key(log.cache, \"");
        let one = one.and_then(|rest| rest.split('"').next());
        let members = all.or(one).into_iter().flat_map(|members| members.split('|'));
        members.map(move |member| (place, member))
    });
    let dropped: Vec<_> = dropped.collect();

    assert!(dropped.iter().any(|(_, member)| *member == "timestamp"), "{statements:?}");
    for (place, member) in dropped {
        let member = format!("log.cache[\"{member}\"]");
        let sets = |statement: &&str| {
            // What a condition asks for is not kept by that.
            let what = statement.split(" where ").next().unwrap_or_default();
            what.starts_with("set(") && what.contains(&member)
        };
        assert!(statements[..place].iter().any(sets), "{member} is lost");
    }
}

#[test]
fn grafana_begins_with_a_dashboard() {
    let compose = read("deploy/compose.yaml");
    let grafana = &compose["services"]["grafana"];

    let home =
        grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].as_str().unwrap();

    let volumes =
        grafana["volumes"].as_array().unwrap().iter().map(|volume| volume.as_str().unwrap());
    let mut parts = volumes.map(|volume| volume.split(':').collect::<Vec<_>>());
    let file = parts.find_map(|parts| {
        let within = home.strip_prefix(parts[1])?;
        Some(format!("deploy/{}{within}", parts[0]))
    });
    assert!(file.is_some_and(|file| Path::new(&file).is_file()), "{home} is not there");
}

#[test]
fn the_image_is_built_with_what_the_stack_says() {
    let compose = read("deploy/compose.yaml");
    let dockerfile = fs::read_to_string("Dockerfile").unwrap();

    let given = compose["services"]["app"]["build"]["args"].as_object().unwrap();

    for name in given.keys() {
        let is_taken = dockerfile.lines().any(|line| line == format!("ARG {name}"));
        assert!(is_taken, "the Dockerfile has no `ARG {name}`");
    }
}

#[test]
fn prometheus_scrapes_a_service_of_the_stack() {
    let compose = read("deploy/compose.yaml");
    let prometheus = read("deploy/prometheus/prometheus.yaml");

    let target =
        prometheus["scrape_configs"][0]["static_configs"][0]["targets"][0].as_str().unwrap();

    let (host, port) = target.split_once(':').unwrap();
    let service = &compose["services"][host];
    assert_eq!(service["build"]["context"], "..", "{host} is not the service: {service}");
    let ports = service["ports"].as_array().unwrap();
    let is_port = |published: &Value| published.as_str().unwrap().ends_with(&format!(":{port}"));
    assert!(ports.iter().any(is_port), "{port} is not a port of {service}");
}
