//! What a query of Prometheus needs to have an answer.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::{
    label::{MatchOp, Matcher},
    parser::{
        AggregateExpr, BinaryExpr, Call, Expr, LabelModifier, VectorMatchCardinality,
        VectorSelector, parse,
    },
};

use super::{Expression, rules::Rule};
use crate::support::exposition::{Exposition, Family};

/// The labels that Prometheus gives to all that it scrapes.
const OF_TARGETS: [&str; 2] = ["job", "instance"];

/// The series that Prometheus makes by itself, with their labels.
const OF_PROMETHEUS: [(&str, &[&str]); 2] =
    [("up", &[]), ("ALERTS", &["alertname", "alertstate", "severity"])];

/// The functions that turn what only grows into what changes.
const RATES: [&str; 3] = ["rate", "irate", "increase"];

/// All series that a query can find, by name.
pub struct Series<'a> {
    exposed: &'a Exposition,
    /// What rules record, with the labels of it.
    recorded: BTreeMap<&'a str, Labels>,
}

type Labels = BTreeSet<String>;

/// What a part of a query is in.
#[derive(Clone, Copy, Default)]
struct Within<'a> {
    function: &'a str,
    /// Whether the buckets of a histogram are asked for.
    quantile: bool,
}

/// Walks through one query.
struct Walk<'a> {
    series: &'a Series<'a>,
    faults: Vec<String>,
}

impl<'a> Series<'a> {
    pub fn new(exposed: &'a Exposition, rules: &'a [Rule]) -> Self {
        let mut series = Self { exposed, recorded: BTreeMap::new() };
        for rule in rules.iter().filter(|rule| !rule.is_alert()) {
            // A rule may use what another one before it records.
            let mut walk = Walk { series: &series, faults: Vec::new() };
            let labels = parse(&rule.text).map(|expr| walk.labels(&expr, Within::default()));
            series.recorded.insert(&rule.name, labels.unwrap_or_default());
        }
        series
    }

    /// Lists what is wrong with an expression, one line each.
    pub fn check(&self, expression: &Expression) -> Vec<String> {
        let mut walk = Walk { series: self, faults: Vec::new() };
        match parse(&expression.text) {
            Ok(expr) => {
                let labels = walk.labels(&expr, Within::default());
                for label in expression.shown.difference(&labels) {
                    walk.fault(format!("the label `{label}` is shown, but not in the result"));
                }
            }
            Err(error) => walk.fault(error),
        }
        let place = &expression.place;
        walk.faults.iter().map(|fault| format!("{place}: {fault}")).collect()
    }

    fn family(&self, name: &str) -> Option<&Family> {
        self.exposed.family(name).filter(|family| {
            // Of a histogram there are only the parts.
            family.samples.iter().any(|sample| sample.name == name)
        })
    }
}

impl Walk<'_> {
    fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    /// Returns the labels that the result of an expression can have.
    fn labels(&mut self, expr: &Expr, within: Within<'_>) -> Labels {
        match expr {
            Expr::Aggregate(aggregate) => self.aggregate(aggregate, within),
            Expr::Binary(binary) => self.binary(binary, within),
            Expr::Call(call) => self.call(call, within),
            Expr::Paren(inner) => self.labels(&inner.expr, within),
            Expr::Unary(inner) => self.labels(&inner.expr, within),
            Expr::Subquery(inner) => self.labels(&inner.expr, within),
            Expr::VectorSelector(selector) => self.selector(selector, within),
            Expr::MatrixSelector(matrix) => self.selector(&matrix.vs, within),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => Labels::new(),
        }
    }

    fn selector(&mut self, selector: &VectorSelector, within: Within<'_>) -> Labels {
        let name = selector.name.as_deref().unwrap_or_default();
        let series = self.series;
        let mut labels = if let Some(labels) = series.recorded.get(name) {
            self.kind(name, "recorded", within);
            labels.clone()
        } else if let Some((_, labels)) = OF_PROMETHEUS.iter().find(|(series, _)| *series == name) {
            labels.iter().chain(&OF_TARGETS).map(|label| (*label).to_owned()).collect()
        } else if let Some(family) = series.family(name) {
            self.kind(name, &family.kind, within);
            let labels = family.label_names().into_iter().chain(OF_TARGETS);
            labels.map(str::to_owned).collect()
        } else {
            self.fault(format!("no metric is named `{name}`"));
            return selector.matchers.matchers.iter().map(|matcher| matcher.name.clone()).collect();
        };
        if name.ends_with("_bucket") {
            labels.insert("le".to_owned());
        }
        for matcher in &selector.matchers.matchers {
            if labels.contains(&matcher.name) {
                self.value(name, matcher);
            } else {
                self.fault(format!("`{name}` has no label `{}`", matcher.name));
            }
        }
        labels
    }

    /// Checks that a series is used as its kind wants.
    fn kind(&mut self, name: &str, kind: &str, within: Within<'_>) {
        let grows = matches!(kind, "counter" | "histogram");
        let rate = RATES.contains(&within.function);
        if rate && !grows {
            self.fault(format!("`{}` of `{name}`, which is a {kind}", within.function));
        }
        if grows && !rate {
            self.fault(format!("`{name}` only grows: ask for its rate or increase"));
        }
        if within.quantile && !(kind == "histogram" && name.ends_with("_bucket")) {
            self.fault(format!("`histogram_quantile` of `{name}`, which has no buckets"));
        }
    }

    /// Checks that the values of a matcher exist, where it names some.
    fn value(&mut self, name: &str, matcher: &Matcher) {
        let Some(family) = self.series.family(name) else { return };
        let variable = matcher.value.contains('$') || OF_TARGETS.contains(&&*matcher.name);
        if variable || matcher.value.is_empty() {
            return;
        }
        let values = family.label_values(&matcher.name);
        let found = match &matcher.op {
            MatchOp::Equal | MatchOp::NotEqual => values.contains(&*matcher.value),
            MatchOp::Re(regex) | MatchOp::NotRe(regex) => {
                values.iter().any(|value| regex.is_match(value))
            }
        };
        if !found {
            let label = &matcher.name;
            self.fault(format!(
                "no `{label}` of `{name}` is `{}`; there are {values:?}",
                matcher.value
            ));
        }
    }

    fn aggregate(&mut self, aggregate: &AggregateExpr, within: Within<'_>) -> Labels {
        let inner = self.labels(&aggregate.expr, within);
        match &aggregate.modifier {
            None => Labels::new(),
            Some(LabelModifier::Exclude(without)) => {
                self.known(&without.labels, &inner);
                inner.into_iter().filter(|label| !without.labels.contains(label)).collect()
            }
            Some(LabelModifier::Include(by)) => {
                self.known(&by.labels, &inner);
                by.labels.iter().cloned().collect()
            }
        }
    }

    fn call(&mut self, call: &Call, within: Within<'_>) -> Labels {
        let function = call.func.name;
        let quantile = within.quantile || function == "histogram_quantile";
        let within = Within { function, quantile };
        let mut labels = Labels::new();
        for argument in &call.args.args {
            labels.extend(self.labels(argument, within));
        }
        match function {
            "histogram_quantile" if !labels.remove("le") => {
                self.fault("`histogram_quantile` of buckets without the label `le`");
            }
            "absent" | "absent_over_time" | "scalar" => labels.clear(),
            _ => {}
        }
        labels
    }

    fn binary(&mut self, binary: &BinaryExpr, within: Within<'_>) -> Labels {
        let left = self.labels(&binary.lhs, within);
        let right = self.labels(&binary.rhs, within);
        if is_scalar(&binary.lhs) {
            return right;
        }
        if is_scalar(&binary.rhs) {
            return left;
        }
        let modifier = binary.modifier.as_ref();
        match modifier.and_then(|modifier| modifier.matching.as_ref()) {
            Some(LabelModifier::Include(on)) => {
                self.known(&on.labels, &left);
                self.known(&on.labels, &right);
            }
            Some(LabelModifier::Exclude(ignored)) => {
                let kept = |labels: &Labels| -> Labels {
                    labels.iter().filter(|label| !ignored.labels.contains(label)).cloned().collect()
                };
                self.match_up(binary, &kept(&left), &kept(&right));
            }
            None => self.match_up(binary, &left, &right),
        }
        match modifier.map(|modifier| &modifier.card) {
            Some(VectorMatchCardinality::OneToMany(_)) => right,
            _ => left,
        }
    }

    /// Checks that two sides that are matched by all of their labels have the same ones.
    fn match_up(&mut self, binary: &BinaryExpr, left: &Labels, right: &Labels) {
        if left != right {
            let op = &binary.op;
            self.fault(format!("the sides of `{op}` never match: {left:?} and {right:?}"));
        }
    }

    fn known(&mut self, labels: &[String], of: &Labels) {
        for label in labels.iter().filter(|label| !of.contains(*label)) {
            self.fault(format!("no series there has the label `{label}`; there are {of:?}"));
        }
    }
}

/// Tells whether a value without series is computed.
fn is_scalar(expr: &Expr) -> bool {
    match expr {
        Expr::NumberLiteral(_) => true,
        Expr::Call(call) => matches!(call.func.name, "time" | "scalar"),
        Expr::Paren(inner) => is_scalar(&inner.expr),
        Expr::Unary(inner) => is_scalar(&inner.expr),
        Expr::Binary(inner) => is_scalar(&inner.lhs) && is_scalar(&inner.rhs),
        _ => false,
    }
}
