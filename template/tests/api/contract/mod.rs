//! The telemetry of the service against its contract in `telemetry/registry`, both ways: all that
//! is emitted is written there, and all that is written there is emitted.

mod clients;
pub mod exercise;
mod logs;
mod metrics;
mod registry;
mod resource;
mod signals;
mod soundness;
mod spans;

use std::collections::BTreeMap;

use self::{
    registry::Registry,
    signals::{Contract, Signal},
};
use crate::support::TestDatabase;

/// What breaks the contract: a line for each mistake, that names the offender, where it was seen,
/// what the contract says and what to do. A mistake that shows in many places is one line.
#[derive(Default)]
struct Findings(BTreeMap<(String, String), (String, usize)>);

/// Something that is wrong.
struct Wrong {
    /// The attribute or rule that it is about.
    about: String,
    text: String,
}

impl Wrong {
    fn new(about: impl Into<String>, text: impl Into<String>) -> Self {
        Self { about: about.into(), text: text.into() }
    }
}

impl Findings {
    /// Adds what is wrong with one thing, seen in one place.
    fn add(&mut self, thing: &str, place: &str, wrong: Wrong) {
        let mistake = (thing.to_owned(), wrong.about);
        let line = || (format!("{place} {}", wrong.text), 0);
        self.0.entry(mistake).or_insert_with(line).1 += 1;
    }

    /// Adds what is wrong with a signal, seen in one place.
    fn against(&mut self, signal: &Signal, place: &str, wrong: Wrong) {
        let text = format!("{} ({})", wrong.text, signal.place);
        self.add(&signal.place, place, Wrong { text, ..wrong });
    }

    /// Adds what is wrong in one place alone.
    fn say(&mut self, place: &str, text: impl Into<String>) {
        let text = text.into();
        self.add(place, place, Wrong::new(text.clone(), text));
    }

    /// Adds what of a signal was not seen, unless the contract says why it cannot be; it is asked
    /// for the signal itself by an empty name.
    fn unseen(&mut self, signal: &Signal, what: &str, seen: impl Fn(&str) -> bool) {
        let excused = !signal.group.annotations.unseen.is_empty();
        if !seen("") {
            if !excused {
                let why = "was never seen: emit it, or take it out of the contract, or say in \
                           `unseen` why the tests cannot see it";
                self.say(&signal.place, format!("is a {what} that {why}"));
            }
            return;
        }
        for field in signal.fields.iter().filter(|field| field.annotations.unseen.is_empty()) {
            if !seen(&field.name) {
                let why = "ever had: set it, or take it out of the contract";
                self.say(&signal.place, format!("names `{}`, which no {what} {why}", field.name));
            }
        }
    }

    fn report(self) {
        let lines = self.0.into_values().map(|(line, count)| match count {
            1 => line,
            _ => format!("{line}, and {} more of the kind", count - 1),
        });
        let lines: Vec<_> = lines.collect();
        assert!(
            lines.is_empty(),
            "the telemetry is not what the contract says:\n{}\n",
            lines.join("\n")
        );
    }
}

#[test]
fn the_contract_is_sound() {
    let mut findings = Findings::default();
    soundness::check(&Registry::read(), &mut findings);
    findings.report();
}

#[tokio::test]
async fn the_service_emits_what_the_contract_says() {
    let database = TestDatabase::create();
    let contract = Contract::of(Registry::read());

    let emitted = exercise::run(&database).await;

    let mut findings = Findings::default();
    spans::check(&contract, &emitted, &mut findings);
    metrics::check(&contract, &emitted, &mut findings);
    logs::check(&contract, &emitted, &mut findings);
    resource::check(&contract, &emitted, &mut findings);
    clients::check(&emitted, &mut findings);
    findings.report();
}
