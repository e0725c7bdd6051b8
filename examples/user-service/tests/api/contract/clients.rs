//! What clients choose, or do not want to be known, against all that is emitted.

use serde_json::Value;

use super::{
    Findings, Wrong,
    exercise::{Emitted, MADE_UP, SECRET},
};

/// The attributes of spans that hold what a client chose, because that is what they are for.
const CHOSEN: [&str; 6] = [
    "http.request.method_original",
    "rpc.method_original",
    "server.address",
    "url.path",
    "url.query",
    "user_agent.original",
];

/// Checks that nothing a client makes up is a name or a label, and that no secret is anywhere.
pub fn check(emitted: &Emitted, findings: &mut Findings) {
    for (name, family) in &emitted.metrics.0 {
        for (label, value) in family.samples.iter().flat_map(|sample| &sample.labels) {
            if is_chosen(emitted, value) {
                let why = "which a client chose: use a value from a fixed set, such as the route";
                let wrong =
                    Wrong::new(label, format!("has the label `{label}` = {value:?}, {why}"));
                let place = format!("metric `{name}`");
                findings.add(&place, &place, wrong);
            }
        }
    }
    for span in &emitted.spans {
        let place = format!("span `{}`", span.name);
        if is_chosen(emitted, &span.name) {
            let text = "has a name that a client chose: use the route or the method";
            findings.add("clients", &place, Wrong::new("names of spans", text));
        }
        for (attribute, value) in &span.attributes {
            check_text(emitted, &place, attribute, value, findings);
        }
    }
    for line in &emitted.log {
        let place = format!("log line {}", line.fields["message"]);
        for (field, value) in line.fields.as_object().into_iter().flatten() {
            check_text(emitted, &place, field, value, findings);
        }
    }
}

fn check_text(emitted: &Emitted, place: &str, name: &str, value: &Value, findings: &mut Findings) {
    let text = value.as_str().unwrap_or_default();
    if text.to_lowercase().contains(SECRET) {
        let text = format!("tells {value} in `{name}`: leave out what is personal");
        findings.add("personal", place, Wrong::new(name, text));
    }
    if !CHOSEN.contains(&name) && is_chosen(emitted, text) {
        let text = format!("has `{name}` = {value}, which a client chose: leave it out");
        findings.add("clients", place, Wrong::new(name, text));
    }
}

/// Tells whether a text has a word that a client made up, or a path with an id.
fn is_chosen(emitted: &Emitted, text: &str) -> bool {
    let has_path = |path: &String| text.split(' ').any(|word| word == path);
    text.to_lowercase().contains(MADE_UP) || emitted.paths.iter().any(has_path)
}
